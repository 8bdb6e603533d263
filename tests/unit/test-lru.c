// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables of which the least recently used entry goes, against the same written plainly.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/plugin/lru.h"
#include "collectors/plugin/tlb.h"
#include "lib/random.h"

#define SETS	 4
#define WAYS_MAX 64
#define TOUCHES	 20000
#define PAGE	 UINT64_C(4096)
#define USERS	 UINT64_C(0x0000700000000000)
#define KERNELS	 UINT64_C(0xffffc90000000000) /* vmalloc: small pages */

/* The last used first; 0 is a free place. */
struct plain {
	uint64_t entries[SETS][WAYS_MAX];
	size_t ways;
};

static bool plain_touch(struct plain *p, size_t set, uint64_t entry)
{
	uint64_t *e = p->entries[set];
	size_t i = 0;
	bool found;

	while (i < p->ways - 1 && e[i] != entry)
		i++;
	found = e[i] == entry;
	for (; i; i--)
		e[i] = e[i - 1];
	e[0] = entry;
	return found;
}

static void plain_drop(struct plain *p, uint64_t from)
{
	for (size_t set = 0; set < SETS; set++) {
		size_t kept = 0;

		for (size_t i = 0; i < p->ways; i++)
			if (p->entries[set][i] >= from)
				p->entries[set][kept++] = p->entries[set][i];
		while (kept < p->ways)
			p->entries[set][kept++] = 0;
	}
}

/* Near ones are likelier, so that all places of a set are found. */
static uint64_t draw(struct random *r, size_t ways)
{
	double u = random_uniform(r);

	return (uint64_t)(u * u * 2 * SETS * (double)ways);
}

static void caches_are_least_recently_used(void **state)
{
	static const uint32_t ways[] = { 1, 2, 3, 6, 7, 8, 9, 12, 16, 17, 20, 24, 25, 64 };

	(void)state;
	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
		struct random r = { .state = ways[w] };
		struct plain p = { .ways = ways[w] };
		size_t hits = 0;
		struct lru l;

		lru_make(&l, SETS, ways[w]);
		for (size_t i = 0; i < TOUCHES; i++) {
			uint64_t line = draw(&r, ways[w]);
			bool found = plain_touch(&p, line % SETS, lru_entry(line));

			hits += found;
			assert_int_equal(lru_touch(&l, line), found);
		}
		assert_in_range(hits, TOUCHES / 20, TOUCHES - 1);
		for (size_t set = 0; set < SETS; set++)
			for (size_t i = 0; i < ways[w]; i++)
				assert_int_equal(lru_set(&l, set)[i], p.entries[set][i]);
		free(l.places);
	}
}

/* With the first two apart, as the L1 of data has them. */
static void a_set_can_be_in_two_parts(void **state)
{
	struct random r = { .state = 1 };
	struct plain p = { .ways = 8 };
	uint32_t first[SETS][2] = { { 0 } };
	struct lru l;

	(void)state;
	lru_make(&l, SETS, 6);
	for (size_t i = 0; i < TOUCHES; i++) {
		uint64_t line = draw(&r, 8);
		uint32_t *f = first[line % SETS], entry = lru_entry(line), older = f[1];
		bool found = plain_touch(&p, line % SETS, entry);

		if (f[0] == entry) {
			assert_true(found);
			continue;
		}
		f[1] = f[0];
		f[0] = entry;
		if (older == entry)
			assert_true(found);
		else
			assert_int_equal(lru_exchange(&l, lru_set(&l, line), entry, older), found);
	}
	free(l.places);
	lru_make(&l, SETS, 0);
	assert_false(lru_exchange(&l, lru_set(&l, 3), 1, 2));
	free(l.places);
}

/* The model has one TLB of a kind in a process: so all is in one test. */
static void tlbs_are_least_recently_used(void **state)
{
	struct plain first = { .ways = 4 }, second = { .ways = 6 };
	struct random r = { .state = 2 };
	size_t results[TLB_WALK + 1] = { 0 };

	(void)state;
	assert_false(tlb_make("dtlb1g", SETS, 4));
	assert_false(tlb_is_made());
	assert_true(tlb_make("dtlb4k", SETS, 4));
	assert_false(tlb_make("dtlb4k", SETS, 4));
	assert_true(tlb_make("dtlb2m", SETS, 4));
	assert_true(tlb_make("stlb", SETS, 6));
	assert_true(tlb_is_made());
	for (size_t i = 0; i < TOUCHES; i++) {
		uint64_t page = draw(&r, 6);
		uint64_t address = (i % 3 ? KERNELS : USERS) + page * PAGE + i % PAGE;
		uint64_t plain = address / PAGE;
		uint64_t entry = tlb_entry(address);
		struct tlb_set *set = tlb_set(entry);
		enum tlb_result expected = TLB_FIRST, had = tlb_touch(set, entry);

		if (!plain_touch(&first, page % SETS, plain))
			expected = plain_touch(&second, page % SETS, plain) ? TLB_SECOND : TLB_WALK;
		assert_int_equal(had, expected);
		assert_int_equal(set->entries[set->last], entry);
		results[had]++;
		if (i % 500 == 0) {
			tlb_drop_programs();
			plain_drop(&first, KERNELS / PAGE);
			plain_drop(&second, KERNELS / PAGE);
		}
		if (i % 7000 == 0) {
			tlb_drop_all();
			plain_drop(&first, UINT64_MAX);
			plain_drop(&second, UINT64_MAX);
		}
	}
	for (size_t i = 0; i <= TLB_WALK; i++)
		assert_in_range(results[i], TOUCHES / 50, TOUCHES);
	/* Pages of 2 MiB are one entry, and have a TLB of their own. */
	assert_int_equal(tlb_entry(TLB_KERNEL), tlb_entry(TLB_KERNEL + 511 * PAGE));
	assert_ptr_not_equal(tlb_set(tlb_entry(TLB_KERNEL)), tlb_set(tlb_entry(KERNELS)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(caches_are_least_recently_used),
		cmocka_unit_test(a_set_can_be_in_two_parts),
		cmocka_unit_test(tlbs_are_least_recently_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
