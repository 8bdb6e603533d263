#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes a git repository of a whole kernel for the tests, once, and prints its path: Debian's
# linux-source-6.1 as its first commit (tag "v6.1-base"), and 40 small ones on it (branch "master";
# the tags "step-01" to "step-40"). Names, times and texts are fixed, so the ids are always the same.
# It is bare, and lies in the cache under a hash of what it is made from; tests clone it
# (--shared costs nothing) and leave it as it is.
#
#	kernel-repository.sh		the path
#	kernel-repository.sh --steps	what each commit is: NUMBER KIND PATH
#
# Kinds: culprit (costs instructions; see the path), broken (does not compile), panic (does not
# boot), fixed (undoes the one before), plain (changes no code), symbol (a new symbol that is y).
set -euo pipefail
LC_ALL=C
tarball=${KAB_TEST_TARBALL:-/usr/src/linux-source-6.1.tar.xz}

steps() {
	cat <<-'S'
	01 plain Documentation/admin-guide/README.rst
	02 plain mm/mempool.c
	03 plain drivers/md/dm-core.h
	04 plain block/blk-flush.c
	05 plain drivers/net/ethernet/intel/e1000/e1000_main.c
	06 plain fs/libfs.c
	07 broken mm/readahead.c
	08 fixed mm/readahead.c
	09 plain lib/sort.c
	10 plain MAINTAINERS
	11 culprit drivers/md/dm-crypt.c
	12 plain mm/swap.c
	13 plain drivers/md/dm-table.c
	14 plain scripts/checkpatch.pl
	15 plain crypto/cipher.c
	16 plain kernel/pid.c
	17 panic init/main.c
	18 fixed init/main.c
	19 plain fs/xattr.c
	20 plain lib/string.c
	21 plain net/core/dst.c
	22 link tools/step-22
	23 plain mm/util.c
	24 plain drivers/base/bus.c
	25 culprit mm/dmapool.c
	26 plain mm/truncate.c
	27 broken block/blk-map.c
	28 fixed block/blk-map.c
	29 removed Documentation/admin-guide/sysrq.rst
	30 plain kernel/cpu.c
	31 plain kernel/resource.c
	32 plain fs/stack.c
	33 symbol lib/Kconfig
	34 plain lib/bitmap.c
	35 plain mm/interval_tree.c
	36 renamed Documentation/admin-guide/bug-hunting.rst
	37 plain net/core/stream.c
	38 plain lib/rbtree.c
	39 plain drivers/md/dm-io.c
	40 plain kernel/ksysfs.c
	S
}

if [ "${1:-}" = --steps ]; then
	steps
	exit
fi

cache=${KAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kab}
source=$(sha256sum <"$tarball" | cut -d ' ' -f 1)
key=$({ sha256sum <"$0"; echo "$source"; } | sha256sum | cut -c 1-16)
top=$cache/test-repositories
repository=$top/$key.git
mkdir -p "$top"
exec 9>"$top/lock"
flock 9
if [ -d "$repository" ]; then
	echo "$repository"
	exit
fi

work=$(mktemp -d "$top/making.XXXXXX")
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_DIR=$work/git GIT_INDEX_FILE=$work/index
export GIT_AUTHOR_NAME=tester GIT_AUTHOR_EMAIL=tester@example.invalid
export GIT_COMMITTER_NAME=tester GIT_COMMITTER_EMAIL=tester@example.invalid
parent=
commit() { # number, subject
	local tree
	GIT_AUTHOR_DATE="$((1767225600 + 10#$1 * 3600)) +0000"
	GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
	export GIT_AUTHOR_DATE GIT_COMMITTER_DATE
	tree=$(git write-tree)
	if [ -n "$parent" ] && git diff --quiet "$parent" "$tree"; then
		echo "step $1 changes nothing" >&2
		exit 1
	fi
	parent=$(git commit-tree ${parent:+-p "$parent"} -m "$2" "$tree")
}
put() { # mode, path: standard input becomes the file
	git update-index --add --cacheinfo "$1,$(git hash-object -w --stdin),$2"
}
drop() { printf '0 %040d\t%s\n' 0 "$1" | git update-index --index-info; }
mode() { git ls-files --stage -- "$1" | cut -d ' ' -f 1; }
show() { git cat-file blob ":$1"; }
spin() { # how often
	printf '\tfor (unsigned int spin = 0; spin < %d; spin++)\n\t\tasm volatile("nop");\n' "$1"
}

git init -q --bare --initial-branch=master
tree=$cache/sources/$source # as kab unpacked it
if [ ! -d "$tree" ]; then
	tree=$work/tree
	mkdir "$tree"
	tar -xf "$tarball" -C "$tree" --strip-components=1
fi
# A low threshold makes git write one pack in place of 78,000 files.
git --work-tree="$tree" -c core.bigFileThreshold=1 -c core.compression=1 add --force --all
commit 00 "linux-source-6.1 as it is"
git tag v6.1-base "$parent"
rm -rf "$work/tree"

comment() { # number, path
	case $2 in
	*.c | *.h) printf '\n/* step %s */\n' "$1" ;;
	*) printf '\n# step %s\n' "$1" ;;
	esac
}
while read -r number kind path; do
	case $kind in
	plain) { show "$path"; comment "$number" "$path"; } | put "$(mode "$path")" "$path" ;;
	broken) { show "$path"; echo "#error step $number"; } | put 100644 "$path" ;;
	fixed) git cat-file blob "$parent~:$path" | put 100644 "$path" ;;
	panic) show "$path" | sed "s/^\tarch_call_rest_init();/\tpanic(\"step $number\");\n&/" |
		put 100644 "$path" ;;
	symbol) { show "$path"; printf '\nconfig KAB_STEP\n\tbool "A symbol that no fragment names"\n\tdefault y\n'; } |
		put 100644 "$path" ;;
	link) printf '../README' | put 120000 "$path" ;;
	removed) drop "$path" ;;
	renamed) show "$path" | put 100644 "${path%.rst}-moved.rst"
		drop "$path" ;;
	culprit) case $path in
		*dm-crypt.c) after='^\t\tlen = (remaining_size > PAGE_SIZE)' ;;
		*dmapool.c) after='^ ready:' ;;
		esac
		spin 100 >"$work/spin"
		show "$path" | sed "/$after/r $work/spin" >"$work/new"
		put 100644 "$path" <"$work/new" ;;
	esac
	commit "$number" "step $number: $kind ${path##*/}"
	git tag "step-$number" "$parent"
done < <(steps)

git update-ref refs/heads/master "$parent"
git pack-refs --all
mv "$work/git" "$repository"
echo "$repository"
