#!/bin/sh
# Workloads of the network and of the page allocator, small: they run, they are the same to the
# digit in two boots, and what is wrong with their parameters is said.
. "$(dirname "$0")/lib.sh"

small() { # name, new name, sed expression
	mkdir -p "$scratch/w"
	sed -e "$3" "$root/configs/workloads/$1.json" >"$scratch/w/$2.json"
}

compare() { # workload...
	for w in "$@"; do
		set -- "$@" --workload "$scratch/w/$w.json"
		shift
	done
	run kab compare linux-6.1 linux-6.1 --target det --format json "$@"
}

stored() { # 'AND CONDITION', number of samples
	test "$(sql "SELECT count(*) FROM comparable_sample WHERE $1")" -eq "$2"
}

cp "$root"/configs/workloads/nfs-*.fio "$scratch"/
mkdir -p "$scratch/w" && mv "$scratch"/nfs-*.fio "$scratch/w/"
small xdp-redirect redirect 's/"packets": [0-9]*/"packets": 2000/'
small xdp-pass pass 's/"packets": [0-9]*/"packets": 2000/'
small xdp-drop drop 's/"packets": [0-9]*/"packets": 2000/'
small xdp-verify verify 's/"packets": [0-9]*/"packets": 1000/'
small nfs-verify nfs ''
small page-pool pool 's/"loops": [0-9]*/"loops": 8192/'
small page-bulk bulk 's/"pages": [0-9]*/"pages": 512/'
compare redirect pass drop verify nfs pool bulk
exits 0 "two boots of each"
ok "no two of them differ by a digit" sh -c "! grep '\"delta_pct\"' '$scratch/out' | grep -vq '\"delta_pct\": *0\\(\\.0\\)\\{0,1\\},*\$'"
ok "packets per second of three actions" stored "metric = 'pps' AND value > 1000" 6
ok "every packet was verified" stored "metric = 'packets_verified' AND value = 1000" 2
ok "what was written over NFS was read back" stored "metric = 'read_total_ios' AND value > 0" 2
ok "the slow path costs more than the fast one" test "$(sql "SELECT count(*) FROM comparable_sample AS s JOIN
	comparable_sample AS f ON s.run = f.run WHERE s.metric = 'slow_ns' AND f.metric = 'fast_ns'
	AND s.value > f.value AND f.value > 0")" -eq 2
ok "ten sizes of a bulk allocation, on a list, and one by one" stored "metric GLOB '[al]*_[0-9]*_ns'" 60
rm -rf "$KAB_DATA"

# What is wrong is said, and is no figure.
small xdp-redirect typo 's/"batch"/"badge"/'
small xdp-redirect none 's/"packets": [0-9]*/"packets": 0/'
small xdp-pass pass-verify 's/"size": 64/"verify": 1/'
small nfs-verify crowd 's/"file_mib": 48/"file_mib": 4096/'
small page-pool absurd 's/"loops": [0-9]*/"loops": 2000000000/'
compare typo none pass-verify crowd absurd
exits 3 "five that cannot run"
says "typo: workload-failed: no parameter 'badge'" "a parameter that does not exist"
says "none: workload-failed: parameter 'packets' is 0, not 1 to" "a number out of range"
says "pass-verify: workload-failed: only redirected packets" "a parameter that does not go with another"
says "crowd: (workload-failed|oom)" "a guest too small"
says "absurd: workload-failed: loops is 2000000000" "a number out of range in a module"
ok "no figures" stored "1" 0
rm -rf "$KAB_DATA"
done_testing
