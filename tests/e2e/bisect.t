#!/bin/sh
# A bisection of real commits on the instruction clock: from step 9 to step 25 of the test repository
# one commit makes dm-crypt slower, and the middle, step 17, does not boot. Then what git makes of the
# log, and git bisect run with bisect-step, whose first middle, step 7, does not compile.
. "$(dirname "$0")/lib.sh"

repository=$("$root/tests/e2e/kernel-repository.sh")
at() { echo "git:$repository@$1"; }
work="$root/tests/data/workloads/short.json"
id() { git -C "$repository" rev-parse "$1^{commit}"; }
hash_repository() { (cd "$repository" && find . -type f -exec sha256sum {} + | sort); }
hash_repository >"$scratch/before"

run kab bisect "$(at step-10)" "$(at step-17)" -w "$work"
exits 3 "an end that does not boot"
says 'has no figures, so it cannot be an end: panic' "says so"
run kab bisect "$(at step-19)" "$(at step-09)" -w "$work"
exits 2 "ends in the wrong order"
says 'name the older commit first' "says so"
run kab bisect "$(at step-09)" "$(at step-09)^{}" -w "$work"
exits 2 "equal ends"
says 'are the same commit' "says so"
run kab bisect linux-6.1 "$(at step-09)" -w "$work"
exits 2 "an end that is no commit"
run kab bisect "$(at step-12)" "$(at step-14)" -w "$work"
exits 4 "ends that do not differ have a status of their own"

run kab bisect "$(at step-09)" "$(at step-25)" -w "$work" --log "$scratch/log"
exits 0 "the commit that made it slower"
prints "^ +$(id step-11 | cut -c 1-12) step 11: culprit" "is found"
prints 'by one commit' "and it alone"
says 'step 1 of .*step 17: panic' "the first middle is one that does not boot"
prints "^skipped +$(id step-17 | cut -c 1-12) step 17: .*panic" "it is skipped, and the answer says so"
prints '^measured +[34] of 15 commits' "for a neighbour of it"
run kab bisect "$(at step-09)" "$(at step-25)" -w "$work" -m write_iop
exits 2 "a metric that is not there"
says 'did you mean "write_iops"' "names the nearest"
runs=$(sql 'SELECT count(*) FROM run')
run kab bisect "$(at step-09)" "$(at step-25)" -w "$work"
exits 0 "the same again"
prints "^ +$(id step-11 | cut -c 1-12) step 11: culprit" "has the same answer"
ok "and boots nothing" test "$(sql 'SELECT count(*) FROM run')" -eq "$runs"

# On the site it is one page, and its sessions are nights of no plan.
site="$scratch/site"
run kab collect --rebuild
exits 0 "the database is made again"
run kab report --output "$site"
exits 0 "the site of it"
page=$(ls "$site"/bisections/*.html)
ok "has one page of it" test "$(echo "$page" | wc -l)" -eq 1
ok "with the answer" sh -c "grep -q 'by one commit</h1>' '$page' && grep -q 'step 11: culprit' '$page'"
ok "with what does not boot, and its runs" sh -c \
	"sed 's/<tr/\n<tr/g' '$page' | grep 'panic:' | grep -q 'runs/index.html'"
ok "its log is that of the command" cmp "$scratch/log" "${page%.html}.log.txt"
ok "it is no plan" sh -c "! ls -d '$site'/trends/*/"
ok "and its kernels are in no list" sh -c "! ls '$site'/kernels/ | grep -v index"
run kab report -v --output "$site"
says '0 files were written' "a second rendering writes nothing"

git clone -q --shared --no-checkout "$repository" "$scratch/clone"
run git -C "$scratch/clone" -c advice.detachedHead=false bisect start --no-checkout
run git -C "$scratch/clone" bisect replay "$scratch/log"
ok "git replays the log to the same commit" grep -q "^$(id step-11) is the first bad commit" "$scratch/out"
ok "and skips what does not boot" grep -q "^git bisect skip $(id step-17)" "$scratch/log"

step() { kab bisect-step --good "$(at step-09)" --bad "$(at step-25)" -w "$work" "$@"; }
run step "$(at step-10)"
exits 0 "bisect-step: a good commit"
run step "$(at step-11)"
exits 1 "a bad one"
run step "$(at step-17)"
exits 125 "one that does not boot"
run step "$(at nowhere)"
exits 128 "one that is not there"
run kab bisect-step
exits 128 "no ends"

# git leads: between step 1 and step 13 it asks for step 7 first.
cat >"$scratch/step.sh" <<S
#!/bin/sh
"$KAB_BUILD/kab" bisect-step --good "$(at step-09)" --bad "$(at step-25)" -w "$work" \
	git:$scratch/clone@BISECT_HEAD 2>>"$scratch/said"
answer=\$?
echo "\$(git log -1 --format=%s BISECT_HEAD): \$answer" >>"$scratch/answers"
exit \$answer
S
chmod +x "$scratch/step.sh"
cd "$scratch/clone" || exit 1
run git bisect start --no-checkout step-13 step-01
run git bisect run "$scratch/step.sh"
exits 0 "git bisect run"
prints "^$(id step-11) is the first bad commit" "finds the commit"
ok "its first middle does not compile: 125" grep -q '^step 07: broken readahead.c: 125$' "$scratch/answers"
ok "with the compiler's line" grep -q 'mm/readahead\.c:.*: error: #error step 07' "$scratch/said"
ok "what it asks for then is told apart" sh -c "grep -q '^step 10: .*: 0$' '$scratch/answers' &&
	grep -q '^step 11: .*: 1$' '$scratch/answers'"
cd "$scratch" || exit 1

hash_repository >"$scratch/after"
ok "the repository is as it was, byte for byte" cmp "$scratch/before" "$scratch/after"
done_testing
