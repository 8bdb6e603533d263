#!/bin/sh
# Instructions per function: that counting changes no digit, that all of the window is counted and
# nothing else, that the functions explain the difference, and what happens when it cannot work.
. "$(dirname "$0")/lib.sh"

new=linux-6.1+mempool-bulk
runs() { ls -d "$KAB_DATA"/sessions/"$1"/runs/*; }
session() { sql "SELECT id FROM session WHERE $1 ORDER BY id DESC LIMIT 1"; }

run kab compare linux-6.1 $new --target det --workload dmcrypt-1m
exits 0 "compare without a profile"
plain=$(session "plan = 'compare'")
run kab compare linux-6.1 $new --target det --workload dmcrypt-1m --profile --fresh
exits 0 "compare with a profile"
counted=$(session "plan = 'compare'")
ok "two sessions" test "$plain" != "$counted"
for n in 001 002; do
	ok "run $n: what the guest sends is the same, byte by byte" \
		cmp "$KAB_DATA/sessions/$plain/runs/$n/records.bin" "$KAB_DATA/sessions/$counted/runs/$n/records.bin"
done
ok "no profile without the option" test ! -e "$KAB_DATA/sessions/$plain/runs/001/profile"
ok "the figures are the same" test "$(sql "SELECT count(*) FROM comparable_sample a JOIN comparable_sample b
	USING (arm, workload, metric, boot) WHERE a.session = '$plain' AND b.session = '$counted' AND a.value <> b.value")" -eq 0

ok "the functions add up to the window" test "$(sql "SELECT count(*) FROM profile WHERE instructions <>
	(SELECT sum(instructions) FROM function_count f WHERE f.run = profile.run AND f.workload = profile.workload)")" -eq 0
# The kernel tells idle time in units of 10 ms, at both ends; the rest is to agree within 0.1 %.
ok "instructions and idle time add up to the clock" test "$(sql "SELECT count(*) FROM profile
	WHERE abs(ns - idle_ns - instructions) <= 20e6 + 0.001 * ns")" -eq 2
ok "less than 0.1 % of the code has no name" test "$(sql "SELECT count(*) FROM function_count f
	WHERE name = 'unknown' AND instructions > 0.001 *
	(SELECT instructions FROM profile WHERE profile.run = f.run)")" -eq 0
ok "pages are allocated 256 at a time and no longer one by one" test "$(sql "SELECT group_concat(calls >= 256 * 3072, ' ')
	FROM (SELECT calls FROM function_count WHERE name = 'mempool_alloc' ORDER BY run)")" = "1 0"

sessions=$(ls "$KAB_DATA/sessions" | wc -l)
run kab explain linux-6.1 $new --workload dmcrypt-1m
exits 0 "explain"
ok "it uses what is stored" test "$(ls "$KAB_DATA/sessions" | wc -l)" -eq "$sessions"
prints 'mempool_alloc' "the table names a function that the patches touch"
prints '^drivers/md ' "and its subsystem"
ok "no line is longer than 80" sh -c "! grep -E '^.{81}' '$scratch/out'"
run kab explain linux-6.1 $new --workload dmcrypt-1m --format json
exits 0 "explain --format json"
explained=$(sed -n 's/^ *"explained": \([0-9.]*\),$/\1/p' "$scratch/out")
ok "at least 95 % are explained ($explained)" awk -v x="$explained" 'BEGIN { exit !(x >= 0.95 && x <= 1) }'

run kab collect --rebuild
exits 0 "the database can be rebuilt"
run kab explain linux-6.1 $new --workload dmcrypt-1m --format json
ok "to the same explanation" grep -q "\"explained\": $explained" "$scratch/out"

# Code whose instructions are known by reading it
run kab compare linux-6.1 linux-6.1 --target det --workload "$root/tests/data/workloads/counts.json" --profile
exits 0 "a module with known instructions"
ok "four functions are counted to the digit" test "$(sql "SELECT count(*) FROM function_count f
	JOIN environment e ON e.run = f.run AND e.key = 'counts.' || f.name
	WHERE object = '[counts]' AND f.instructions || ' ' || f.calls = e.value")" -eq 8
ok "and the whole window to 0.001 %" test "$(sql "SELECT count(*) FROM profile WHERE workload = 'counts'
	AND idle_ns = 0 AND abs(ns - instructions) <= 0.00001 * ns")" -eq 2

# The same module, and who calls whom
run kab compare linux-6.1 linux-6.1 --target det --workload "$root/tests/data/workloads/counts.json" --call-graph
exits 0 "the module with its calls"
ok "the leaf is called a million times by its caller, and once by each tail call" test "$(sql "SELECT count(*)
	FROM call_node leaf JOIN call_node caller ON caller.run = leaf.run AND caller.node = leaf.parent
	WHERE caller.name = 'kab_counts_caller' AND leaf.name = 'kab_counts_leaf'
	AND leaf.calls = 1000000 AND leaf.instructions = 1000000")" -eq 2
ok "the calls charge less than 1 % to the wrong function" test "$(sql "SELECT count(*) FROM finding
	WHERE kind = 'call-graph-doubtful'")" -eq 0
run kab explain linux-6.1 linux-6.1 --workload "$root/tests/data/workloads/counts.json" --flame "$scratch/flame.svg"
exits 0 "a flame graph"
for form in text perf folded; do
	run kab profile linux-6.1 --workload "$root/tests/data/workloads/counts.json" --call-graph --format $form
	exits 0 "profile --format $form"
	prints 'kab_counts_loop' "names a function of the module"
done
prints '^asm_|^entry_SYSCALL_64;.*;init_module;bench;kab_counts_caller;kab_counts_leaf 1000000$' "with its callers"
ok "the stacks add up to the window" test "$(awk '{ s += $NF } END { print s }' "$scratch/out")" -eq \
	"$(sql "SELECT profile.instructions FROM profile JOIN call_node USING (run, workload)
	WHERE workload = 'counts' ORDER BY run DESC LIMIT 1")"
kab profile linux-6.1 --workload "$root/tests/data/workloads/counts.json" --call-graph --format callgrind >"$scratch/callgrind"
run callgrind_annotate --inclusive=yes "$scratch/callgrind"
exits 0 "callgrind_annotate takes the callgrind form"
prints '^ *2,000,002 .*kab_counts_loop' "and shows the figures"
ok "is well-formed" xmllint --noout "$scratch/flame.svg"

# Caches: walks whose misses are known, exact and the same in every boot
walks=$root/tests/data/workloads/cachewalk.json
run kab compare linux-6.1 linux-6.1 --target det --workload "$walks" --cache
exits 0 "walks with known misses"
cached=$(session "plan = 'compare'")
ok "twenty figures of six walks are exact, on both sides" test "$(sql "
	WITH seen AS (
		SELECT run, name || '.accesses' AS key, accesses AS count FROM function_cache
		UNION ALL SELECT run, name || '.l1d', l1d FROM function_cache
		UNION ALL SELECT run, name || '.l1i', l1i FROM function_cache
		UNION ALL SELECT run, name || '.l2', l2 FROM function_cache
		UNION ALL SELECT run, name || '.llc', llc FROM function_cache
		UNION ALL SELECT run, name || '.dtlb', dtlb FROM function_cache
		UNION ALL SELECT run, name || '.stlb', stlb FROM function_cache)
	SELECT count(*) || ' ' || sum(seen.count = CAST(e.value AS INTEGER))
	FROM environment e JOIN seen ON seen.run = e.run AND e.key = 'cachewalk.' || seen.key
	WHERE e.run LIKE '$cached/%'")" = "40 40"
ok "cycles are what the formula makes of them" test "$(sql "SELECT count(*) FROM function_cache c
	JOIN function_count f USING (run, workload, name, object) WHERE run LIKE '$cached/%' AND
	cycles <> f.instructions + 8 * (l1d + l1i) + 35 * l2 + 153 * llc + 8 * (dtlb + stlb)")" -eq 0
ok "a part that the module timed is a figure" test "$(sql "SELECT count(DISTINCT value) || ' ' || count(*)
	FROM sample WHERE metric = 'memory_cycles' AND run LIKE '$cached/%'")" = "1 2"
ok "two boots have the same profile, byte by byte" \
	cmp "$KAB_DATA/sessions/$cached/runs/001/profile" "$KAB_DATA/sessions/$cached/runs/002/profile"
run kab compare linux-6.1 linux-6.1 --target det --workload "$walks"
exits 0 "the same without"
bare=$(session "plan = 'compare'")
ok "what the guest sends is the same, byte by byte" \
	cmp "$KAB_DATA/sessions/$bare/runs/001/records.bin" "$KAB_DATA/sessions/$cached/runs/001/records.bin"
run kab profile linux-6.1 --workload "$walks" --cache
exits 0 "profile --cache"
prints 'accesses +l1d +l1i +l2 +llc +dtlb +stlb' "shows the misses"
prints ' 2401 +2400 +1 +2401 +2400 .*kab_cache_memory' "of each function"
kab profile linux-6.1 --workload "$walks" --cache --format callgrind >"$scratch/callgrind"
run callgrind_annotate --show=Ir,llc,cycles --sort=llc "$scratch/callgrind"
exits 0 "callgrind_annotate takes the events of the caches"
prints ' 2,400 .*kab_cache_memory' "and shows them"
run kab explain linux-6.1 linux-6.1 --workload "$walks" --clock cycles
exits 0 "explain --clock cycles"
prints 'takes the same estimated cycles' "which are the same on the same kernel"
run kab compare linux-6.1 linux-6.1 --target tcg --workload "$walks" --cache
exits 2 "caches cannot be followed on several CPUs"
mkdir -p "$scratch/share/configs"
for f in "$root"/configs/* "$root"/patches "$root"/runner; do
	case $f in */configs/targets) ;; */configs/*) ln -s "$f" "$scratch/share/configs/" ;; *) ln -s "$f" "$scratch/share/" ;; esac
done
mkdir "$scratch/share/configs/targets"
sed 's/"kib": 32, "ways": 8/"kib": 48, "ways": 8/' "$root/configs/targets/det.json" >"$scratch/share/configs/targets/det.json"
KAB_SHARE=$scratch/share run kab compare linux-6.1 linux-6.1 --target det --workload "$walks" --cache
ok "caches that cannot be built are refused" test "$status" -ne 0
says 'the number of sets must be a power of two' "and kab says why"

# What cannot work
run kab compare linux-6.1 $new --target tcg --workload dmcrypt-1m --call-graph
exits 2 "calls cannot be followed on several CPUs"
says 'several CPUs' "and kab says so"
run kab compare linux-6.1 $new --target kvm --workload dmcrypt-1m --profile
ok "kvm has no instructions to count" test "$status" -ne 0
run kab explain linux-6.1 --workload dmcrypt-1m
exits 2 "explain with one kernel"
run kab explain linux-6.1 $new --workload dmcrypt-2m
exits 2 "explain with an unknown workload"
says 'dmcrypt-1m|dmcrypt-2m' "and says which"

# A kernel that came without its System.map is asked for its symbols, once.
image=$(kab kernels build linux-6.1 2>/dev/null | awk '{ print $4 }')
run kab compare "image:$image" "image:$image" --target det --workload dmcrypt-1m --profile
exits 0 "a ready image is profiled"
ok "and its functions have names" \
	test "$(sql "SELECT count(*) FROM function_count WHERE name = 'crypt_alloc_buffer'")" -ge 1

# A QEMU that was built without plugins: the real one behind its usual complaint.
mkdir "$scratch/bin"
qemu=$(command -v qemu-system-x86_64)
cat >"$scratch/bin/qemu-system-x86_64" <<Q
#!/bin/sh
for a; do [ "\$a" != -plugin ] || { echo "qemu-system-x86_64: -plugin: invalid option" >&2; exit 1; }; done
exec $qemu "\$@"
Q
chmod +x "$scratch/bin/qemu-system-x86_64"
PATH="$scratch/bin:$PATH" run kab compare linux-6.1 $new --target det --workload dmcrypt-1m --profile
exits 3 "a QEMU without plugins"
says 'built without plugins' "and says so"

# A plugin of another version of the interface, refused by the real QEMU.
mkdir "$scratch/other"
cp "$KAB_BUILD/kab" "$KAB_BUILD/kab-agent" "$scratch/other/"
cat >"$scratch/other.c" <<'C'
int qemu_plugin_version = 99;
int qemu_plugin_install(void);
int qemu_plugin_install(void) { return 0; }
C
cc -shared -fPIC -o "$scratch/other/kab-plugin.so" "$scratch/other.c"
run "$scratch/other/kab" compare linux-6.1 $new --target det --workload dmcrypt-1m --profile
exits 3 "another version of the plugins' interface"
says 'another than version 1' "and says so"

# A window that never closes: the guest panics in its middle.
run kab compare linux-6.1 linux-6.1 --target det --workload "$root/tests/data/workloads/trouble-panic.json" --profile
exits 3 "a guest that panics in its window"
panicked=$(session "plan = 'compare'")
ok "the plugin says that the window was open" grep -q '^open ' "$KAB_DATA/sessions/$panicked/runs/001/profile"
ok "nothing of it is stored" test "$(sql "SELECT count(*) FROM profile WHERE run LIKE '$panicked/%'")" -eq 0
ok "and the finding is the panic" test "$(sql "SELECT group_concat(DISTINCT kind) FROM finding
	WHERE run LIKE '$panicked/%'")" = panic

# A window in a window: a bench module that marks a beginning of its own.
mkdir -p "$scratch/nested/runner/guest"
ln -s "$root/configs" "$root/patches" "$scratch/nested/"
cp -r "$root/runner/guest/modules" "$scratch/nested/runner/guest/"
sed -i 's/^\tkab_counts_loop(turns);/\tkab_mark(0x4b414201);\n&/' "$scratch/nested/runner/guest/modules/counts.c"
KAB_SHARE=$scratch/nested run kab compare linux-6.1 linux-6.1 --target det --fresh \
	--workload "$root/tests/data/workloads/counts.json" --profile
exits 0 "windows that nest"
prints 'windows nest, do not end' "are told"
nested=$(session "plan = 'compare'")
ok "by the plugin as well" grep -q '^nested ' "$KAB_DATA/sessions/$nested/runs/001/profile"
ok "nothing is counted for either" test "$(sql "SELECT count(*) FROM function_count WHERE run LIKE '$nested/%'")" -eq 0
ok "the figures stay" test "$(sql "SELECT count(*) FROM comparable_sample WHERE session = '$nested'")" -ge 2

# A profile that is cut, as on a full disk
run=$(runs "$counted" | head -n 1)
head -c 5000 "$run/profile" >"$scratch/cut"
cp "$scratch/cut" "$run/profile"
run kab collect "$run"
exits 0 "a cut profile is no reason to fail"
ok "but a finding" test "$(sql "SELECT count(*) FROM finding WHERE kind = 'profile-incomplete'
	AND run = '$counted/001'")" -eq 1
ok "and nothing of it is used" test "$(sql "SELECT count(*) FROM profile
	WHERE run IN (SELECT run FROM finding WHERE kind = 'profile-incomplete')")" -eq 0
ok "no process is left" no_leftovers
done_testing
