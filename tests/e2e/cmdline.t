#!/bin/sh
# Terminal manners: help everywhere, a manual that lints, errors that say what is wrong.
. "$(dirname "$0")/lib.sh"

for command in bisect compare ladder run report collect kernels list doctor; do
	run kab $command --help
	exits 0 "$command --help"
	prints "usage: kab $command" "$command has a usage line"
	run kab $command --no-such-option
	exits 2 "$command with an unknown option"
done
run kab
exits 2 "no command"
run kab compaer
exits 2 "unknown command"
says 'did you mean "compare"' "suggests the nearest"
run kab list
exits 0 "list"
prints 'dmcrypt-1m' "list has the workloads"
prints 'mempool-bulk' "list has the series"
run kab doctor
prints 'qemu' "doctor speaks of QEMU"

make -C "$root" -s SETUP=no BUILD="$KAB_BUILD" man >/dev/null 2>&1
ok "the manual has every command" sh -c "grep -q compare $KAB_BUILD/kab.1"
run mandoc -T lint -W warning "$KAB_BUILD/kab.1"
exits 0 "mandoc finds nothing in the manual"
run env -u NO_COLOR "$KAB_BUILD/kab" compaer
ok "no escape codes when not on a terminal" sh -c "! grep -q \"\$(printf '\\033')\" $scratch/err"
run sh -c "'$KAB_BUILD/kab' list >/dev/full"
exits 3 "standard output on a full disk is not success"

run make -C "$root" SETUP=no BUILD="$KAB_BUILD" install PREFIX="$scratch/usr"
exits 0 "make install"
run env -u KAB_SHARE "$scratch/usr/bin/kab" list
prints 'mempool-bulk' "the installed kab finds its files"
ok "and its agent" test -x "$scratch/usr/libexec/kab/kab-agent"
done_testing
