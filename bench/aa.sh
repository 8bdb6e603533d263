#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# False alarms on real boots: one kernel, booted many times on a wall clock, its boots split at random
# into pairs of arms. Interrupted, the same command continues; what is there is judged either way.
#	make bench-aa [BOOTS=150] [ARM=10] [TARGET=tcg]	BOOTS a side, so twice as many in all
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
: "${KAB_BUILD:?is the folder with the kab to measure}" "${BOOTS:=150}" "${ARM:=10}" "${TARGET:=tcg}"
export KAB_DATA="${KAB_DATA:-$KAB_BUILD/bench/aa}" KAB_SHARE="$root"

# A disturbed boot stands: the question is what happens on a busy machine.
"$KAB_BUILD/kab" compare linux-6.1 linux-6.1 --target "$TARGET" --boots "$BOOTS" --tries 1 \
	--workload "$root/tests/data/workloads/short.json" >/dev/null ||
	echo "aa.sh: stopped before all boots were made" >&2
session=$(sqlite3 -readonly "$KAB_DATA/kab.db" 'SELECT max(id) FROM session')
"$KAB_BUILD/bench/pairs" "$KAB_DATA/kab.db" "$session" "$ARM"
