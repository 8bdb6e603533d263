// SPDX-License-Identifier: GPL-2.0-only
/*
 * A random but repeatable test of dma_pool, for kernels with the debugging options on: pools of all
 * kinds of sizes, alignments and boundaries, a few at a time, from which blocks are allocated and
 * to which they are freed in any order. It has no figures, only checks.
 *
 * Every block is filled with its own number when it is allocated, and must still have it when it is
 * freed and whenever all are looked at: no two blocks in use share a byte. What the pool says of
 * itself is compared with what it should, to the last page.
 *
 * Kernels differ in what they should: the fixes for boundaries, the exact number of blocks and the
 * smallest block are tried out first, and are facts of the run. A block that reaches past its page
 * is a bug, not a difference.
 */
#include <linux/device.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "dmapool.h"
#include "kab.h"

#define SLOTS	   4   /* pools at a time */
#define BLOCKS_MAX 300 /* of a pool at a time */
#define BATCH_MAX  200 /* steps between two looks at everything */
#define POOLS_MAX  1000000
#define LOST_PAGES 1024 /* that the kernel may have kept for other reasons */
#define SIZE_LOG2  14	/* of the largest block */
#define ALIGN_LOG2 12
#define BOUND_LOG2 16

static long seed = 1;
module_param(seed, long, 0444);
MODULE_PARM_DESC(seed, "another one is another test");

static long pools = 200;
module_param(pools, long, 0444);
MODULE_PARM_DESC(pools, "that are made, one after the other");

static struct rnd_state random;

static u32 below(u32 n)
{
	return prandom_u32_state(&random) % n;
}

/* What this kernel does where kernels differ. */
static struct model {
	bool last_block;  /* a block may end at its boundary */
	bool exact_total; /* `pools` knows what a boundary costs */
	bool past_page;	  /* a boundary larger than the page lets blocks reach past it */
	size_t smallest;
} model;

/* How often what was wrong; all must be 0. */
static struct wrong {
	u64 refused, accepted, overlapping, unaligned, crossing, past_page, handle, not_zero;
	u64 used, total, size, pages;
} wrong;

static struct done {
	u64 pools, allocated, freed;
} done;

struct slot {
	char name[8];
	struct dma_pool *pool;	      /* NULL: none */
	size_t size, align, boundary; /* as asked for */
	size_t real_size, allocation, per_page, total_per_page;
	u32 peak, count;
	u32 numbers[BLOCKS_MAX];
	struct pool_block *blocks;
};

static u64 distance; /* of all blocks, see block_distance() */

static size_t per_boundary(size_t boundary, size_t size)
{
	size_t n = boundary / size;

	return n > 1 && !model.last_block && boundary % size == 0 ? n - 1 : n;
}

/* What follows from the three sizes that were asked for. */
static void expect(struct slot *s)
{
	size_t boundary;

	s->real_size = ALIGN(max(s->size, model.smallest), max_t(size_t, s->align, 1));
	s->allocation = max_t(size_t, s->real_size, PAGE_SIZE);
	boundary = s->boundary ? min(s->boundary, s->allocation) : s->allocation;
	s->per_page = s->allocation / boundary * per_boundary(boundary, s->real_size);
	s->total_per_page = model.exact_total ? s->allocation / boundary * (boundary / s->real_size)
					      : s->allocation / s->real_size;
}

static bool make_pool(struct device *dev, struct slot *s, size_t size, size_t align,
		      size_t boundary)
{
	s->size = size;
	s->align = align;
	s->boundary = boundary;
	s->peak = s->count = 0;
	expect(s);
	s->pool = dma_pool_create(s->name, dev, size, align, boundary);
	if (s->pool)
		done.pools++;
	return s->pool;
}

static void check_address(const struct slot *s, const struct pool_block *b)
{
	u64 last = b->dma + s->real_size - 1;

	wrong.unaligned += s->align && !IS_ALIGNED(b->dma, s->align);
	wrong.crossing += s->boundary && (b->dma ^ last) >= s->boundary;
	wrong.past_page += s->real_size <= PAGE_SIZE && (b->dma ^ last) >= PAGE_SIZE;
	wrong.handle += block_distance(b) != distance;
}

static bool allocate(struct slot *s)
{
	static const gfp_t flags[] = { POOL_GFP, GFP_ATOMIC, POOL_GFP | __GFP_ZERO };
	gfp_t gfp = flags[below(ARRAY_SIZE(flags))];
	struct pool_block *b = &s->blocks[s->count];

	b->vaddr = dma_pool_alloc(s->pool, gfp, &b->dma);
	if (!b->vaddr) {
		kab_failed("out of memory for a block of %zu bytes", s->real_size);
		return false;
	}
	check_address(s, b);
	wrong.not_zero += gfp & __GFP_ZERO && memchr_inv(b->vaddr, 0, s->size);
	s->numbers[s->count] = ++done.allocated;
	block_fill(b, s->size, s->numbers[s->count]);
	s->count++;
	s->peak = max(s->peak, s->count);
	return true;
}

