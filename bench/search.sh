#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Ladders and bisections in full, on a repository of a whole kernel (tests/e2e/kernel-repository.sh) and
# on 64 commits that nobody has built. What has to hold is proven: the exit status tells. Where no
# kernel is built yet, it takes a clean build of linux-6.1 and nearly one more, for the ladder's first patch.
#	make bench-search
set -eu
# shellcheck source=bench/lib.sh
. "$(dirname "$0")/lib.sh"
repository=$(tests/e2e/kernel-repository.sh)
short=$PWD/tests/data/workloads/short-1m.json
export GIT_AUTHOR_NAME=bench GIT_AUTHOR_EMAIL=bench@example.invalid \
	GIT_COMMITTER_NAME=bench GIT_COMMITTER_EMAIL=bench@example.invalid

# --- the culprits, and git's opinion of them ----------------------------------------------------

bisect() { # name, good, bad, workload: the answer is in NAME.out
	"$kab" bisect "$2" "$3" --workload "$4" --log "$scratch/$1.log" >"$scratch/$1.out" 2>"$scratch/$1.err" ||
		{ tail -n 5 "$scratch/$1.err" >&2; return 1; }
}
names_only() { # name, subject: the answer has one step, of one commit
	! grep -q '^steps ' "$scratch/$1.out" && grep -A 1 'by one commit:$' "$scratch/$1.out" | grep -q " $2\$"
}
replays() { # name, commit: git's answer from the log
	local clone=$scratch/replay-$1
	git clone -q --shared --no-checkout "$repository" "$clone"
	git -C "$clone" bisect start --no-checkout
	git -C "$clone" bisect replay "$scratch/$1.log" >"$clone.out"
	grep -q "^$(git -C "$repository" rev-parse "$2^{commit}") is the first bad commit" "$clone.out"
}
skips() { # name, step: it was met, and the answer says so
	grep -q "^skipped .* step $2: " "$scratch/$1.out"
}

for search in dmcrypt-1m:11:dm-crypt.c dmapool-chain:25:dmapool.c; do
	IFS=: read -r workload step file <<<"$search"
	bisect "$workload" "git:$repository@v6.1-base" "git:$repository@step-40" "$workload" || true
	prove "$workload: the one commit of 40 is found on det" names_only "$workload" "step $step: culprit $file"
	prove "$workload: git's replay of the log finds the same" replays "$workload" "step-$step"
done
bisect panic "git:$repository@step-09" "git:$repository@step-25" "$short" || true
prove "a middle that does not boot is skipped" skips panic 17
prove "and the commit is found" names_only panic "step 11: culprit dm-crypt.c"

# --- the same repository in every shape, and what is left there ---------------------------------

state() { tar -C "$1" --sort=name -cf - . | sha256sum; } # index, refs, objects, work tree: bytes and times
same_answer() { # shape, its repository
	KAB_DATA=$scratch/$1.data bisect "$1" "git:$2@v6.1-base" "git:$2@step-40" "$short" &&
		names_only "$1" "step 11: culprit dm-crypt.c" && cmp "$scratch/$1.out" "$scratch/user.out"
}
git clone -q --shared "$repository" "$scratch/user"
git -C "$scratch/user" worktree add -q --no-checkout --detach "$scratch/linked" step-40
git clone -q --bare --shared "$repository" "$scratch/bare"
git clone -q --depth=41 --no-checkout "file://$repository" "$scratch/shallow"
before=$(state "$scratch/user")
stored=$(state "$repository")
for shape in user linked bare shallow; do
	prove "the same answer from the repository as $shape" same_answer "$shape" "$scratch/$shape"
done
prove "the user's tree is as it was, byte for byte" test "$(state "$scratch/user")" = "$before"
prove "and so is the one that it borrows from" test "$(state "$repository")" = "$stored"

# --- a series patch by patch --------------------------------------------------------------------

