// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Quantiles of merged bins, and intervals by boots drawn again.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reports/quantiles.h"

#define BOOTS 8

/* Boots of a side: 99 I/Os of `fast` and one of `slow` each, which grow by `step` per boot. */
struct side {
	uint64_t ns[BOOTS][2], counts[BOOTS][2];
	struct db_histogram items[BOOTS];
	struct db_histograms list;
};

static void fill(struct side *s, size_t boots, uint64_t fast, uint64_t slow, uint64_t step)
{
	*s = (struct side){ .list = { s->items, boots } };
	for (size_t i = 0; i < boots; i++) {
		s->ns[i][0] = fast + step * i;
		s->ns[i][1] = slow + step * i;
		s->counts[i][0] = 99;
		s->counts[i][1] = 1;
		s->items[i] = (struct db_histogram){ .workload = (char *)"w",
						     .kind = (char *)"write_clat",
						     .ns = s->ns[i],
						     .counts = s->counts[i],
						     .count = 2 };
	}
}

static const struct quantile_shift *find(const struct quantile_shifts *q, const char *name)
{
	for (size_t i = 0; i < q->count; i++)
		if (!strcmp(q->items[i].name, name))
			return &q->items[i];
	fail_msg("no %s", name);
	return NULL;
}

/* A boot of ten times the I/Os counts ten times: an average of percentiles would not see it. */
static void bins_are_merged_and_not_averaged(void **state)
{
	struct quantile_shifts q;
	struct side base, new;

	(void)state;
	fill(&base, 2, 1000, 5000, 0);
	fill(&new, 2, 1000, 5000, 0);
	new.counts[1][0] = 0;
	new.counts[1][1] = 10000;
	quantiles_compare(&base.list, &new.list, &q);
	assert_int_equal(q.count, 7);
	assert_true(find(&q, "p50")->base_ns == 1000 && find(&q, "p50")->new_ns == 5000);
	assert_true(find(&q, "p50")->delta_pct == 400);
	assert_true(find(&q, "p99")->base_ns == 1000 && find(&q, "p99.9")->base_ns == 5000);
	/* Two boots are no sample to draw from. */
	assert_true(isnan(find(&q, "p50")->ci_pct[0]));
	quantiles_release(&q);
}

static void intervals_come_from_boots(void **state)
{
	struct quantile_shifts q, again;
	const struct quantile_shift *p50;
	struct side base, new;

	(void)state;
	fill(&base, BOOTS, 1000, 50000, 10);
	fill(&new, BOOTS, 1100, 50000, 10);
	quantiles_compare(&base.list, &new.list, &q);
	p50 = find(&q, "p50");
	assert_true(fabs(p50->delta_pct - 100 * 100 / p50->base_ns) < 1e-9);
	/* As wide as the boots are apart, though each has a hundred equal I/Os. */
	assert_true(p50->ci_pct[0] < 8.5 && p50->ci_pct[0] > 4);
	assert_true(p50->ci_pct[1] > 11 && p50->ci_pct[1] < 16);
	quantiles_compare(&base.list, &new.list, &again);
	assert_memory_equal(q.items, again.items, q.count * sizeof(*q.items));
	quantiles_release(&again);
	quantiles_release(&q);
}

static void equal_boots_have_no_width(void **state)
{
	struct quantile_shifts q;
	struct side base, new;

	(void)state;
	fill(&base, 5, 1000, 50000, 0);
	fill(&new, 5, 1000, 50000, 0);
	quantiles_compare(&base.list, &new.list, &q);
	for (size_t i = 0; i < q.count; i++)
		assert_true(q.items[i].delta_pct == 0 && q.items[i].ci_pct[0] == 0 &&
			    q.items[i].ci_pct[1] == 0);
	quantiles_release(&q);
}

static void the_last_bin_is_flagged(void **state)
{
	struct quantile_shifts q;
	struct side base, new;

	(void)state;
	fill(&base, 1, 1000, 50000, 0);
	fill(&new, 1, 1000, BIN_LAST_NS, 0);
	quantiles_compare(&base.list, &new.list, &q);
	assert_false(find(&q, "p99")->saturated);
	assert_true(find(&q, "p99.9")->saturated && find(&q, "p100")->saturated);
	quantiles_release(&q);
}

static void what_one_side_lacks_is_left_out(void **state)
{
	struct quantile_shifts q;
	struct side base, new;

	(void)state;
	fill(&base, 2, 1000, 5000, 0);
	fill(&new, 2, 1000, 5000, 0);
	base.items[1].kind = (char *)"write_slat";
	quantiles_compare(&base.list, &new.list, &q);
	assert_int_equal(q.count, 7);
	assert_int_equal(q.items[0].n_base, 1);
	assert_int_equal(q.items[0].n_new, 2);
	quantiles_release(&q);
	new.list.count = 0;
	quantiles_compare(&base.list, &new.list, &q);
	assert_int_equal(q.count, 0);
	quantiles_release(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bins_are_merged_and_not_averaged),
		cmocka_unit_test(intervals_come_from_boots),
		cmocka_unit_test(equal_boots_have_no_width),
		cmocka_unit_test(the_last_bin_is_flagged),
		cmocka_unit_test(what_one_side_lacks_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