static void release(struct slot *s, u32 i)
{
	wrong.overlapping += !block_intact(&s->blocks[i], s->size, s->numbers[i]);
	dma_pool_free(s->pool, s->blocks[i].vaddr, s->blocks[i].dma);
	done.freed++;
	s->count--;
	s->blocks[i] = s->blocks[s->count];
	s->numbers[i] = s->numbers[s->count];
}

static void turn_round(struct slot *s)
{
	for (u32 a = 0, b = s->count; a + 1 < b; a++) {
		b--;
		swap(s->blocks[a], s->blocks[b]);
		swap(s->numbers[a], s->numbers[b]);
	}
}

/* All of them, as they lie: from the first, from the last, or at random. */
static void release_all(struct slot *s)
{
	u32 way = below(3);

	if (way == 0)
		turn_round(s); /* the last is the one that leaves no gap */
	while (s->count)
		release(s, way == 2 ? below(s->count) : s->count - 1);
}

static bool check_slot(struct device *dev, const struct slot *s)
{
	struct pool_stats stats;

	for (u32 i = 0; i < s->count; i++)
		wrong.overlapping += !block_intact(&s->blocks[i], s->size, s->numbers[i]);
	if (!pool_read(dev, s->name, &stats))
		return false;
	wrong.used += stats.used != s->count;
	wrong.size += stats.size != s->real_size;
	wrong.pages += stats.pages != DIV_ROUND_UP(s->peak, s->per_page);
	wrong.total += stats.total != stats.pages * s->total_per_page;
	return true;
}

static bool drop_pool(struct device *dev, struct slot *s)
{
	bool good;

	release_all(s);
	good = check_slot(dev, s);
	dma_pool_destroy(s->pool);
	s->pool = NULL;
	return good;
}

static size_t random_size(void)
{
	size_t power = (size_t)1 << below(SIZE_LOG2 + 1);

	/* Half of them have a power of two, where what is off by one shows. */
	return below(2) ? power : 1 + below(power);
}

static bool random_pool(struct device *dev, struct slot *s)
{
	size_t size = random_size();
	size_t align = below(4) ? (size_t)1 << below(ALIGN_LOG2 + 1) : 0;
	size_t real_size = ALIGN(max(size, model.smallest), max_t(size_t, align, 1));
	u32 from = order_base_2(real_size);
	size_t boundary = below(2) ? (size_t)1 << (from + below(BOUND_LOG2 - from + 1)) : 0;

	if (model.past_page && boundary > max_t(size_t, real_size, PAGE_SIZE))
		boundary = 0; /* found already, and it would spoil the memory of others */
	if (make_pool(dev, s, size, align, boundary))
		return true;
	wrong.refused++;
	kab_fact("refused", "size=%zu align=%zu boundary=%zu", size, align, boundary);
	return false;
}

/* Mostly grows or mostly shrinks. */
static bool random_steps(struct slot *s)
{
	u32 steps = below(BATCH_MAX);
	u32 growth = 2 + below(7);

	for (u32 i = 0; i < steps; i++) {
		bool grow = below(10) < growth;

		if (grow && s->count < BLOCKS_MAX && !allocate(s))
			return false;
		if (!grow && s->count)
			release(s, below(s->count));
	}
	return true;
}

static bool random_turn(struct device *dev, struct slot *s)
{
	if (!s->pool && !random_pool(dev, s))
		return false;
	if (!random_steps(s) || !check_slot(dev, s))
		return false;
	return below(4) ? true : drop_pool(dev, s);
}

static void run_slots(struct device *dev, struct slot *slots)
{
	bool good = true;

	while (good && done.pools < pools) {
		good = random_turn(dev, &slots[below(SLOTS)]);
		cond_resched();
	}
	for (u32 i = 0; i < SLOTS; i++)
		if (slots[i].pool)
			(void)drop_pool(dev, &slots[i]);
}

/*
 * The same calls for all kernels, to see which kind this one is.
 */

/* The pages for so many blocks, and the statistics with them; 0 after kab_failed(). */
static u64 probe(struct device *dev, struct slot *s, size_t size, size_t boundary, u32 blocks,
		 struct pool_stats *stats)
{
	bool good;

	if (!make_pool(dev, s, size, 0, boundary)) {
		kab_failed("no pool with size=%zu boundary=%zu", size, boundary);
		return 0;
	}
	for (s->count = 0; s->count < blocks; s->count++) {
		struct pool_block *b = &s->blocks[s->count];

		b->vaddr = dma_pool_alloc(s->pool, POOL_GFP, &b->dma);
		if (!b->vaddr)
			break;
	}
	good = s->count == blocks && pool_read(dev, s->name, stats);
	distance = block_distance(&s->blocks[0]);
	while (s->count) {
		s->count--;
		dma_pool_free(s->pool, s->blocks[s->count].vaddr, s->blocks[s->count].dma);
	}
	dma_pool_destroy(s->pool);
	s->pool = NULL;
	return good ? stats->pages : 0;
}