start=$(now)
"$kab" ladder linux-6.1 mempool-bulk --target det --workload dmcrypt-1m --workload dmcrypt-4k \
	--format json >"$scratch/ladder.json" 2>"$scratch/ladder.err" || true
row "the ladder of mempool-bulk, s" "$(since "$start")"
prove "its steps add up to the whole" sh -c "tests/e2e/ladder-sums.py <'$scratch/ladder.json'"

# --- 64 commits on a .c file each, one of which costs something ---------------------------------

many=$scratch/many.git
files() {
	printf '%s.c\n' mm/{filemap,gup,highmem,list_lru,madvise,mempool,mincore,mlock,mmap,mprotect,mremap,oom_kill} \
		block/{badblocks,bio,blk-flush,blk-ioc,blk-merge,elevator,genhd,ioctl} \
		lib/{bitmap,idr,kobject,list_sort,rbtree,scatterlist,sort,string} \
		kernel/{capability,cpu,cred,exit,fork,kthread,params,pid,resource,signal,softirq,sys} \
		fs/{aio,attr,buffer,dcache,exec,file,inode,namei,open,pipe,read_write,splice} \
		net/core/{datagram,dev,dst,filter,skbuff,sock} drivers/md/{dm-io,dm-table} drivers/base/{bus,core,dd}
}
put() { # commit, path, where it is put: the file with a line that no other run has
	{ git cat-file blob "$1:$2"; echo "/* $run */"; } >"$many/blob"
	git update-index --cacheinfo "100644,$(git hash-object -w "$many/blob"),$2"
}
make_history() { # position of the culprit
	local parent=v6.1-base at=0 path
	git read-tree "$parent"
	while read -r path; do
		at=$((at + 1))
		if [ "$path" = culprit ]; then
			put step-11 drivers/md/dm-crypt.c
		else
			put "$parent" "$path"
		fi
		parent=$(git commit-tree -p "$parent" -m "$at: $path" "$(git write-tree)")
	done < <(files | sed "${1}i culprit")
	git update-ref refs/heads/many "$parent"
}
builds() { # of a search: "COUNT SLOWEST", without the first, that of its later end
	awk '/^building .*: done, [0-9]+ objects in / {
		seconds = / min / ? $(NF - 3) * 60 + $(NF - 1) : $(NF - 1)
		if (count++ && seconds > slowest) slowest = seconds
	} END { print count - 1, slowest + 0 }' "$scratch/$1.err"
}
run=$(now)
culprit=$((RANDOM % 63 + 1))
git clone -q --shared --bare "$repository" "$many"
(
	export GIT_DIR=$many GIT_INDEX_FILE=$many/bench-index
	make_history "$culprit"
)
start=$(now)
bisect many "git:$many@v6.1-base" "git:$many@many" dmcrypt-1m || true
wall=$(since "$start")
read -r count slowest < <(builds many)
prove "the one commit of 64 is found, at $culprit" names_only many "$culprit: culprit"
prove "with at most 6 builds between the ends" test "$count" -le 6
row "builds between the ends" "$count" "(at most 6)"
row "the slowest of them, s" "$slowest" "(at most 25)"
row "the whole search, s" "$wall"

# One step of it: a commit of one file, with its boot and workload.
commit=$(
	export GIT_DIR=$many GIT_INDEX_FILE=$many/bench-index
	git read-tree step-10
	put step-10 drivers/md/dm-crypt.c
	git commit-tree -p step-10 -m one "$(git write-tree)"
)
step=("$kab" bisect-step --good "git:$repository@step-10" --bad "git:$repository@step-11" --workload dmcrypt-1m)
"${step[@]}" "git:$repository@step-10" >/dev/null 2>&1 # the ends are measured once
start=$(now)
status=0
"${step[@]}" "git:$many@$commit" >/dev/null 2>&1 || status=$?
row "one step of a bisection, s" "$(since "$start")" "(at most 45)"
prove "which says that it is good" test "$status" -eq 0
exit "$failed"
