#!/bin/sh
# A bisection of real commits on the instruction clock: from step 10 to step 14 of the test repository
# one commit makes dm-crypt slower; step 7 does not compile, step 17 does not boot. Then what git makes
# of the log, and bisect-step.
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

run kab bisect "$(at step-10)" "$(at step-14)" -w "$work" --log "$scratch/log"
exits 0 "the commit that made it slower"
prints "^ +$(id step-11 | cut -c 1-12) step 11: culprit" "is found"
prints 'by one commit' "and it alone"
run kab bisect "$(at step-10)" "$(at step-14)" -w "$work" -m write_iop
exits 2 "a metric that is not there"
says 'did you mean "write_iops"' "names the nearest"
runs=$(sql 'SELECT count(*) FROM run')
run kab bisect "$(at step-10)" "$(at step-14)" -w "$work"
exits 0 "the same again"
prints "^ +$(id step-11 | cut -c 1-12) step 11: culprit" "has the same answer"
ok "and boots nothing" test "$(sql 'SELECT count(*) FROM run')" -eq "$runs"

git clone -q --shared --no-checkout "$repository" "$scratch/clone"
run git -C "$scratch/clone" -c advice.detachedHead=false bisect start --no-checkout
run git -C "$scratch/clone" bisect replay "$scratch/log"
ok "git replays the log to the same commit" grep -q "^$(id step-11) is the first bad commit" "$scratch/out"

step() { kab bisect-step --good "$(at step-10)" --bad "$(at step-14)" -w "$work" "$@"; }
run step "$(at step-10)"
exits 0 "bisect-step: a good commit"
run step "$(at step-11)"
exits 1 "a bad one"
run step "$(at step-07)"
exits 125 "one that does not compile"
run step "$(at nowhere)"
exits 128 "one that is not there"
run kab bisect-step
exits 128 "no ends"

hash_repository >"$scratch/after"
ok "the repository is as it was, byte for byte" cmp "$scratch/before" "$scratch/after"
done_testing
