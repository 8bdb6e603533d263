#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The figures of git repositories, on a repository of a whole kernel (tests/e2e/kernel-repository.sh). With
# CLEAN=yes also a clean build, 5 minutes of all cores: its image has to be that of the incremental one.
set -eu
# shellcheck source=bench/lib.sh
. "$(dirname "$0")/lib.sh"
repository=$(tests/e2e/kernel-repository.sh)
mkdir -p "$scratch/out" "$scratch/checkout"

# Both read a pack that is in memory by now, and write to the same disk. Nothing is removed until the
# end: for minutes after a kernel's tree was removed, an ext4 without a journal looks at each of its
# 78,000 inodes again before it gives out another, which takes three times as long as all else.
cat "$repository"/objects/pack/*.pack >/dev/null
takeout=$("$KAB_BUILD/bench/takeout" "$repository" step-11 "$scratch/out")
start=$(now)
GIT_INDEX_FILE=$scratch/index git -C "$repository" --work-tree="$scratch/checkout" read-tree step-11
GIT_INDEX_FILE=$scratch/index git -C "$repository" --work-tree="$scratch/checkout" checkout-index --all
checkout=$(since "$start")
row "taking a commit out, s" "$takeout" "(at most 8)"
row "the same over git's own checkout" "$(ratio "$takeout" "$checkout")" "($takeout s / $checkout s)"

# A commit on one .c file that nobody has built before
git clone -q --shared --bare "$repository" "$scratch/new.git"
blob=$({ git -C "$repository" cat-file blob step-11:mm/mempool.c; echo "/* $(now) */"; } |
	git -C "$scratch/new.git" hash-object -w --stdin)
export GIT_INDEX_FILE=$scratch/index GIT_DIR=$scratch/new.git
git update-index --cacheinfo "100644,$blob,mm/mempool.c"
commit=$(git -c user.name=bench -c user.email=bench@example.invalid commit-tree -p step-11 -m one "$(git write-tree)")
unset GIT_INDEX_FILE GIT_DIR
start=$(now)
built=$("$kab" kernels build "git:$scratch/new.git@$commit" 2>/dev/null | awk '{ print $NF }')
row "incremental build of a commit on one .c file, s" "$(since "$start")" "(at most 25)"

[ "${CLEAN:-no}" = yes ] || exit 0
start=$(now)
clean=$(KAB_CACHE="$scratch/cache" "$kab" kernels build "git:$scratch/new.git@$commit" 2>/dev/null | awk '{ print $NF }')
row "clean build of the same, s" "$(since "$start")"
prove "both images are the same: $(sha256sum <"$built" | cut -c 1-16)" cmp "$built" "$clean"
exit "$failed"
