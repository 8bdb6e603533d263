#!/bin/sh
# A full disk while results are stored and before guests are booted: a clear error, and nothing
# half-made. Each case gets a small tmpfs in a mount namespace of its own.
. "$(dirname "$0")/lib.sh"

if ! unshare --user --map-root-user --mount true 2>/dev/null; then
	echo "1..0 # SKIP no user and mount namespaces here"
	exit 0
fi

mkdir -p "$scratch/small"
on_small_disk() { # size, script: $small is the disk, "$1" the program
	unshare --user --map-root-user --mount sh -c '
		small=$1 kab=$2 root=$3
		mount -t tmpfs -o "size=$4" none "$small" || exit 99
		export KAB_DATA="$small"
		eval "$5"' sh "$scratch/small" "$KAB_BUILD/kab" "$root" "$1" "$2" \
		>"$scratch/out" 2>"$scratch/err" </dev/null
	status=$?
}

# The runs fit, the database does not.
on_small_disk 460k 'mkdir "$small/sessions" && cp -r "$root"/tests/data/runs/* "$small/sessions/" || exit 98
	"$kab" collect
	status=$?
	rm -rf "$small/sessions"
	if [ -f "$small/kab.db" ]; then
		echo "partial $(sqlite3 "$small/kab.db" "SELECT count(*) FROM run
			WHERE NOT EXISTS (SELECT 1 FROM sample WHERE sample.run = run.id)" 2>&1)"
	else
		echo "partial 0"
	fi
	exit $status'
exits 3 "collect on a full disk"
says 'full|[Nn]o space' "says so"
prints '^partial 0$' "no run is stored by halves"

on_small_disk 4M '"$kab" compare linux-6.1 linux-6.1 --target det --workload dmcrypt-1m
	status=$?
	echo "complete $(cat "$small"/sessions/*/runs/*/status 2>/dev/null | grep -cx complete)"
	exit $status'
exits 3 "compare with too little space"
says 'MiB are free|[Nn]o space' "says so"
prints '^complete 0$' "no run is invented"

# The disk is filled while the guests run, whose plugin has begun its file.
on_small_disk 60M '(
		for i in $(seq 600); do
			ls "$small"/sessions/*/runs/*/profile >/dev/null 2>&1 && break
			sleep 0.1
		done
		dd if=/dev/zero of="$small/filler" bs=64k 2>/dev/null
	) &
	"$kab" compare linux-6.1 linux-6.1 --target det --workload "$root/tests/data/workloads/counts.json" --profile
	status=$?
	wait
	echo "complete $(cat "$small"/sessions/*/runs/*/status 2>/dev/null | grep -cx complete)"
	exit $status'
exits 3 "a disk that is full when a profile is written"
says 'no space left' "says so"
prints '^complete 0$' "and no run is taken for whole"

on_small_disk 4M 'KAB_CACHE="$small" "$kab" kernels build linux-6.1
	status=$?
	echo "kernels $(ls "$small/kernels" 2>/dev/null | wc -l) work $(ls "$small/work" 2>/dev/null | wc -l)"
	exit $status'
exits 3 "a build with too little space"
says 'MiB|[Nn]o space' "says so"
prints '^kernels 0 work 0$' "nothing half-made stays"
done_testing
