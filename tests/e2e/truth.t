#!/bin/sh
# Verdicts on real boots: effects of a known size are found with that size, a kernel does not differ
# from itself in any layout of memory, and what is not comparable is refused.
. "$(dirname "$0")/lib.sh"

# The difference of a metric in the last JSON, and its verdict.
field() { # metric, field
	awk -v m="\"metric\": \"$1\"" -v f="\"$2\":" 'index($0, m) { on = 1 }
		on && index($0, f) { sub(/^[^:]*: */, ""); sub(/,$/, ""); print; exit }' "$scratch/out"
}
within() { awk -v v="$1" -v lo="$2" -v hi="$3" 'BEGIN { exit !(v >= lo && v <= hi) }'; }

# fio rounds the run time, and with it a rate, to a millisecond: too coarse for 0.01 %.
effect() { # series, least and most per cent of write_clat_mean_ns
	run kab compare linux-6.1 "linux-6.1+$root/tests/data/patches/$1" --target det --threshold 0 \
		--workload dmcrypt-1m --format json
	exits 0 "$1"
	ok "$1: write_clat_mean_ns by $(field write_clat_mean_ns delta_pct) %" \
		within "$(field write_clat_mean_ns delta_pct)" "$2" "$3"
	ok "$1: worse" test "$(field write_clat_mean_ns verdict)" = '"worse"'
}
effect inject-1 0.95 1.05
effect inject-0.1 0.095 0.11
effect inject-0.01 0.009 0.011

run kab compare linux-6.1 linux-6.1 --target det --layouts 3 --threshold 0 \
	--workload "$root/tests/data/workloads/short.json" --format json --all
exits 0 "a kernel against itself in three layouts"
ok "no metric differs in any of them" sh -c "! grep '\"delta_pct\"' '$scratch/out' | grep -vE ': 0(\.0)?,?\$'"
ok "the layouts are recorded" test "$(sql "SELECT count(DISTINCT value) FROM environment
	WHERE key = 'machine.layout' AND run IN (SELECT run FROM sample WHERE workload = 'short')")" -eq 3
run kab compare linux-6.1 linux-6.1 --target tcg --layouts 2
exits 2 "layouts on a wall clock"
run kab compare linux-6.1 linux-6.1 --target det --until-proven
exits 2 "waiting for proof where there is no noise"
run kab compare linux-6.1 linux-6.1 --target tcg --budget 5x --until-proven
exits 2 "a budget that is no time"

# What is known before a boot is refused before it: a cache in which one kernel has lockdep.
cache=${KAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kab}
mkdir -p "$scratch/cache/kernels"
ln -s "$cache"/* "$scratch/cache/" 2>/dev/null
ln -s "$cache"/kernels/* "$scratch/cache/kernels/"
kab kernels build "linux-6.1+$root/tests/data/patches/inject-1" >/dev/null 2>&1
# Its time is that of the last use.
id=$(grep -l '"spec": *".*inject-1"' "$cache"/kernels/*/kernel.json | xargs ls -t | head -n 1)
id=$(basename "$(dirname "$id")")
rm "$scratch/cache/kernels/$id"
cp -r "$cache/kernels/$id" "$scratch/cache/kernels/"
echo CONFIG_PROVE_LOCKING=y >>"$scratch/cache/kernels/$id/config"
run env KAB_CACHE="$scratch/cache" "$KAB_BUILD/kab" compare linux-6.1 \
	"linux-6.1+$root/tests/data/patches/inject-1" --target det --workload dmcrypt-1m
exits 3 "a kernel with lockdep against one without"
says 'debug options of the kernel differs: "none" .* "PROVE_LOCKING"' "names it"
ok "before anything was booted" sh -c "! grep -q starting '$scratch/err'"

# The same kernel as an image has a compiler that nobody knows, which is no difference; with the
# wrong one it is.
for file in "$KAB_DATA"/sessions/*/runs/001/manifest.json; do
	sed -i 's/"compiler": *"[^"]*"/"compiler": "gcc of another time"/' "$file"
done
run kab collect --rebuild
run kab report --format text
prints 'not comparable: compiler differs' "a report labels what differs"

run kab history --all
exits 0 "history"
prints 'short write_iops .*1 night, 0 changes' "has a line for each figure"
prints 'a kernel against itself, 1 night: 0 of 3' "and counts comparisons of a kernel with itself"
run kab history nowhere
exits 3 "a plan without nights"
done_testing
