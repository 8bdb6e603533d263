#!/bin/sh
# Guests that fail, hang, panic, stop half-way through a record or send garbage end as findings
# stored with the run, and never as figures.
. "$(dirname "$0")/lib.sh"

run kab kernels build linux-6.1
exits 0 "a kernel"

trouble() { # kind of trouble, kind of finding, pattern of the message
	run kab compare linux-6.1 linux-6.1 --target det --workload "$root/tests/data/workloads/trouble-$1.json"
	exits 3 "$1: the comparison fails"
	says "$2" "$1: says $2"
	found=$(sql "SELECT count(DISTINCT run) FROM finding WHERE kind = '$2' AND severity = 'failure'")
	ok "$1: stored with both runs" test "$found" -eq 2
	ok "$1: no figures" test "$(sql 'SELECT count(*) FROM comparable_sample')" -eq 0
	ok "$1: no process is left" no_leftovers
	rm -rf "$KAB_DATA"
}
trouble fail workload-failed
trouble exit panic
trouble panic panic
trouble hang hang
trouble spin hang
trouble poweroff early-poweroff
trouble truncate truncated-record
trouble garbage corrupt-record
trouble oom oom

# A kernel that lacks what the workload needs is not booted
mkdir "$scratch/w"
sed -e 's/"needs": \[/"needs": ["CONFIG_KAB_NOWHERE", /' "$root/configs/workloads/dmcrypt-1m.json" >"$scratch/w/needy.json"
cp "$root/configs/workloads/dmcrypt-1m.fio" "$scratch/w/"
run kab compare linux-6.1 linux-6.1 --target det --workload "$scratch/w/needy.json"
exits 3 "a kernel without what the workload needs"
says 'CONFIG_KAB_NOWHERE' "the symbol is named"
ok "stored with both runs" test "$(sql "SELECT count(*) FROM finding WHERE kind = 'skipped'")" -eq 2
rm -rf "$KAB_DATA"

# QEMU that does not start, or is not there
mkdir "$scratch/bin"
printf '#!/bin/sh\nif [ "$1" = --version ]; then exec /usr/bin/qemu-system-x86_64 --version; fi\necho "no room for a guest" >&2\nexit 1\n' \
	>"$scratch/bin/qemu-system-x86_64"
chmod +x "$scratch/bin/qemu-system-x86_64"
PATH="$scratch/bin:$PATH" run kab compare linux-6.1 linux-6.1 --target det --workload dmcrypt-1m
exits 3 "QEMU that does not start"
says 'no room for a guest' "its own words are shown"
ok "stored as start-failed" test "$(sql "SELECT count(*) FROM finding WHERE kind='start-failed'")" -eq 2
done_testing
