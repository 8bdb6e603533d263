#!/bin/sh
# What is removed by age and size, what never is, and that a rebuild loses nothing of it.
. "$(dirname "$0")/lib.sh"

# Real run directories as sessions of other days.
from="$root/tests/data/runs/20261120T210235Z-b0483553"
night() { # day
	session="202611${1}T210235Z-b0483553"
	mkdir -p "$KAB_DATA/sessions"
	cp -r "$from" "$KAB_DATA/sessions/$session"
	chmod -R u+w "$KAB_DATA/sessions/$session"
	sed -i "s/20261120T210235Z/202611${1}T210235Z/g; s/2026-11-20T/2026-11-${1}T/g" \
		"$KAB_DATA/sessions/$session"/runs/*/manifest.json
	echo complete >"$KAB_DATA/sessions/$session/status"
}
dump() {
	for t in $(sql "SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name"); do
		echo "$t"
		sql "SELECT * FROM $t" | sort
	done
}
run_dirs() { ls -d "$KAB_DATA"/sessions/"$1"*/runs/* 2>/dev/null | wc -l; }
old=20200101T210235Z-b0483553

for day in 01 02 03 04; do night $day; done
# One of another age
mv "$KAB_DATA/sessions/20261101T210235Z-b0483553" "$KAB_DATA/sessions/$old"
sed -i "s/20261101T210235Z/20200101T210235Z/g; s/2026-11-01T/2020-01-01T/g" \
	"$KAB_DATA/sessions/$old"/runs/*/manifest.json
run kab collect
exits 0 "collect"
total=$(sql 'SELECT count(*) FROM run')
dump >"$scratch/before"

run kab prune
exits 2 "prune without a limit"
run kab prune --days 90 --dry-run
exits 0 "a dry run"
prints "^$old: 4 runs" "says what would go"
prints '^would be pruned: 1 sessions, 4 runs' "and how much"
ok "and nothing goes" test "$(run_dirs 2020)" -eq 4
run kab prune --days 90
exits 0 "by age"
ok "what is old is gone" test "$(run_dirs 2020)" -eq 0
ok "what is younger stays" test "$(run_dirs 2026)" -eq 12
ok "it is written down" test "$(wc -l <"$KAB_DATA/sessions/$old/pruned")" -eq 4

# By size: the oldest first, and never the newest of a plan
run kab prune --mib 1 --dry-run
prints '^would be pruned: ' "by size"
echo x >>"$KAB_DATA/sessions/20261102T210235Z-b0483553/runs/001/console.log"
echo incomplete >"$KAB_DATA/sessions/20261103T210235Z-b0483553/status"
head -c 30000000 /dev/zero >"$KAB_DATA/sessions/20261104T210235Z-b0483553/runs/001/large"
run kab collect "$KAB_DATA"/sessions/20261104T210235Z-b0483553/runs/001
run kab prune --mib 1
prints '^pruned: 0 sessions' "not what has changed since it was stored, is incomplete, or is the newest"
run kab collect
says '1 stored, 11 unchanged' "collect reads what has changed, and nothing else"
run kab prune --mib 1
prints '^20261102T210235Z-b0483553: 4 runs' "then it goes"
echo complete >"$KAB_DATA/sessions/20261103T210235Z-b0483553/status"
(
	flock 9
	kab prune --mib 1 >"$scratch/locked"
) 9>"$KAB_DATA/sessions/20261103T210235Z-b0483553/lock"
ok "not what another kab is using" grep -q '^pruned: 0 sessions' "$scratch/locked"

# A rebuild
fingerprints() { sed -E 's/\|0\.1 [0-9]+ [0-9]+ [0-9]+\|/||/'; }
run kab collect --rebuild
exits 0 "a rebuild"
says '8 runs without a directory are kept' "keeps what has no directory any more"
ok "all runs are there" test "$(sql 'SELECT count(*) FROM run')" -eq "$total"
dump | fingerprints >"$scratch/after"
fingerprints <"$scratch/before" >"$scratch/expected"
ok "and all that is known of them" cmp "$scratch/expected" "$scratch/after"
ok "the old database is kept" test -s "$KAB_DATA/kab.db.old"
run kab report --output "$scratch/report"
exits 0 "a report with nights that are pruned"
run kab report --session "$old" --format csv
exits 0 "a report of a night that is pruned"

# A killed prune: written down, and a directory half removed
mkdir -p "$KAB_DATA/sessions/$old/pruning/003"
run kab prune --days 90
exits 0 "what a killed call has left is removed"
ok "all of it" test ! -e "$KAB_DATA/sessions/$old/pruning"

# Without the old database there is no rebuild that would lose runs quietly
mv "$KAB_DATA/kab.db" "$scratch/kab.db"
run kab collect --rebuild
exits 3 "a rebuild without the old database"
says "\"$old/001\" was pruned" "refuses, and names the run"
ok "and puts nothing in its place" test ! -e "$KAB_DATA/kab.db"
run kab collect --database "$scratch/other.db"
exits 0 "a database of what is left"
says 'warning: [0-9]+ runs were pruned, and this database does not have them' "which says what it lacks"
head -c 5000 "$scratch/kab.db" >"$KAB_DATA/kab.db"
cp "$KAB_DATA/kab.db" "$scratch/damaged"
run kab collect --rebuild
exits 3 "with a damaged one"
ok "which stays as it is" cmp "$scratch/damaged" "$KAB_DATA/kab.db"
cp "$scratch/kab.db" "$KAB_DATA/kab.db"
run kab collect --rebuild
exits 0 "with the old one back"
ok "all runs are there again" test "$(sql 'SELECT count(*) FROM run')" -eq "$total"
run kab collect
ok "and nothing is said to be missing" sh -c '! grep -q pruned "$1"' - "$scratch/err"
rm "$KAB_DATA"/kab.db* "$KAB_DATA"/sessions/*/pruned
run kab collect --rebuild
exits 0 "without the list of what was pruned it goes on"
ok "with what there is" test "$(sql 'SELECT count(*) FROM run')" -eq 8
done_testing
