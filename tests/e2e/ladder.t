#!/bin/sh
# A series patch by patch on real kernels: the changes add up to the whole, and a patch that does not
# compile is named and counted with the next.
. "$(dirname "$0")/lib.sh"

work="$root/tests/data/workloads/short.json"

run kab ladder linux-6.1 dmcrypt-compound --target det --workload "$work" --format json
exits 0 "a ladder"
# The steps' changes of each metric against the whole's, as printed with 17 digits.
python3 - "$scratch/out" >"$scratch/sums" <<'P'
import json, sys
metrics = json.load(open(sys.argv[1]))["metrics"]
for m in metrics:
    if sum(s["change"] for s in m["steps"]) != m["whole"]["change"]:
        print("not ok", m["metric"])
print(len(metrics), "metrics")
P
ok "every metric's changes add up to the whole, to the last digit" sh -c "! grep 'not ok' '$scratch/sums'"
ok "there are metrics" grep -Eq '^[1-9][0-9]* metrics' "$scratch/sums"

# dm-crypt: a line more; one that does not compile; one that repairs that.
mkdir "$scratch/s"
patch() { # file, path, subject, last line of the file, line to add behind it
	printf 'Subject: [PATCH] %s\n---\n--- a/%s\n+++ b/%s\n@@ -%s,1 +%s,2 @@\n %s\n+%s\n' \
		"$3" "$2" "$2" "$4" "$4" "$5" "$6" >"$scratch/s/$1"
	echo "$1" >>"$scratch/s/series"
}
tree=$(ls -d "${KAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kab}"/sources/*/tree | head -n 1)
first=$(head -n 1 "$tree/drivers/md/dm-crypt.c")
patch 1.patch drivers/md/dm-crypt.c "dm crypt: say nothing" 1 "$first" "/* nothing */"
patch 2.patch drivers/md/dm-crypt.c "dm crypt: do not compile" 1 "$first" "#error on purpose"
cat >"$scratch/s/3.patch" <<P
Subject: [PATCH] dm crypt: compile again
---
--- a/drivers/md/dm-crypt.c
+++ b/drivers/md/dm-crypt.c
@@ -1,2 +1,1 @@
 $first
-#error on purpose
P
echo 3.patch >>"$scratch/s/series"
run kab ladder linux-6.1 "$scratch/s" --target det --workload "$work"
exits 0 "a series of which one prefix does not compile"
prints '^fault +with patch 2/3 the kernel does not build: .*error: #error on purpose' "names it, with the compiler's line"
prints '^2-3/3 +dm crypt: compile again' "counts the patch with the next"
prints 'no patch changes a headline figure' "nothing changes"
ok "no figure of it is stored" test "$(sql "SELECT count(*) FROM sample JOIN run ON sample.run = run.id
	WHERE run.arm = 2 AND run.session = (SELECT max(id) FROM session)")" -eq 0
ok "but the finding is" test "$(sql "SELECT count(*) FROM finding WHERE kind = 'build-failed'")" -eq 1

run kab ladder linux-6.1 dmcrypt-compound:0 --workload "$work"
exits 2 "a ladder without rungs"
run kab ladder linux-6.1 dmcrypt-compund --workload "$work"
exits 2 "an unknown series"
run kab ladder linux-6.1
exits 2 "a ladder without a series"
done_testing
