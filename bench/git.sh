#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The figures of git repositories, as lines "NAME<tab>VALUE<tab>LIMIT", on a repository of a whole kernel
# (tests/e2e/kernel-repository.sh). With CLEAN=yes also a clean build, 5 minutes of all cores: its
# image has to be that of the incremental one.
#
#	git.sh SCRATCH
set -eu
scratch=$1/git
kab=$KAB_BUILD/kab
repository=$(tests/e2e/kernel-repository.sh)
mkdir -p "$scratch/out" "$scratch/checkout"
now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }
row() { printf '%s\t%s\t%s\n' "$1" "$2" "$3"; }

# Both read a pack that is in memory by now, and write to the same disk.
cat "$repository"/objects/pack/*.pack >/dev/null
start=$(now)
GIT_INDEX_FILE=$scratch/index git -C "$repository" --work-tree="$scratch/checkout" read-tree step-11
GIT_INDEX_FILE=$scratch/index git -C "$repository" --work-tree="$scratch/checkout" checkout-index --all
checkout=$(since "$start")
rm -rf "$scratch/checkout"
takeout=$("$KAB_BUILD/bench/takeout" "$repository" step-11 "$scratch/out")
rm -rf "$scratch/out"
row "taking a commit out, s" "$takeout" "(at most 8)"
row "the same over git's own checkout" \
	"$(awk -v a="$takeout" -v b="$checkout" 'BEGIN { printf "%.2f", a / b }')" "($takeout s / $checkout s)"

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
row "clean build of the same, s" "$(since "$start")" ""
row "both images are the same (1)" "$(cmp -s "$built" "$clean" && echo 1 || echo 0)" "(1)"
