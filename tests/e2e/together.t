#!/bin/sh
# Two kab processes on one cache and one database: both get their answer, and both are stored.
. "$(dirname "$0")/lib.sh"

compare() { kab compare linux-6.1 linux-6.1 --target det --workload dmcrypt-4k --format json; }
compare >"$scratch/one" 2>"$scratch/err-one" </dev/null &
pid=$!
run compare
exits 0 "the second"
wait $pid
report $? "the first"
ok "two sessions" test "$(ls "$KAB_DATA/sessions" | wc -l)" -eq 2
ok "four runs in the database" test "$(sql 'SELECT count(*) FROM run')" -eq 4
ok "the same digits in all of them" test \
	"$(sql "SELECT count(DISTINCT value) FROM sample WHERE metric = 'write_iops'")" -eq 1
kab collect --rebuild >/dev/null 2>&1 &
pid=$!
run kab collect
ok "collect beside a rebuild: done, or refused with the reason" sh -c \
	"[ $status -eq 0 ] || grep -q 'another kab' '$scratch/err'"
wait $pid
status=$?
ok "the rebuild: done, or refused" test $status -eq 0 -o $status -eq 3
ok "still four runs" test "$(sql 'SELECT count(*) FROM run')" -eq 4
done_testing
