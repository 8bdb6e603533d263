# SPDX-License-Identifier: GPL-2.0-or-later
# For the benchmarks: a scratch folder, which the first script makes and those that it calls share; the
# time; rows of the table.
# shellcheck shell=bash
: "${KAB_BUILD:?run it by make}"
cd "$(dirname "$0")/.."
kab=$KAB_BUILD/kab
if [ -z "${KAB_BENCH:-}" ]; then
	KAB_BENCH=$(mktemp -d "${TMPDIR:-/tmp}/kab-bench.XXXXXX")
	trap 'rm -rf "$KAB_BENCH"' EXIT
	export KAB_BENCH KAB_DATA="$KAB_BENCH/data" KAB_SHARE="$PWD" LC_ALL=C NO_COLOR=1
fi
scratch=$KAB_BENCH/$(basename "$0" .sh)
mkdir -p "$scratch"

now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
row() { printf '%-58s %12s   %s\n' "$1" "$2" "${3:-}"; }
failed=0
# What has to hold, whatever the machine: the script's exit status tells.
prove() { # name, command...
	local name=$1
	shift
	if "$@" >"$scratch/said" 2>&1; then
		row "$name" holds
	else
		row "$name" FAILS
		cat "$scratch/said" >&2
		failed=1
	fi
}
