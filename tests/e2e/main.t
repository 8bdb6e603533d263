#!/bin/sh
# The main job on real input: two kernels built from Debian's source, one encrypted ramdisk, one
# verdict; the figures that the series mempool-bulk has to reach; and A/A is exactly nothing.
. "$(dirname "$0")/lib.sh"

run kab kernels build linux-6.1 linux-6.1+mempool-bulk
exits 0 "both kernels build"
run kab kernels list
prints '^kernel +[0-9a-f]{12} +6\.1\..* linux-6\.1\+mempool-bulk$' "kab kernels lists the variant with its release"

delta() { # workload metric: the difference in percent
	awk -v w="$1" -v m="$2" 'BEGIN { RS = "{" }
		index($0, "\"workload\":\"" w "\"") && index($0, "\"metric\":\"" m "\"") {
			sub(/.*"delta_pct":/, ""); sub(/[,}].*/, ""); print }' "$scratch/flat"
}
within() { awk -v x="$1" -v lo="$2" -v hi="$3" 'BEGIN { exit !(x != "" && x + 0 >= lo && x + 0 <= hi) }'; }

run kab compare linux-6.1 linux-6.1+mempool-bulk --target det --format json \
	--workload dmcrypt-1m --workload dmcrypt-4k --gate
exits 0 "compare --gate: no regression"
tr -d ' \n' <"$scratch/out" >"$scratch/flat"
large=$(delta dmcrypt-1m write_iops)
small=$(delta dmcrypt-4k write_iops)
ok "dmcrypt-1m: at least 5 % more IOPS ($large %)" within "$large" 5 100
ok "dmcrypt-4k: within 0.3 % ($small %)" within "$small" -0.3 0.3
ok "the JSON names both sides, target and clock" grep -q \
	'"base":"linux-6.1","new":"linux-6.1+mempool-bulk","target":"det","clock":"instruction"' "$scratch/flat"

run kab compare linux-6.1+mempool-bulk linux-6.1 --target det --workload dmcrypt-1m --gate
exits 1 "the other way round --gate finds the regression"
prints 'worse' "and the table says so"

run kab compare linux-6.1 linux-6.1 --target det --workload dmcrypt-4k --format json
exits 0 "A/A compare"
ok "A/A has comparisons" grep -q '"delta_pct"' "$scratch/out"
ok "A/A: every difference is exactly 0" sh -c \
	"! grep '\"delta_pct\"' '$scratch/out' | grep -vE '\"delta_pct\": *-?0(\\.0*)?,?\$'"

run kab compare linux-6.1+mempool-bulk linux-6.1+mempool-bulk --target det --workload "$root/tests/data/workloads/verify.json"
exits 0 "what was written through mempool-bulk is read back and verified"
ok "and the kernel has nothing to complain of" test "$(sql 'SELECT count(*) FROM finding')" -eq 0

dump() {
	for t in $(sql "SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name"); do
		echo "$t"
		sql "SELECT * FROM $t" | sort
	done
}
dump >"$scratch/before"
run kab collect --rebuild
exits 0 "collect --rebuild"
dump >"$scratch/after"
ok "the rebuilt database has the same content" cmp "$scratch/before" "$scratch/after"
ok "it has content" test "$(wc -l <"$scratch/before")" -gt 500

run kab report --output "$scratch/report"
exits 0 "report from the database alone"
ok "a front page" test -s "$scratch/report/index.html"
ok "plots as SVG and PNG" sh -c "find $scratch/report/sessions -name '*.svg' | grep -q . &&
	find $scratch/report/sessions -name '*.png' | grep -q ."
ok "the feed and the badges are well-formed" sh -c \
	"find $scratch/report/badges $scratch/report/changes.atom -type f | xargs xmllint --noout"
ok "no page is larger than 500 kB" test -z "$(find "$scratch/report" -name '*.html' -size +500k)"
kernel=$(find "$scratch/report/kernels" -name '*.html' | xargs grep -l 'mempool-bulk</h1>')
ok "the kernel's page has its patches" grep -q 'dm crypt: allocate the pages of a write in bulk' "$kernel"
ok "and where they were published" grep -q 'href="https://lore.kernel.org/' "$kernel"
page=$(find "$scratch/report/sessions" -path '*/runs/001.html' | head -n 1)
ok "a run's page has its time" grep -q 'set-up and prefill' "$page"
ok "and its log" grep -q 'Linux version' "$page"
before=$(find "$scratch/report" -type f ! -name ".*" | xargs sha256sum | sort)
run kab report -v --output "$scratch/report"
says ' 0 files were written' "what is the same is not written again"
ok "and stays as it was" test "$before" = "$(find "$scratch/report" -type f ! -name ".*" | xargs sha256sum | sort)"
ok "no process is left" no_leftovers
done_testing
