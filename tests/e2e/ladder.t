#!/bin/sh
# A series patch by patch on real kernels: the changes add up to the whole, and a patch that does not
# compile is named and counted with the next.
. "$(dirname "$0")/lib.sh"

work="$root/tests/data/workloads/short.json"

run kab ladder linux-6.1 dmcrypt-compound --target det --workload "$work" --format json
exits 0 "a ladder"
ok "every metric's changes add up to the whole, to the last digit" \
	sh -c "python3 '$root/tests/e2e/ladder-sums.py' <'$scratch/out'"

# A line more at the top of a file; one that does not compile; and that one away.
mkdir "$scratch/s"
patch() { # file, subject, hunk with its lines
	cat >"$scratch/s/$1" <<P
Subject: [PATCH] $2
---
--- a/mm/mempool.c
+++ b/mm/mempool.c
$3
P
	echo "$1" >>"$scratch/s/series"
}
first=' // SPDX-License-Identifier: GPL-2.0'
patch 1.patch "mempool: say nothing" "@@ -1,2 +1,3 @@
$first
+/* nothing */
 /*"
patch 2.patch "mempool: do not compile" "@@ -1,2 +1,3 @@
$first
+#error on purpose
 /* nothing */"
patch 3.patch "mempool: compile again" "@@ -1,3 +1,2 @@
$first
-#error on purpose
 /* nothing */"
run kab ladder linux-6.1 "$scratch/s" --target det --workload "$work"
exits 0 "a series of which one prefix does not compile"
prints '^fault +with patch 2/3 the kernel does not build: mm/mempool\.c:2:2: error:' "names it, with the compiler's line"
prints '^2-3/3 +mempool: compile again' "counts the patch with the next"
prints 'no patch changes a headline figure' "nothing changes"
ok "no figure of it is stored" test "$(sql "SELECT count(*) FROM sample JOIN run ON sample.run = run.id
	WHERE run.arm = 2 AND run.session = (SELECT max(id) FROM session)")" -eq 0
ok "but the finding is" test "$(sql "SELECT count(*) FROM finding WHERE kind = 'build-failed'")" -eq 1

# Both on the site: as ladders, and as nights of no plan.
site="$scratch/site"
run kab collect --rebuild
exits 0 "the database is made again"
run kab report --output "$site"
exits 0 "the site of both"
ok "lists them" test "$(grep -o 'patch by patch</a>' "$site/causes/index.html" | wc -l)" -eq 2
ok "each has its page" test "$(grep -l 'compile again' "$site"/sessions/*/index.html | wc -l)" -eq 1
ok "with its data" test "$(ls "$site"/sessions/*/ladder.csv | wc -l)" -eq 2
ok "the kernel that does not build is named there" grep -q 'with patch 2/3 the kernel does not build' \
	"$site"/sessions/*/index.html
ok "they are no plan" sh -c "! ls -d '$site'/trends/*/"
run kab report -v --output "$site"
says '0 files were written' "a second rendering writes nothing"

run kab ladder linux-6.1 dmcrypt-compound:0 --workload "$work"
exits 2 "a ladder without rungs"
run kab ladder linux-6.1 dmcrypt-compund --workload "$work"
exits 2 "an unknown series"
run kab ladder linux-6.1
exits 2 "a ladder without a series"
done_testing
