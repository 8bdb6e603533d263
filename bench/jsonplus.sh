#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# jsonplus.sh SCRATCH: fio's json+ into the database, on all CPUs, against fio's own converter on the
# same 100 MB. Prints NAME|VALUE|LIMIT. The files are of real fio runs, each 25 times; every run directory
# has one with the bins of 64 jobs.
set -eu
scratch=$1/jsonplus
kab=$KAB_BUILD/kab
from=tests/data/runs/20261120T210235Z-b0483553/runs/001
session=20261120T210235Z-b0483553
export KAB_DATA="$scratch/data"
mkdir -p "$KAB_DATA/sessions/$session/runs" "$scratch/csv"

fio_run() { # file, options...
	local out=$1
	shift
	fio --output="$out" --output-format=json+ --time_based --runtime=2 --slat_percentiles=1 \
		--clat_percentiles=1 --lat_percentiles=1 --thread --numjobs=64 --name=job --rw=randrw \
		--bs=4k "$@" >/dev/null
}
fio_run "$scratch/1.json" --ioengine=null --size=1G --iodepth=16
fio_run "$scratch/2.json" --ioengine=null --size=1G --iodepth=1
fio_run "$scratch/3.json" --ioengine=libaio --filename="$scratch/file" --size=64M --iodepth=32
fio_run "$scratch/4.json" --ioengine=sync --filename="$scratch/file" --size=64M

total=0 number=0
while [ $total -lt 100000000 ]; do
	for i in 1 2 3 4; do
		number=$((number + 1))
		id=$(printf %03d $number)
		run=$KAB_DATA/sessions/$session/runs/$id
		cp -r "$from" "$run"
		sed -i "s#b0483553/001#b0483553/$id#; s/\"boot\": 1/\"boot\": $number/" "$run/manifest.json"
		cp "$scratch/$i.json" "$run/files/dmcrypt-1m/fio.json"
		total=$((total + $(stat -c %s "$scratch/$i.json")))
	done
done

now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { print b - a }'; }
best() { # times, command...: the shortest, as what else runs only adds
	local left=$1 start
	shift
	while [ "$left" -gt 0 ]; do
		left=$((left - 1))
		start=$(now)
		"$@" >/dev/null 2>&1
		since "$start"
	done | sort -n | head -n 1
}
convert() {
	local n=0
	for file in "$KAB_DATA/sessions/$session"/runs/*/files/dmcrypt-1m/fio.json; do
		n=$((n + 1))
		fio_jsonplus_clat2csv "$file" "$scratch/csv/$n.csv"
	done
}
ours=$(best 3 "$kab" collect --rebuild)
theirs=$(best 2 convert)
awk -v a="$ours" -v b="$theirs" -v bytes="$total" 'BEGIN {
	printf "json+ into the database, rate over fio_jsonplus_clat2csv|%.1f|(at least 10; %.0f MB in %.1f s / %.1f s)\n",
		b / a, bytes / 1e6, b, a }'
