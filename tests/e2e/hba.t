#!/bin/sh
# The emulated SAS adapter: the kernel's own driver loads and unloads, finds its disks, keeps their
# data, and ends up with the same digits; and whatever breaks on the way ends with a reason.
. "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2016 # the scripts of other shells

# The command: ends as what it runs ends
run kab hba
exits 2 "without a command"
run kab hba --disks 9 -- true
exits 2 "more disks than phys"
run kab hba -- /nowhere/qemu
exits 3 "a command that is not there"
run kab hba --log "$scratch/hba.json" -- sh -c 'exit 7'
exits 7 "its exit status"
ok "a report is written" grep -q '"requests": *0' "$scratch/hba.json"
run kab hba -- sh -c 'kill -KILL $$'
exits 137 "its signal"

# Something else than QEMU at the other end of the socket; its number is in the arguments
begin=$(date +%s)
run kab hba -- bash -c 'fd=${1##*fd=}; printf abc >&$fd; eval "exec $fd>&-"; exec sleep 30'
exits 3 "a socket that is closed within a message"
says 'closed within a message' "is told"
run kab hba -- bash -c 'fd=${1##*fd=}; printf "0123456789abcdef0123456789" >&$fd; exec sleep 30'
exits 3 "bytes that are no message"
says 'not a message' "are told"
ok "and nothing waits for the other end" test $(($(date +%s) - begin)) -lt 20
ok "no process is left" no_leftovers

# Different values of a metric, and of a fact of the adapter's
values() { sql "SELECT DISTINCT value FROM sample WHERE metric = '$1'"; }
fact() { sql "SELECT DISTINCT value FROM environment WHERE key = 'hba.$1'"; }

# A small adapter, twice the same digits; loaded at the end, so that the shutdown is measured
small() { # file, sed expression
	mkdir -p "$scratch/w"
	sed -e 's/"max_sgl_entries": 256, "chains": 373959/"max_sgl_entries": 256, "max_queue_depth": 200, "chains": 7400/' \
		-e "$2" "$root/configs/workloads/mpt3sas-loop.json" >"$scratch/w/$1.json"
}
small good 's/"loops": 1/"loops": 3/'
run kab compare linux-6.1 linux-6.1 --target det --workload "$scratch/w/good.json"
exits 0 "three loads and unloads, and one more load"
for metric in rmmod_ms modprobe_ms shutdown_ms pool_pages; do
	ok "$metric is the same to the digit" test "$(values $metric | wc -w)" -eq 1
done
ok "21 requests and 21 interrupts per load" \
	test "$(fact requests)/$(fact interrupts)" = 84/84
rm -rf "$KAB_DATA"

# A pool, or a number of interrupts, that is not what it should be
small pool 's/"chains": 7400/"chains": 7401/'
run kab compare linux-6.1 linux-6.1 --target det --workload "$scratch/w/pool.json"
exits 3 "another pool than expected"
says 'check-failed: chains: 7400 instead of 7401' "both are told"
ok "no figures" test "$(sql 'SELECT count(*) FROM comparable_sample')" -eq 0
rm -rf "$KAB_DATA"
small interrupts 's/"interrupts": 21/"interrupts": 20/'
run kab compare linux-6.1 linux-6.1 --target det --workload "$scratch/w/interrupts.json"
exits 3 "more interrupts than expected"
says 'check-failed: interrupts: 21 instead of 20' "both are told"
rm -rf "$KAB_DATA"
small disks 's/"devices": \["sas3008"\],/"devices": ["sas3008"], "disks": 2,/; s/"interrupts": 21, //'
run kab compare linux-6.1 linux-6.1 --target det --workload "$scratch/w/disks.json"
exits 3 "disks that nobody expects"
says 'check-failed: disks: 2 instead of 0' "both are told"
rm -rf "$KAB_DATA"

# QEMU dies in the middle
small long 's/"loops": 1/"loops": 1000/'
kab compare linux-6.1 linux-6.1 --target det --workload "$scratch/w/long.json" >"$scratch/out" 2>"$scratch/err" &
compare=$!
for _ in $(seq 300); do
	[ "$(cat "$KAB_DATA"/sessions/*/runs/*/console.log 2>/dev/null | grep -c 'begins')" -eq 2 ] && break
	sleep 0.2
done
pgrep -f "^qemu-system-x86_64 .*$scratch" | while read -r pid; do kill -KILL "$pid"; done
wait $compare
status=$?
exits 3 "QEMU that is killed"
ok "is a finding of both runs" \
	test "$(sql "SELECT count(*) FROM finding WHERE kind = 'machine-died' AND message LIKE '%killed by signal 9%'")" -eq 2
ok "no process is left" no_leftovers
rm -rf "$KAB_DATA"

# Data through the chain segments, after resets of each disk and of the adapter
run kab compare linux-6.1 linux-6.1 --target det --workload mpt3sas-disks
exits 0 "fio writes four disks and verifies them"
ok "at the same rate to the digit" test "$(values write_iops | wc -w)" -eq 1
ok "through thousands of chain segments" test "$(fact chain_segments)" -gt 5000
ok "all of it, both ways" test "$(fact bytes_written)" -eq $((4 * 32 * 1024 * 1024))
ok "each disk was reset twice, and the adapter once" test "$(fact tasks)/$(fact diag_resets)" = 8/1
rm -rf "$KAB_DATA"

# The pool of the published series, to the block and page
run kab compare linux-6.1 linux-6.1 --target det --workload mpt3sas-loop
exits 0 "the adapter at its full size"
ok "373959 386048 128 12064" test "$(values pool_blocks)/$(values pool_pages)" = 386048.0/12064.0
rm -rf "$KAB_DATA"
small default 's/"max_sgl_entries": 256, "max_queue_depth": 200, "chains": 7400/"chains": 192033/'
run kab compare linux-6.1 linux-6.1 --target det --workload "$scratch/w/default.json"
exits 0 "and with the driver's own parameters"
ok "192033 198240 128 6195" test "$(values pool_blocks)/$(values pool_pages)" = 198240.0/6195.0
rm -rf "$KAB_DATA"

# The real one, as far as that goes without it
small real 's/"devices": \["sas3008"\],/"passthrough": "0000:ff:1f.7",/'
run kab compare linux-6.1 linux-6.1 --target det --workload "$scratch/w/real.json"
exits 3 "a device of the host for a target that emulates"
says '"det" emulates.*0000:ff:1f.7.*--target kvm' "says which one can"
run kab compare linux-6.1 linux-6.1 --target kvm --workload "$scratch/w/real.json"
exits 3 "a device that the host does not have"
says 'no PCI device "0000:ff:1f.7"|"kvm" is not usable here' "is named, where KVM works"
done_testing
