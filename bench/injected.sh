#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Effects of a known size on a wall clock: patches that add about 1 %, 0.1 % and 0.01 % of instructions
# per page to dm-crypt. The instruction clock says the true size; a wall clock is wrong when it says
# "better", or "same" of more than its threshold of 1 %, or has an interval without the true size.
#	make bench-injected [BOOTS=16] [TARGET=tcg]	BOOTS a side; interrupted, the same command continues
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
: "${KAB_BUILD:?is the folder with the kab to measure}" "${BOOTS:=16}" "${TARGET:=tcg}"
export KAB_DATA="${KAB_DATA:-$KAB_BUILD/bench/injected}" KAB_SHARE="$root"
wrong=0

row() { # series, target, boots, true size
	"$KAB_BUILD/kab" compare linux-6.1 "linux-6.1+$root/tests/data/patches/$1" --target "$2" \
		--boots "$3" --tries 1 --workload "$root/tests/data/workloads/short-1m.json" --format csv |
		awk -F, -v series="$1" -v target="$2" -v true="$4" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["metric"] == "write_clat_mean_ns" {
			delta = $at["delta_pct"]; lo = $at["ci_lo_pct"]; hi = $at["ci_hi_pct"]; verdict = $at["verdict"]
			wrong = true != "" && (verdict == "better" || (verdict == "same" && true > 1) || lo > true || hi < true)
			printf "%-12s %-4s %+8.4f %% [%+.4f, %+.4f] %-8s %s\n", series, target, delta, lo, hi, verdict,
				wrong ? "wrong" : ""
		}'
}

for series in inject-1 inject-0.1 inject-0.01; do
	exact=$(row $series det 1 "")
	echo "$exact"
	found=$(row $series "$TARGET" "$BOOTS" "$(echo "$exact" | awk '{ print $3 + 0 }')")
	echo "$found"
	case $found in *wrong) wrong=1 ;; esac
done
exit $wrong
