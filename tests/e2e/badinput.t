#!/bin/sh
# Bad input gets a clear error, exits with the right status, and loses nothing.
. "$(dirname "$0")/lib.sh"

run kab compare linux-6.2 linux-6.1
exits 2 "unknown source"
says '"linux-6\.2".*did you mean "linux-6\.1' "names it and suggests"
run kab compare linux-6.1 linux-6.1+mempool-bluk
exits 2 "unknown series"
says 'did you mean "mempool-bulk"' "suggests the series"
run kab compare linux-6.1 linux-6.1 --workload dmcrypt-1k
exits 2 "unknown workload"
says 'dmcrypt-1k.*did you mean "dmcrypt-' "suggests the workload"
run kab compare linux-6.1 linux-6.1 --target dett
exits 2 "unknown target"
says 'did you mean "det"' "suggests the target"
run kab compare linux-6.1
exits 2 "one kernel"

cat >"$scratch/plan.json" <<-P
	{
	  // a plan
	  "name": "p",
	  "kernels": ["linux-6.1"],
	  "workload": ["dmcrypt-1m"],
	  "boots": "three"
	}
P
run kab run "$scratch/plan.json"
exits 2 "plan with an unknown key and a wrong type"
says 'plan\.json:5: .*"workload".*did you mean "workloads"' "names file, line, key and the nearest key"
says 'plan\.json:6: .*"boots".*string' "names the value of the wrong type as well"
printf '{\n"name": "p",\n"kernels": [,]\n}\n' >"$scratch/broken.json"
run kab run "$scratch/broken.json"
exits 2 "JSON with a syntax error"
says 'broken\.json:3' "names the line"
run kab run "$scratch/none.json"
exits 2 "a plan that is not there"

# A .fio file that fio rejects, before anything is booted
mkdir "$scratch/w"
printf '[global]\nioengine=libaio\nrw=sideways\n[j]\nfilename=${KAB_DEVICE}\nsize=1M\n' >"$scratch/w/bad.fio"
sed -e 's/dmcrypt-1m\.fio/bad.fio/' "$root/configs/workloads/dmcrypt-1m.json" >"$scratch/w/bad.json"
run kab compare linux-6.1 linux-6.1 --target det --workload "$scratch/w/bad.json"
ok "a .fio file that fio rejects is not run" test "$status" -ne 0
says 'sideways' "fio's own words are shown"

# Kernel images that are none
head -c 100000 /dev/zero >"$scratch/zero"
run kab compare "image:$scratch/zero" "image:$scratch/zero" --target det --workload dmcrypt-1m
ok "an image that is no kernel" test "$status" -ne 0
says 'zero.*no.*kernel|not a.*kernel' "says so"

# Patches that do not apply, or do not compile
mkdir "$scratch/p"
cat >"$scratch/p/far.patch" <<'P'
From: A <a@example.invalid>
Subject: [PATCH] nothing that is there

---
--- a/mm/mempool.c
+++ b/mm/mempool.c
@@ -10,3 +10,4 @@
 this line was
 never
 there
+at all
P
cat >"$scratch/p/broken.patch" <<'P'
From: A <a@example.invalid>
Subject: [PATCH] does not compile

---
--- a/mm/mempool.c
+++ b/mm/mempool.c
@@ -1,3 +1,4 @@
 // SPDX-License-Identifier: GPL-2.0
+int kab_broken(void) { return no_such_thing; }
 /*
  *  linux/mm/mempool.c
P
run kab kernels build "linux-6.1+$scratch/p/far.patch"
exits 3 "a patch that does not apply"
says 'far\.patch' "names the patch"
says 'mm/mempool\.c: hunk 1' "the file and the hunk"
run kab kernels build "linux-6.1+$scratch/p/broken.patch"
exits 3 "a patch that does not compile"
says 'mempool\.c:2:.*no_such_thing' "the compiler's line is shown"

# Homes and disks
run env -u KAB_DATA -u KAB_CACHE -u XDG_DATA_HOME -u XDG_CACHE_HOME HOME=/proc/none "$KAB_BUILD/kab" kernels list
exits 3 "a home that cannot be written"
says 'KAB_CACHE|KAB_DATA' "names the variable that helps"

# Databases
mkdir -p "$KAB_DATA"
head -c 8192 /dev/urandom >"$KAB_DATA/kab.db"
run kab report --output "$scratch/r"
exits 3 "a database that is none"
says 'kab collect' "says how to rebuild it"
rm -f "$KAB_DATA/kab.db"
sqlite3 "$KAB_DATA/kab.db" 'PRAGMA user_version=999; CREATE TABLE t(x);'
run kab report --output "$scratch/r"
exits 3 "a database of a newer kab"
says 'newer' "says so"
ok "it is left as it is" test "$(sql 'PRAGMA user_version')" = 999
done_testing