static bool probe_model(struct device *dev, struct slot *s)
{
	struct pool_stats stats;
	u64 pages;

	pages = probe(dev, s, 1, 0, 1, &stats);
	if (!pages)
		return false;
	model.smallest = stats.size;

	pages = probe(dev, s, PAGE_SIZE / 32, 0, 32, &stats);
	if (!pages)
		return false;
	model.last_block = pages == 1;

	pages = probe(dev, s, 96, 1024, 1, &stats);
	if (!pages)
		return false;
	model.exact_total = stats.total == PAGE_SIZE / 1024 * (1024 / 96);

	pages = probe(dev, s, 96, 2 * PAGE_SIZE, PAGE_SIZE / 96 + 1, &stats);
	if (!pages)
		return false;
	model.past_page = pages == 1;

	kab_fact("smallest_block", "%zu bytes", model.smallest);
	kab_fact("block_may_end_at_boundary", "%s", model.last_block ? "yes" : "no");
	kab_fact("total_knows_boundaries", "%s", model.exact_total ? "yes" : "no");
	kab_check("smallest_block_is_4_or_16", model.smallest == 4 || model.smallest == 16, 1);
	kab_check("blocks_past_their_page", model.past_page, 0);
	return true;
}

static void bad_calls(struct device *dev)
{
	static const struct {
		size_t size, align, boundary;
	} bad[] = {
		{ 0, 0, 0 }, { 16, 3, 0 }, { 64, 0, 96 }, { 64, 0, 32 }, { 20, 32, 16 },
	};

	dma_pool_destroy(NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct dma_pool *pool =
			dma_pool_create("bad", dev, bad[i].size, bad[i].align, bad[i].boundary);

		wrong.accepted += !!pool;
		dma_pool_destroy(pool);
	}
}

static u64 pages_free_now(void)
{
	struct sysinfo info;

	si_meminfo(&info);
	return info.freeram;
}

static void report(void)
{
	kab_fact("done", "%llu pools, %llu blocks, seed %ld", done.pools, done.allocated, seed);
	kab_check("good_pools_refused", wrong.refused, 0);
	kab_check("bad_pools_accepted", wrong.accepted, 0);
	kab_check("blocks_overlapping", wrong.overlapping, 0);
	kab_check("blocks_unaligned", wrong.unaligned, 0);
	kab_check("blocks_crossing_a_boundary", wrong.crossing, 0);
	kab_check("blocks_crossing_a_page", wrong.past_page, 0);
	kab_check("blocks_with_a_wrong_handle", wrong.handle, 0);
	kab_check("blocks_not_zeroed", wrong.not_zero, 0);
	kab_check("wrong_blocks_used", wrong.used, 0);
	kab_check("wrong_blocks_total", wrong.total, 0);
	kab_check("wrong_block_size", wrong.size, 0);
	kab_check("wrong_pages", wrong.pages, 0);
	kab_check("blocks_freed", done.freed, done.allocated);
}

static void run(struct device *dev, struct slot *slots)
{
	u64 before, after;

	bad_calls(dev);
	if (!probe_model(dev, &slots[0]))
		return;
	before = pages_free_now();
	run_slots(dev, slots);
	after = pages_free_now();
	report();
	kab_check("pools_made", done.pools >= pools, 1);
	kab_check("pools_left", pool_any(dev), 0);
	kab_check("memory_lost", before > after + LOST_PAGES, 0);
}

static void bench(void)
{
	struct slot *slots;
	struct device *dev;

	if (pools < 1 || pools > POOLS_MAX) {
		kab_failed("pools=%ld is not in 1 to %d", pools, POOLS_MAX);
		return;
	}
	prandom_seed_state(&random, seed);
	dev = pool_device_add();
	if (!dev)
		return;
	slots = kvcalloc(SLOTS, sizeof(*slots), GFP_KERNEL);
	for (u32 i = 0; slots && i < SLOTS; i++) {
		snprintf(slots[i].name, sizeof(slots[i].name), "fuzz%u", i);
		slots[i].blocks = pool_blocks(BLOCKS_MAX);
	}
	if (slots && slots[SLOTS - 1].blocks)
		run(dev, slots);
	for (u32 i = 0; slots && i < SLOTS; i++)
		kvfree(slots[i].blocks);
	kvfree(slots);
	pool_device_remove(dev);
}

static int __init fuzz_init(void)
{
	return kab_run(bench);
}
module_init(fuzz_init);

static void __exit fuzz_exit(void)
{
	kab_end();
}
module_exit(fuzz_exit);

MODULE_DESCRIPTION("kab: a random test of dma_pool");
MODULE_LICENSE("GPL");
