// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a page costs that is allocated together with others, for 1, 2, 4 ... 512 of them:
 *	array_N_ns  by the bulk allocator, into an array
 *	list_N_ns   by the bulk allocator, on a list
 *	loop_N_ns   by one alloc_page() after the other
 * A request that is served in part is continued, as all users do. Only the allocation is timed, and
 * what looking at the clock costs is subtracted. Each page is written to, and freed one by one.
 */
#include <linux/gfp.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/version.h>

#include "kab.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 13, 0)
#error "skip: the bulk page allocator came with Linux 5.13"
#endif

/* "mm: alloc_pages_bulk: rename API" and "drop page_list argument": the list is gone. */
#define HAVE_LIST (LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0))
#if !HAVE_LIST
#define alloc_pages_bulk_array alloc_pages_bulk
#endif

#define BULK_MAX  512
#define PAGES_MAX 100000000

static unsigned int pages = 65536;
module_param(pages, uint, 0444);
MODULE_PARM_DESC(pages, "pages to allocate with each way and size, rounded up to a multiple of 512");

static struct page *array[BULK_MAX];

/* Puts n pages into the array, whose slots are NULL. Returns how many there are. */
typedef unsigned int (*get_fn)(unsigned int n);

static unsigned int get_array(unsigned int n)
{
	unsigned int got = 0;

	while (got < n) {
		unsigned long more = alloc_pages_bulk_array(GFP_KERNEL, n - got, array + got);

		if (unlikely(!more))
			break;
		got += more;
	}
	return got;
}

static unsigned int get_loop(unsigned int n)
{
	unsigned int got;

	for (got = 0; got < n; got++) {
		array[got] = alloc_page(GFP_KERNEL);
		if (unlikely(!array[got]))
			break;
	}
	return got;
}

/* What a look at the clock costs. */
static unsigned int get_nothing(unsigned int n)
{
	return n;
}

#if HAVE_LIST
static LIST_HEAD(list);

static unsigned int get_list(unsigned int n)
{
	unsigned int got = 0;

	while (got < n) {
		unsigned long more = alloc_pages_bulk_list(GFP_KERNEL, n - got, &list);

		if (unlikely(!more))
			break;
		got += more;
	}
	return got;
}
#endif

/* From the list, if that is where they are, into the array. Returns how many there are then. */
static unsigned int collect(unsigned int got)
{
#if HAVE_LIST
	struct page *page, *next;
	unsigned int n = 0;

	if (list_empty(&list))
		return got;
	list_for_each_entry_safe(page, next, &list, lru) {
		list_del(&page->lru);
		if (n < BULK_MAX)
			array[n] = page;
		n++;
	}
	return n;
#else
	return got;
#endif
}

static u64 *first_word(unsigned int i)
{
	return page_address(array[i]);
}

static u64 *last_word(unsigned int i)
{
	return first_word(i) + PAGE_SIZE / sizeof(u64) - 1;
}

/* Writes a number of its own to each page: two slots with one page cannot both keep theirs.
 * Returns how many do. */
static unsigned int distinct(unsigned int n)
{
	unsigned int good = 0;

	for (unsigned int i = 0; i < n; i++)
		*first_word(i) = *last_word(i) = i + 1;
	for (unsigned int i = 0; i < n; i++)
		good += *first_word(i) == i + 1 && *last_word(i) == i + 1;
	return good;
}

static void free_all(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		__free_page(array[i]);
		array[i] = NULL;
	}
}

struct sum {
	u64 ns;
	u64 pages; /* distinct ones */
};

/* `rounds` times n pages. False when there was no memory. */
static bool run(get_fn get, unsigned int n, unsigned int rounds, struct sum *sum)
{
	*sum = (struct sum){ 0 };
	for (unsigned int round = 0; round < rounds; round++) {
		u64 begin = ktime_get_ns();
		unsigned int got = get(n);

		sum->ns += ktime_get_ns() - begin;
		if (get == get_nothing)
			continue;
		got = collect(got);
		sum->pages += distinct(min(got, n));
		free_all(got);
		if (got != n)
			return false;
		cond_resched();
	}
	return true;
}

static const struct way {
	const char *name;
	get_fn get;
} ways[] = {
	{ "array", get_array },
#if HAVE_LIST
	{ "list", get_list },
#endif
	{ "loop", get_loop },
};

static bool measure(const struct way *way, unsigned int n, u64 total)
{
	struct sum empty, sum;
	char name[32];

	run(get_nothing, n, total / n, &empty);
	if (!run(way->get, n, total / n, &sum)) {
		kab_failed("%s of %u pages: no memory", way->name, n);
		return false;
	}
	snprintf(name, sizeof(name), "%s_%u_pages", way->name, n);
	kab_check(name, sum.pages, total);
	snprintf(name, sizeof(name), "%s_%u_ns", way->name, n);
	kab_result(name, "ns", "lower", sum.ns > empty.ns ? sum.ns - empty.ns : 0, total);
	return true;
}

static void bench(void)
{
	u64 total = roundup((u64)pages, BULK_MAX);
	struct sum warm;

	if (!pages || pages > PAGES_MAX) {
		kab_failed("pages is %u, not 1 to %u", pages, PAGES_MAX);
		return;
	}
	kab_fact("pages", "%llu", total);
	kab_fact("operation", "page %llu", total);
	/* The lists of free pages are in the same state for each. */
	if (!run(get_loop, BULK_MAX, 16, &warm)) {
		kab_failed("no memory for %u pages", BULK_MAX);
		return;
	}
	for (unsigned int n = 1; n <= BULK_MAX; n *= 2)
		for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
			if (!measure(&ways[i], n, total))
				return;
}

static int __init page_bulk_init(void)
{
	return kab_run(bench);
}

static void __exit page_bulk_exit(void)
{
	kab_end();
}

module_init(page_bulk_init);
module_exit(page_bulk_exit);
MODULE_DESCRIPTION("kab: bulk allocation of pages");
MODULE_LICENSE("GPL");
