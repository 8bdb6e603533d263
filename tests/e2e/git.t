#!/bin/bash
# Commits of a whole kernel: what kab does with a repository of the user's, and what it leaves there.
# The repository is made once (kernel-repository.sh), and so are the kernels: later runs boot only.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

repository=$("$root/tests/e2e/kernel-repository.sh") || exit 1
user=$scratch/user
git() { command git -c user.name=u -c user.email=u@example.invalid -c advice.detachedHead=false "$@"; }
# Everything there is, with its bytes and times: refs, index, objects, work tree.
state() { tar -C "$1" --sort=name -cf - . | sha256sum; }
id() { # spec: the first digits of its kernel's identity
	kab kernels build "$1" 2>"$scratch/err" | awk '{ print $2 }'
}
image() { sha256sum <"$(kab kernels build "$1" 2>/dev/null | awk '{ print $NF }')"; }
delta() { # in the last run's JSON, of one headline metric
	tr -d ' \n' <"$scratch/out" | awk -v m="\"metric\":\"$1\"" 'BEGIN { RS = "{" } index($0, m) {
		sub(/.*"delta_pct":/, ""); sub(/,.*/, ""); print; exit }'
}
between() { awk -v v="$1" -v a="$2" -v b="$3" 'BEGIN { exit !(v != "" && v >= a && v <= b) }'; }

git clone -q --shared --no-checkout "$repository" "$user"
git -C "$user" checkout -q -b mine step-11
git -C "$user" branch -q --set-upstream-to=origin/master
git -C "$user" branch -q before step-10
printf 'Not committed.\n' >>"$user/README"
before=$(state "$user")
stored=$(state "$repository")
cd "$user" || exit 1

# One commit with a known cost: about 300 instructions for each of 256 pages
run kab compare before..step-11 --workload dmcrypt-1m --format json
exits 0 "compare of two revisions inside the repository"
ok "the cost of the one commit is found: $(delta write_iops)%" between "$(delta write_iops)" -14 -5
ok "and nothing else is configured" sh -c "! grep -q 'configuration symbols' '$scratch/err'"

# Forty steps bring a symbol that no fragment names
run kab compare step-10 step-33 --workload dmcrypt-1m
exits 0 "compare of two revisions"
says 'step-33" has configuration symbols .*: KAB_STEP=n' "a new symbol is noted"
prints 'write_iops .* worse' "and the cost is still there"

# What is checked out differs from step-11 by a line that is in no object. (Files that are not
# tracked are test-git's: Debian's .gitignore hides all of them.)
run kab kernels build git:.
exits 0 "the work tree is built"
prints '^git:\. ' "by its own name"
dirty=$(id git:.)
ok "other files are another kernel" test -n "$dirty" -a "$dirty" != "$(id step-11)"
ok "with the same image" test "$(image git:.)" = "$(image step-11)"
run kab kernels
prints 'step-11-dirty' "and it is named as what it is"

run kab compare --workload dmcrypt-1m
exits 0 "compare without operands"
says 'comparing git:\. with step-11, the merge base with origin/master' "says with what"
prints 'write_iops .* exact  =$' "and finds no difference"

# Commits that change comments only give the bytes of the source's own clean build
ok "an incremental build gives the bytes of a clean one" test "$(image step-10)" = "$(image linux-6.1)"

run kab kernels build step-07
exits 3 "a commit that does not compile"
says 'mm/readahead\.c:.*: error: #error step 07' "shows the compiler's line"
run kab compare step-10 step-99
exits 2 "a revision that is not there"
says 'did you mean "step-[0-9]*"' "the nearest is named"

ok "the user's repository is as it was, to the byte" test "$(state "$user")" = "$before"
ok "and so is the one that it borrows from" test "$(state "$repository")" = "$stored"

# The same commit from repositories of other shapes
cd "$scratch" || exit 1
git clone -q --bare --shared "$repository" bare.git
git clone -q --depth=1 --branch step-11 --no-checkout "file://$repository" shallow
git -C "$user" worktree add -q --no-checkout --detach "$scratch/linked" step-11
here=$(id "git:$user@step-11")
for shape in bare.git@step-11 shallow@HEAD linked@HEAD; do
	ok "the same kernel from $shape" test "$(id "git:$shape")" = "$here"
done

# A plan that follows a branch of somebody's
printf '{"name": "follow", "kernels": ["git:%s@origin/master"], "workloads": ["none"],
 "fetch": [{"repository": "%s", "remote": "origin", "branch": "follow"}]}\n' "$user" "$user" >plan.json
git clone -q --bare --shared "$repository" theirs.git
git -C theirs.git branch follow step-12
git -C "$user" remote set-url origin "$scratch/theirs.git"
run kab run plan.json
exits 2 "a plan with a fetch, whose workload is not there"
ok "the branch was fetched" git -C "$user" diff --quiet origin/follow step-12
done_testing
