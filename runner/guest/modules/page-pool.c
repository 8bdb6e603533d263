// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a page costs that comes from a page_pool and goes back, in the three ways there are:
 *	fast_ns	 to and from the cache of the pool
 *	ring_ns	 to the ptr_ring of the pool, from where the cache is filled again
 *	slow_ns	 from the page allocator, to the page allocator: recycling is defeated by a second
 *		 reference, as a stack does that keeps the page
 * The loop around it is subtracted. The ways are those of bench_page_pool_simple.c in the kernel's
 * tools/testing/selftests/net/bench (2025; before, netoptimizer/prototype-kernel), whose slow path
 * is time_bench_page_pool03_slow(); the code is not. As there the pool maps nothing for DMA.
 */
#include <linux/bottom_half.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#include <net/page_pool/helpers.h>
#else
#include <net/page_pool.h>
#endif

#include "kab.h"

#ifndef CONFIG_PAGE_POOL
#error "skip: it is built without CONFIG_PAGE_POOL, which drivers of network cards select"
#endif

/* Pages that a pool's cache is filled with at once: with a multiple of it nothing is left over. */
#define REFILL	  PP_ALLOC_CACHE_REFILL
/* Elements between two looks at the clock. Softirqs are off meanwhile, as in a driver. */
#define CHUNK	  (128 * REFILL)
#define LOOPS_MAX 1000000000
#define RING_SIZE 1024

static unsigned int loops = 128 * CHUNK;
module_param(loops, uint, 0444);
MODULE_PARM_DESC(loops, "elements to measure, rounded up to a multiple of 8192");

/* A way to get a page and to give it back. False: there was none. */
typedef bool (*step_fn)(struct page_pool *pool);

static __always_inline bool step_empty(struct page_pool *pool)
{
	barrier();
	return true;
}

static __always_inline bool step_fast(struct page_pool *pool)
{
	struct page *page = page_pool_alloc_pages(pool, GFP_ATOMIC);

	if (unlikely(!page))
		return false;
	page_pool_recycle_direct(pool, page);
	return true;
}

static __always_inline bool step_ring(struct page_pool *pool)
{
	struct page *page = page_pool_alloc_pages(pool, GFP_ATOMIC);

	if (unlikely(!page))
		return false;
	page_pool_put_page(pool, page, -1, false);
	return true;
}

static __always_inline bool step_slow(struct page_pool *pool)
{
	struct page *page = page_pool_alloc_pages(pool, GFP_ATOMIC);

	if (unlikely(!page))
		return false;
	get_page(page);
	page_pool_put_page(pool, page, -1, false);
	put_page(page);
	return true;
}

/* The time of `total` steps, which is a multiple of CHUNK; 0 when one of them failed. */
static __always_inline u64 timed(struct page_pool *pool, u64 total, step_fn step)
{
	u64 ns = 0;

	for (u64 done = 0; done < total; done += CHUNK) {
		bool ok = true;
		u64 begin;

		local_bh_disable();
		begin = ktime_get_ns();
		for (unsigned int i = 0; i < CHUNK && ok; i++)
			ok = step(pool);
		ns += ktime_get_ns() - begin;
		local_bh_enable();
		if (!ok)
			return 0;
		cond_resched();
	}
	return ns;
}

static u64 time_empty(struct page_pool *pool, u64 total)
{
	return timed(pool, total, step_empty);
}

static u64 time_fast(struct page_pool *pool, u64 total)
{
	return timed(pool, total, step_fast);
}

static u64 time_ring(struct page_pool *pool, u64 total)
{
	return timed(pool, total, step_ring);
}

static u64 time_slow(struct page_pool *pool, u64 total)
{
	return timed(pool, total, step_slow);
}

/* Fills the ring: a cache of pages would otherwise last for the first of each 64 elements. */
static bool fill_ring(struct page_pool *pool)
{
	struct page *pages[REFILL];
	int n;

	for (n = 0; n < REFILL; n++) {
		pages[n] = page_pool_alloc_pages(pool, GFP_KERNEL);
		if (!pages[n])
			break;
	}
	for (int i = 0; i < n; i++)
		page_pool_put_page(pool, pages[i], -1, false);
	return n == REFILL;
}

static const struct way {
	const char *metric;
	u64 (*time)(struct page_pool *pool, u64 total);
	bool fill;  /* the ring, before */
	bool pages; /* each element is a page from the page allocator; otherwise none is */
	const char *check;
} ways[] = {
	{ "fast_ns", time_fast, true, false, "fast_pages" },
	{ "ring_ns", time_ring, true, false, "ring_pages" },
	{ "slow_ns", time_slow, false, true, "slow_pages" },
};

/*
 * A pool of its own for each way. The pages that the pool got from the page allocator are counted
 * by the pool itself: that is the proof of which way they took.
 */
static bool measure(const struct way *way, u64 total)
{
	const struct page_pool_params params = {
		.pool_size = RING_SIZE,
		.nid = NUMA_NO_NODE,
	};
	struct page_pool *pool = page_pool_create(&params);
	u64 empty, ns = 0;
	u32 held;

	if (IS_ERR(pool)) {
		kab_failed("no page_pool: error %ld", PTR_ERR(pool));
		return false;
	}
	if (way->fill && !fill_ring(pool))
		goto out;
	empty = time_empty(pool, total);
	held = READ_ONCE(pool->pages_state_hold_cnt);
	ns = way->time(pool, total);
	held = READ_ONCE(pool->pages_state_hold_cnt) - held;
	if (!ns)
		goto out;
	kab_check(way->check, held, way->pages ? (u32)total : 0);
	kab_result(way->metric, "ns", "lower", ns > empty ? ns - empty : 0, total);
out:
	page_pool_destroy(pool);
	if (!ns)
		kab_failed("%s: the page_pool has no page", way->metric);
	return ns;
}

static void bench(void)
{
	u64 total = roundup((u64)loops, CHUNK);

	if (!loops || loops > LOOPS_MAX) {
		kab_failed("loops is %u, not 1 to %u", loops, LOOPS_MAX);
		return;
	}
	kab_fact("loops", "%llu", total);
	kab_fact("operation", "loop %llu", total);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (!measure(&ways[i], total))
			return;
}

static int __init page_pool_init(void)
{
	return kab_run(bench);
}

static void __exit page_pool_exit(void)
{
	kab_end();
}

module_init(page_pool_init);
module_exit(page_pool_exit);
MODULE_DESCRIPTION("kab: page_pool");
MODULE_LICENSE("GPL");
