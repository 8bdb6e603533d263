#!/bin/sh
# The dma_pool benches: a module of two files, what they count, and bad input, each with its reason.
. "$(dirname "$0")/lib.sh"

chain() { # file, parameters
	mkdir -p "$scratch/w"
	sed -e "s/\"parameters\": {.*}/\"parameters\": {$2}/" -e 's/"memory_mib": 512/"memory_mib": 256/' \
		"$root/configs/workloads/dmapool-chain.json" >"$scratch/w/$1.json"
}
run_all() { # file...: each in a boot of its own
	comma=
	printf '{"name": "dmapool", "kernels": ["linux-6.1"], "workloads": [' >"$scratch/plan.json"
	for file; do
		printf '%s"%s"' "$comma" "$scratch/w/$file.json" >>"$scratch/plan.json"
		comma=', '
	done
	printf '], "target": "det"}\n' >>"$scratch/plan.json"
	run kab run "$scratch/plan.json"
}
value() { sql "SELECT DISTINCT value FROM sample WHERE metric = '$1'"; }

# 33 pages of 31 blocks, as the block that ends at the page's end is not used in 6.1
chain small '"count": 1000, "rounds": 3'
run_all small
exits 0 "a small chain pool"
ok "pages" test "$(value pool_pages)" = 33.0
ok "blocks, as the kernel counts them" test "$(value pool_blocks)" = 1056.0
ok "what the kernel says of the pool" \
	test "$(sql "SELECT DISTINCT value FROM environment WHERE key = 'small.pools'")" = '1000 1056 128 33'
ok "both times" test "$(sql "SELECT count(*) FROM sample WHERE metric IN ('alloc_ms', 'free_ms') AND value > 0")" -eq 2
rm -rf "$KAB_DATA"

# What is refused, and what runs out of memory half-way
chain none '"count": 0'
chain less '"count": -1'
chain many '"count": 16777217'
chain large '"count": 2000000'
chain align '"count": 1, "align": 3'
chain half '"count": 60000, "size": 2048'
run_all none less many large align half
exits 3 "parameters that cannot be"
says 'none: workload-failed: count=0 is not in 1 to ' "no blocks"
says 'less: workload-failed: count=-1 is not in 1 to ' "less than none"
says 'many: workload-failed: count=16777217 is not in 1 to 16777216' "absurdly many"
says 'large: workload-failed: count=2000000 of size=128 need 274 MiB, but [0-9]+ MiB are available' "more than the guest has"
says 'align: workload-failed: no pool with size=128 align=3' "an alignment that is no power of two"
says 'half: workload-failed: out of memory after [0-9]+ of 60000 blocks' "memory runs out, and the agent lives"
ok "no figures" test "$(sql 'SELECT count(*) FROM comparable_sample')" -eq 0
done_testing
