// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mpt3sas does to its "chain pool" when it is loaded and unloaded with max_sgl_entries=256 on
 * a SAS 9300-8i: 373959 blocks of 128 bytes, allocated one by one, later freed in the same order.
 * Tony Battersby's series for dma_pool has the figures: allocating took 350 ms and 18 ms after it,
 * freeing and destroying 8901 ms and 19 ms (a machine that is not named, wall clock;
 * 9b08ab7c-b80b-527d-9adf-7716b0868fbc@cybernetics.com).
 *
 * Timed are dma_pool_create() with all allocations, and all frees with dma_pool_destroy(). Between
 * the two every block is written and checked, and the pool's statistics are read.
 */
#include <linux/device.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "dmapool.h"
#include "kab.h"

#define NAME "chain"

#define COUNT_MAX  (1 << 24)
#define BYTES_MAX  (1 << 16)
#define ROUNDS_MAX 100 /* whose lines kab.c has room for */

static long count = 373959;
module_param(count, long, 0444);
MODULE_PARM_DESC(count, "blocks");

static long size = 128;
module_param(size, long, 0444);
MODULE_PARM_DESC(size, "of a block, bytes");

static long align = 16;
module_param(align, long, 0444);
MODULE_PARM_DESC(align, "of a block, bytes, a power of two");

static long boundary;
module_param(boundary, long, 0444);
MODULE_PARM_DESC(boundary, "that no block crosses, bytes, a power of two; 0: none");

static long rounds = 1;
module_param(rounds, long, 0444);
MODULE_PARM_DESC(rounds, "of allocating and freeing all blocks");

/* So many blocks at a time without a chance for others to run. */
#define CHUNK 16384

static const struct limit {
	const char *name;
	const long *value;
	long min, max;
} limits[] = {
	{ "count", &count, 1, COUNT_MAX },    { "size", &size, 1, BYTES_MAX },
	{ "align", &align, 0, BYTES_MAX },    { "boundary", &boundary, 0, LONG_MAX },
	{ "rounds", &rounds, 1, ROUNDS_MAX },
};

static bool within_limits(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		const struct limit *l = &limits[i];

		if (*l->value >= l->min && *l->value <= l->max)
			continue;
		kab_failed("%s=%ld is not in %ld to %ld", l->name, *l->value, l->min, l->max);
		return false;
	}
	return true;
}

static bool fits_memory(void)
{
	u64 need = (u64)count * (size + sizeof(struct pool_block));
	u64 have = (u64)max(si_mem_available(), 0L) << PAGE_SHIFT;

	if (need <= have)
		return true;
	kab_failed("count=%ld of size=%ld need %llu MiB, but %llu MiB are available", count, size,
		   need >> 20, have >> 20);
	return false;
}

/* Returns how many blocks there are. */
static long allocate(struct dma_pool *pool, struct pool_block *blocks)
{
	for (long at = 0; at < count; cond_resched()) {
		long end = min(at + CHUNK, count);

		for (; at < end; at++) {
			blocks[at].vaddr = dma_pool_alloc(pool, POOL_GFP, &blocks[at].dma);
			if (!blocks[at].vaddr)
				return at;
		}
	}
	return count;
}

static void release(struct dma_pool *pool, const struct pool_block *blocks, long n)
{
	for (long at = 0; at < n; cond_resched()) {
		long end = min(at + CHUNK, n);

		for (; at < end; at++)
			dma_pool_free(pool, blocks[at].vaddr, blocks[at].dma);
	}
}

static void check_blocks(const struct pool_block *blocks)
{
	u64 intact = 0, aligned = 0, handles = 0;
	u64 distance = block_distance(&blocks[0]);

	for (long i = 0; i < count; i++)
		block_fill(&blocks[i], size, i);
	for (long i = 0; i < count; i++) {
		intact += block_intact(&blocks[i], size, i);
		aligned += IS_ALIGNED(blocks[i].dma, max(align, 1L));
		handles += block_distance(&blocks[i]) == distance;
	}
	kab_check("blocks_intact", intact, count);
	kab_check("blocks_aligned", aligned, count);
	kab_check("blocks_with_right_handle", handles, count);
}

static void check_stats(struct device *dev, long round)
{
	struct pool_stats s;

	if (!pool_read(dev, NAME, &s))
		return;
	kab_check("blocks_used", s.used, count);
	/* Since 6.4 a block has at least 16 bytes. */
	if (size >= 16)
		kab_check("block_size", s.size, ALIGN(size, max(align, 1L)));
	if (round)
		return;
	kab_fact("pools", "%llu %llu %llu %llu", s.used, s.total, s.size, s.pages);
	kab_result("pool_pages", "pages", "lower", s.pages, 1);
	kab_result("pool_blocks", "blocks", "lower", s.total, 1);
}

/* False when it has failed, and said so. */
static bool run(struct device *dev, struct pool_block *blocks, long round)
{
	struct dma_pool *pool;
	u64 start, alloc_ns, free_ns;
	long have;

	kab_lap_begin();
	start = ktime_get_ns();
	pool = dma_pool_create(NAME, dev, size, align, boundary);
	if (!pool) {
		kab_failed("no pool with size=%ld align=%ld boundary=%ld", size, align, boundary);
		return false;
	}
	have = allocate(pool, blocks);
	alloc_ns = ktime_get_ns() - start;
	kab_lap_end("alloc");

	if (have == count) {
		check_blocks(blocks);
		check_stats(dev, round);
	} else {
		kab_failed("out of memory after %ld of %ld blocks", have, count);
	}

	kab_lap_begin();
	start = ktime_get_ns();
	release(pool, blocks, have);
	dma_pool_destroy(pool);
	free_ns = ktime_get_ns() - start;
	kab_lap_end("free");
	if (have < count)
		return false;

	kab_result("alloc_ms", "ms", "lower", alloc_ns, NSEC_PER_MSEC);
	kab_result("free_ms", "ms", "lower", free_ns, NSEC_PER_MSEC);
	kab_check("pools_left", pool_any(dev), 0);
	return true;
}

static void bench(void)
{
	struct pool_block *blocks;
	struct device *dev;

	if (!within_limits() || !fits_memory())
		return;
	dev = pool_device_add();
	if (!dev)
		return;
	blocks = pool_blocks(count);
	kab_fact("operation", "block %ld", count * rounds);
	for (long round = 0; blocks && round < rounds && run(dev, blocks, round); round++)
		;
	kvfree(blocks);
	pool_device_remove(dev);
}

static int __init chain_init(void)
{
	return kab_run(bench);
}
module_init(chain_init);

static void __exit chain_exit(void)
{
	kab_end();
}
module_exit(chain_exit);

MODULE_DESCRIPTION("kab: the chain pool of mpt3sas");
MODULE_LICENSE("GPL");
