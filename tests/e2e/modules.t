#!/bin/sh
# Bench modules: compiled for a kernel, loaded in a guest, their results judged; those that a kernel
# cannot have are skipped, those that do not compile are errors.
. "$(dirname "$0")/lib.sh"

selftest() { # file, sed expression
	mkdir -p "$scratch/w"
	sed -e "$2" "$root/tests/data/workloads/selftest.json" >"$scratch/w/$1.json"
}

run kab compare linux-6.1 linux-6.1 --target det --format json \
	--workload "$root/tests/data/workloads/selftest.json"
exits 0 "a module runs in two guests"
prints '"metric": *"loop_ns"' "its metric is judged"
prints '"verdict": *"same"' "and is the same to the digit"
ok "the median of its rounds is stored" \
	test "$(sql "SELECT count(*) FROM sample WHERE metric = 'loop_ns' AND value BETWEEN 1 AND 100")" -eq 2
ok "its fact is stored" test "$(sql "SELECT count(*) FROM environment WHERE key = 'selftest.loops'")" -eq 2
rm -rf "$KAB_DATA"

# A check that fails forbids the figures
selftest wrong 's/"loops": 1000/"loops": 1000, "mistake": 1/'
run kab compare linux-6.1 linux-6.1 --target det --workload "$scratch/w/wrong.json"
exits 3 "a check of the module fails"
says 'check-failed: loops: 999 instead of 1000' "what was counted and what was asked for"
ok "no figures" test "$(sql 'SELECT count(*) FROM comparable_sample')" -eq 0
rm -rf "$KAB_DATA"

# Parameters that the module refuses
selftest none 's/"loops": 1000/"loops": 0/'
run kab compare linux-6.1 linux-6.1 --target det --workload "$scratch/w/none.json"
exits 3 "a parameter that the module refuses"
says "cannot load module 'selftest' with 'loops=0'" "the parameters are named"
rm -rf "$KAB_DATA"
selftest spaces 's/"loops": 1000/"loops": "1 2"/'
run kab compare linux-6.1 linux-6.1 --target det --workload "$scratch/w/spaces.json"
exits 2 "a parameter with a space"
says 'spaces.json:[0-9]*: "parameters.loops"' "file, line and key"

# Sources: of a share of the test's own
mkdir -p "$scratch/share/runner/guest"
cp -r "$root/configs" "$root/patches" "$scratch/share/"
cp -r "$root/runner/guest/modules" "$scratch/share/runner/guest/"
own() { KAB_SHARE="$scratch/share" run kab compare linux-6.1 linux-6.1 --target det --workload "$scratch/w/selftest.json"; }
selftest selftest ''
source=$scratch/share/runner/guest/modules/selftest.c
printf '#error "skip: this kernel is too old"\n' >>"$source"
own
exits 3 "a comparison of which nothing could run"
says 'skipped: .*this kernel is too old' "the reason is the module's own"
ok "both runs are stored as skipped" test "$(sql "SELECT count(*) FROM finding WHERE kind = 'skipped'")" -eq 2
rm -rf "$KAB_DATA"
sed -i '$d' "$source"
printf 'int broken(void) { return nothing; }\n' >>"$source"
own
exits 3 "a module that does not compile"
says "nothing. undeclared" "the compiler's line"
says 'module selftest for' "the module is named"
rm -f "$source"
own
exits 2 "a module without a source"
says 'unknown module "selftest"' "it is named"

# A kernel of unknown source
image=$(ls -d "${KAB_CACHE:-$HOME/.cache/kab}"/kernels/*/bzImage 2>/dev/null | head -n 1)
KAB_SHARE=$root run kab compare "image:$image" "image:$image" --target det --workload "$root/tests/data/workloads/selftest.json"
exits 3 "a ready image"
says 'skipped: .*ready image without the source' "the reason is told"
done_testing
