#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make bench: kab's own figures. Times are of this machine and this run; what can be compared
# between machines are the ratios and the figures of the instruction clock.
set -eu
# shellcheck source=bench/lib.sh
. "$(dirname "$0")/lib.sh"
workloads=(dmcrypt-1m dmcrypt-4k dmcrypt-1m-aes dmcrypt-4k-aes)

median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
number() { sed -n "s/.*\"$1\": *\\(-\\{0,1\\}[0-9.]*\\).*/\\1/p" "$2" | head -n 1; }

echo "kernels"
"$kab" kernels build linux-6.1 linux-6.1+mempool-bulk >/dev/null 2>&1

# A patch that nobody has built before, on one file
mkdir "$scratch/p"
cat >"$scratch/p/one.patch" <<P
From: bench <bench@example.invalid>
Subject: [PATCH] one file

---
--- a/mm/mempool.c
+++ b/mm/mempool.c
@@ -1,3 +1,4 @@
 // SPDX-License-Identifier: GPL-2.0
+/* $(now) */
 /*
  *  linux/mm/mempool.c
P
start=$(now)
"$kab" kernels build "linux-6.1+$scratch/p/one.patch" >/dev/null 2>&1
row "one-file patch on a built base, s" "$(since "$start")" "(at most 20)"

echo "git repositories"
bench/git.sh || failed=1
echo "ladders and bisections"
bench/search.sh || failed=1

echo "nightly, kernels cached"
start=$(now)
"$kab" run configs/plans/nightly.json >/dev/null 2>&1
row "wall time, s" "$(since "$start")" "(at most 60)"

echo "compare, warm, two guests side by side"
args=(compare linux-6.1 linux-6.1+mempool-bulk --target det --format json)
for w in "${workloads[@]}"; do args+=(--workload "$w"); done
start=$(now)
"$kab" "${args[@]}" -v >"$scratch/json" 2>"$scratch/err" || { cat "$scratch/err"; exit 1; }
wall=$(since "$start")
session=$(ls -t "$KAB_DATA/sessions" | head -n 1)
# Each lane is a chain of guests: what a lane needs is at least half of the sum.
chain=$(for o in "$KAB_DATA/sessions/$session"/runs/*/outcome.json; do number wall_ms "$o"; done |
	awk -v lanes="$(nproc)" '{ sum += $1 } END { printf "%.1f", sum / (lanes > NR ? NR : lanes) / 1000 }')
row "wall time over the guests' own chain" \
	"$(awk -v a="$wall" -v b="$chain" 'BEGIN { printf "%.2f", a / b }')" "(at most 1.15; $wall s / $chain s)"
row "kab's own memory, MiB" "$(sed -n 's/.* \([0-9.]*\) MiB resident.*/\1/p' "$scratch/err" | tail -n 1)" "(at most 64)"

echo "boot: QEMU's start to the first record, against an empty busybox archive"
run=$(ls -d "$KAB_DATA/sessions/$session"/runs/* | head -n 1)
bench/boot.sh "$run" "$scratch" | while read -r name value limit; do row "$name" "$value" "$limit"; done

echo "reading fio's json+"
bench/jsonplus.sh "$scratch" | while IFS='|' read -r name value limit; do row "$name" "$value" "$limit"; done

echo "counting instructions: CPU time of two guests, against the same without"
cpu() { # command...: its CPU time and that of its children, in seconds
	local TIMEFORMAT='%U %S'
	{ time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }'
}
count=("$kab" compare linux-6.1 linux-6.1+mempool-bulk --target det --workload dmcrypt-1m --fresh)
plain=$(cpu "${count[@]}")
row "per function (--profile)" "$(ratio "$(cpu "${count[@]}" --profile)" "$plain")" "(at most 1.10)"
row "with calls (--call-graph)" "$(ratio "$(cpu "${count[@]}" --call-graph)" "$plain")" "(at most 2)"
row "with a model of caches (--cache)" "$(ratio "$(cpu "${count[@]}" --cache)" "$plain")" "(at most 2)"
start=$(now)
"$kab" explain linux-6.1 linux-6.1+mempool-bulk --workload dmcrypt-1m --format json >"$scratch/explain"
row "explain of two stored profiles, s" "$(since "$start")" "(at most 0.3)"
row "share of the difference that is explained" "$(number explained "$scratch/explain")" "(at least 0.95)"
row "explain of two profiles of 150,000 blocks, s" \
	"$(bench/explain.sh linux-6.1 linux-6.1+mempool-bulk dmcrypt-1m)" "(at most 0.3)"

echo "the site of ten years of nights"
bench/site.sh "$kab" "$KAB_BUILD/bench/decade" "$scratch" | while read -r name value limit; do
	row "${name//_/ }" "$value" "$limit"
done

echo "the instruction clock"
for w in "${workloads[@]}"; do
	tr -d ' \n' <"$scratch/json" | awk -v w="$w" 'BEGIN { RS = "{" }
		index($0, "\"workload\":\"" w "\"") && /"metric":"write_iops"/ {
		sub(/.*"delta_pct":/, ""); sub(/,.*/, ""); print }' >"$scratch/delta"
	row "$w write_iops, linux-6.1 to mempool-bulk, %" "$(cat "$scratch/delta")" ""
done
exit "$failed"
