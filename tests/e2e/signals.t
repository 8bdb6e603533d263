#!/bin/sh
# Ctrl-C stops the guests, leaves no process behind, and the same command continues; kill -9 at any
# moment loses no completed run and invents none.
. "$(dirname "$0")/lib.sh"

cat >"$scratch/plan.json" <<-P
	{"name": "signals", "kernels": ["linux-6.1", "linux-6.1"], "target": "det",
	 "workloads": ["dmcrypt-1m", "dmcrypt-4k"], "boots": 2}
P
completed() { cat "$KAB_DATA"/sessions/*/runs/*/status 2>/dev/null | grep -cx complete; }
started() { find "$KAB_DATA/sessions" -name manifest.json 2>/dev/null | wc -l; }
wait_until() { # seconds, condition...
	left=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.1
	done
}
in_the_middle() { [ "$(completed)" -ge "$1" ] && [ "$(started)" -gt "$(completed)" ]; }

# A shell ignores SIGINT in its background jobs, and so would kab.
interruptible() { exec perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$KAB_BUILD/kab" "$@"; }

interruptible run "$scratch/plan.json" >"$scratch/out" 2>"$scratch/err" &
pid=$!
ok "some runs complete, others under way" wait_until 120 in_the_middle 1
kill -INT $pid
wait $pid
status=$?
exits 130 "Ctrl-C"
before=$(completed)
ok "no process is left" wait_until 5 no_leftovers
ok "what was complete is in the database" test "$(sql 'SELECT count(*) FROM run')" -eq "$before"

"$KAB_BUILD/kab" run "$scratch/plan.json" >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
ok "the same command goes on" wait_until 120 in_the_middle $((before + 1))
kill -KILL $pid
wait $pid 2>/dev/null
ok "no guest outlives a kill -9 of kab" wait_until 5 no_leftovers
killed=$(completed)
ok "no completed run is lost" test "$killed" -gt "$before"

run kab run "$scratch/plan.json"
exits 0 "the same command finishes it"
ok "one session" test "$(ls "$KAB_DATA/sessions" | wc -l)" -eq 1
ok "eight runs, all complete" test "$(completed)" -eq 8
ok "and eight in the database" test "$(sql 'SELECT count(*) FROM run')" -eq 8
ok "all figures of a workload are the same in every boot" test \
	"$(sql "SELECT count(DISTINCT value) FROM sample WHERE metric='write_iops'")" -eq 2

run kab run "$scratch/plan.json"
exits 0 "once more"
ok "a finished session is not continued: a new one" test "$(ls "$KAB_DATA/sessions" | wc -l)" -eq 2
done_testing
