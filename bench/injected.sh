#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Effects of a known size on a wall clock: patches that add 1 %, 0.1 % and 0.01 % of instructions per
# page to dm-crypt. Each must be found with the right sign or be unproven; "better" is wrong, and so is
# "same" for more than the threshold. The clock of instructions says the true size.
#	make bench-injected [BOOTS=16] [TARGET=tcg]	BOOTS a side; interrupted, the same command continues
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
: "${KAB_BUILD:?is the folder with the kab to measure}" "${BOOTS:=16}" "${TARGET:=tcg}"
export KAB_DATA="${KAB_DATA:-$KAB_BUILD/bench/injected}" KAB_SHARE="$root"
wrong=0

row() { # series, per cent
	for target in det "$TARGET"; do
		boots=$BOOTS
		[ "$target" != det ] || boots=1
		"$KAB_BUILD/kab" compare linux-6.1 "linux-6.1+$root/tests/data/patches/$1" \
			--target "$target" --boots "$boots" --tries 1 --workload "$root/tests/data/workloads/short.json" \
			--format csv | awk -F, -v series="$1" -v target="$target" -v size="$2" '
			NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
			$at["metric"] != "write_clat_mean_ns" { next }
			{
				verdict = $at["verdict"]
				bad = verdict == "better" || (verdict == "same" && size >= 1)
				printf "%-12s %-4s %9s %% [%s, %s]  %s%s\n", series, target, $at["delta_pct"],
					$at["ci_lo_pct"], $at["ci_hi_pct"], verdict, bad ? "  WRONG" : ""
				exit bad
			}' || wrong=1
	done
}
row inject-1 1
row inject-0.1 0.1
row inject-0.01 0.01
exit $wrong
