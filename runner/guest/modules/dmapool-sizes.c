// SPDX-License-Identifier: GPL-2.0-only
/*
 * The six pools of the kernel's own dma_pool test (mm/dmapool_test.c, since 6.4): all blocks of a
 * pool are allocated and freed in the same order, over and over; all but the first round find the
 * pages there. The figure is the time of all rounds, as there. Keith Busch's patches report, for
 * 100 rounds and in us, before and after: 16 bytes 57282 and 24997, 64: 172562 and 26584,
 * 256: 789247 and 33542, 1024: 371823 and 9022, 4096: 362237 and 6045
 * (20230126215125.4069751-2-kbusch@meta.com, wall clock).
 */
#include <linux/device.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "dmapool.h"
#include "kab.h"

#define NAME	   "test"
#define BLOCKS_MIN 1024
#define BLOCKS_MAX 8192
#define ROUNDS_MAX 1000000

static const struct kind {
	const char *metric;
	size_t size, align, boundary;
} kinds[] = {
	{ "s16_us", 16, 16, 0 },       { "s64_us", 64, 64, 0 },	      { "s256_us", 256, 256, 0 },
	{ "s1024_us", 1024, 1024, 0 }, { "s4096_us", 4096, 4096, 0 }, { "s68_us", 68, 32, 4096 },
};

static long rounds = 100;
module_param(rounds, long, 0444);
MODULE_PARM_DESC(rounds, "of allocating and freeing all blocks of a pool");

static long blocks_of(const struct kind *k)
{
	return clamp_t(long, PAGE_SIZE / k->size * 512, BLOCKS_MIN, BLOCKS_MAX);
}

/* Returns how many blocks there are. */
static long allocate(struct dma_pool *pool, struct pool_block *blocks, long count)
{
	for (long i = 0; i < count; i++) {
		blocks[i].vaddr = dma_pool_alloc(pool, POOL_GFP, &blocks[i].dma);
		if (!blocks[i].vaddr)
			return i;
	}
	return count;
}

static void release(struct dma_pool *pool, const struct pool_block *blocks, long count)
{
	for (long i = 0; i < count; i++)
		dma_pool_free(pool, blocks[i].vaddr, blocks[i].dma);
}

/* False, with everything freed and said, when memory runs out. */
static bool one_round(struct dma_pool *pool, struct pool_block *blocks, long count)
{
	long have = allocate(pool, blocks, count);

	release(pool, blocks, have);
	if (have == count)
		return true;
	kab_failed("out of memory after %ld of %ld blocks", have, count);
	return false;
}

/* One more round, not timed. */
static void check(struct device *dev, struct dma_pool *pool, struct pool_block *blocks,
		  const struct kind *k)
{
	long count = blocks_of(k);
	long have = allocate(pool, blocks, count);
	struct pool_stats s;
	u64 intact = 0;

	for (long i = 0; i < have; i++)
		block_fill(&blocks[i], k->size, i);
	for (long i = 0; i < have; i++)
		intact += block_intact(&blocks[i], k->size, i);
	kab_check("blocks_intact", intact, count);
	if (pool_read(dev, NAME, &s)) {
		kab_check("blocks_used", s.used, count);
		kab_check("block_size", s.size, ALIGN(k->size, k->align));
		kab_fact(k->metric, "%ld blocks on %llu pages", count, s.pages);
	}
	release(pool, blocks, have);
	if (pool_read(dev, NAME, &s))
		kab_check("blocks_used_at_the_end", s.used, 0);
}

static bool run(struct device *dev, const struct kind *k, struct pool_block *blocks)
{
	struct dma_pool *pool = dma_pool_create(NAME, dev, k->size, k->align, k->boundary);
	long done = 0;
	u64 start, ns;

	if (!pool) {
		kab_failed("no pool for %zu bytes", k->size);
		return false;
	}
	kab_lap_begin();
	start = ktime_get_ns();
	for (; done < rounds && one_round(pool, blocks, blocks_of(k)); done++)
		cond_resched();
	ns = ktime_get_ns() - start;
	kab_lap_end(k->metric);
	if (done == rounds) {
		kab_result(k->metric, "us", "lower", ns, NSEC_PER_USEC);
		check(dev, pool, blocks, k);
	}
	dma_pool_destroy(pool);
	return done == rounds;
}

static void bench(void)
{
	struct pool_block *blocks;
	struct device *dev;
	bool good;

	if (rounds < 1 || rounds > ROUNDS_MAX) {
		kab_failed("rounds=%ld is not in 1 to %d", rounds, ROUNDS_MAX);
		return;
	}
	dev = pool_device_add();
	if (!dev)
		return;
	blocks = pool_blocks(BLOCKS_MAX);
	kab_fact("operation", "round %ld", rounds);
	good = blocks;
	for (size_t i = 0; good && i < ARRAY_SIZE(kinds); i++)
		good = run(dev, &kinds[i], blocks);
	kvfree(blocks);
	pool_device_remove(dev);
}

static int __init sizes_init(void)
{
	return kab_run(bench);
}
module_init(sizes_init);

static void __exit sizes_exit(void)
{
	kab_end();
}
module_exit(sizes_exit);

MODULE_DESCRIPTION("kab: the six pools of the kernel's dma_pool test");
MODULE_LICENSE("GPL");
