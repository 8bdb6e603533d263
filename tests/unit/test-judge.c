// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verdicts from hand-made sides: on the instruction clock, on a wall clock, and where there is
 * little or nothing to judge.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/store.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "reports/judge.h"
#include "reports/proof.h"

/* Both sides with up to eight metrics each, all of invented figures. */
struct bench {
	struct judgement j;
	struct db_series base[8], new[8];
	double values[16][16];
	size_t used;
};

static void bench_init(struct bench *b, const char *clock)
{
	*b = (struct bench){ 0 };
	b->j.base = (struct db_side){
		.session = (char *)"S",
		.spec = (char *)"linux-6.1",
		.source = (char *)"linux-6.1 (6.1.192-2)",
		.series = (char *)"",
		.target = (char *)(strcmp(clock, "wall") ? "det" : "kvm"),
		.clock = (char *)clock,
		.runs = 1,
	};
	b->j.new = b->j.base;
	b->j.new.arm = 1;
	b->j.new.spec = (char *)"linux-6.1+bulk";
	b->j.new.series = (char *)"bulk";
	b->j.base_metrics.items = b->base;
	b->j.new_metrics.items = b->new;
}

/* The parts that judgement_compare() made; the rest is not on the heap. */
static void bench_release(struct bench *b)
{
	free(b->j.items);
	strvec_release(&b->j.warnings);
}

/* Adds `n` values starting at `first` with a step to one side. */
static struct db_series *add(struct bench *b, bool new, const char *workload, const char *metric,
			     size_t n, double first, double step)
{
	struct db_metrics *m = new ? &b->j.new_metrics : &b->j.base_metrics;
	struct db_series *s = &m->items[m->count++];
	double *values = b->values[b->used++];

	for (size_t i = 0; i < n; i++)
		values[i] = first + step * (double)i;
	*s = (struct db_series){
		.workload = (char *)workload,
		.title = (char *)"a title",
		.metric = (char *)metric,
		.unit = (char *)"1/s",
		.better = BETTER_HIGHER,
		.headline = true,
		.values = values,
		.count = n,
	};
	return s;
}

static void both(struct bench *b, const char *metric, size_t n, double base, double new,
		 double step)
{
	add(b, false, "w", metric, n, base, step);
	add(b, true, "w", metric, n, new, step);
}

static void exact_is_judged_by_the_threshold(void **state)
{
	struct bench b;
	const struct comparison *c;

	(void)state;
	bench_init(&b, "instruction");
	both(&b, "a-gain", 1, 1000, 1070, 0);
	both(&b, "b-loss", 1, 1000, 990, 0);
	both(&b, "c-at-the-threshold", 1, 1000, 1003, 0);
	both(&b, "d-latency", 1, 1000, 990, 0);
	b.base[3].better = b.new[3].better = BETTER_LOWER;
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	c = b.j.items;
	assert_int_equal(b.j.count, 4);
	assert_true(b.j.threshold_pct == 0.3);
	assert_int_equal(c[0].verdict, VERDICT_BETTER);
	assert_true(c[0].delta_pct == 7 && c[0].ci_pct[0] == 7 && c[0].ci_pct[1] == 7);
	assert_int_equal(c[1].verdict, VERDICT_WORSE);
	assert_int_equal(c[2].verdict, VERDICT_SAME);
	assert_int_equal(c[3].verdict, VERDICT_BETTER);
	assert_int_equal(b.j.warnings.count, 0);
	assert_int_equal(judgement_regressions(&b.j), 1);
	bench_release(&b);
}

static void a_given_threshold_is_used(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "instruction");
	both(&b, "m", 1, 1000, 1001, 0);
	assert_int_equal(judgement_compare(&b.j, 0), 0);
	assert_int_equal(b.j.items[0].verdict, VERDICT_BETTER);
	bench_release(&b);
}

static void equal_boots_stay_exact(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "instruction");
	both(&b, "m", 3, 1000, 1010, 0);
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_int_equal(b.j.items[0].verdict, VERDICT_BETTER);
	assert_true(b.j.items[0].ci_pct[0] == 1);
	assert_int_equal(b.j.items[0].n_base, 3);
	assert_int_equal(b.j.warnings.count, 0);
	bench_release(&b);
}

static void an_a_a_comparison_is_exactly_zero(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "instruction");
	b.j.new.spec = b.j.base.spec;
	b.j.new.series = b.j.base.series;
	both(&b, "m", 1, 0.1 + 0.2, 0.1 + 0.2, 0);
	both(&b, "nothing", 1, 0, 0, 0);
	assert_int_equal(judgement_compare(&b.j, 0), 0);
	for (size_t i = 0; i < b.j.count; i++) {
		assert_true(b.j.items[i].delta_pct == 0);
		assert_true(b.j.items[i].ci_pct[0] == 0 && b.j.items[i].ci_pct[1] == 0);
		assert_int_equal(b.j.items[i].verdict, VERDICT_SAME);
	}
	bench_release(&b);
}

static void unsteady_instructions_are_a_warning(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "instruction");
	both(&b, "steady", 5, 1000, 1000, 0);
	both(&b, "unsteady", 5, 1000, 1100, 1);
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_int_equal(b.j.items[0].verdict, VERDICT_SAME);
	/* As on a wall clock: with an interval, and clear of zero. */
	assert_int_equal(b.j.items[1].verdict, VERDICT_BETTER);
	assert_true(b.j.items[1].ci_pct[0] < b.j.items[1].ci_pct[1]);
	assert_int_equal(b.j.warnings.count, 1);
	assert_non_null(strstr(b.j.warnings.items[0], "not deterministic"));
	assert_non_null(strstr(b.j.warnings.items[0], "1 of 2"));
	assert_non_null(strstr(b.j.warnings.items[0], "w unsteady"));
	bench_release(&b);
}

static void a_wall_clock_needs_proof(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "wall");
	both(&b, "clear", 10, 1000, 1200, 5);
	both(&b, "noisy", 10, 1000, 1010, 20);
	both(&b, "tight", 10, 1000, 1000.5, 0.5);
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_true(b.j.threshold_pct == 1);
	assert_int_equal(b.j.items[0].verdict, VERDICT_BETTER);
	assert_true(b.j.items[0].ci_pct[0] > 0);
	assert_true(fabs(b.j.items[0].delta_pct - 100 * 200 / 1022.5) < 1e-9);
	assert_int_equal(b.j.items[1].verdict, VERDICT_UNPROVEN);
	assert_true(b.j.items[1].ci_pct[0] < 0 && b.j.items[1].ci_pct[1] > 1);
	assert_int_equal(b.j.items[2].verdict, VERDICT_SAME);
	bench_release(&b);
}

static void few_boots_prove_nothing(void **state)
{
	struct bench b;
	char *reason;

	(void)state;
	bench_init(&b, "wall");
	both(&b, "m", 3, 1000, 2000, 1);
	both(&b, "one", 1, 1000, 2000, 0);
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_int_equal(b.j.items[0].verdict, VERDICT_UNPROVEN);
	/* What was seen is shown all the same, with the interval of normal noise. */
	assert_true(b.j.items[0].delta_pct > 99);
	assert_int_equal(b.j.items[0].shift.method, SHIFT_STUDENT);
	assert_true(b.j.items[0].ci_pct[0] > 99 && b.j.items[0].ci_pct[1] < 101);
	assert_int_equal(b.j.items[0].more_boots, 3); /* two figures at 1 %: 6 and 6 */
	assert_int_equal(b.j.items[1].verdict, VERDICT_UNPROVEN);
	assert_true(isnan(b.j.items[1].ci_pct[0]) && isnan(b.j.items[1].ci_pct[1]));
	reason = comparison_reason(&b.j, &b.j.items[1], UNIT_ASCII);
	assert_string_equal(reason, "1 and 1 boots cannot tell a change from noise; about 4 more "
				    "of each would.");
	free(reason);
	bench_release(&b);
}

/* Five clear boots a side are enough for one figure, and not for one among four. */
static void many_figures_need_more_proof(void **state)
{
	struct bench b;
	char *reason;

	(void)state;
	bench_init(&b, "wall");
	both(&b, "a", 5, 1000, 2000, 1);
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_int_equal(b.j.items[0].verdict, VERDICT_BETTER);
	bench_release(&b);

	bench_init(&b, "wall");
	both(&b, "a", 5, 1000, 2000, 1);
	both(&b, "b", 5, 1000, 1001, 50);
	both(&b, "c", 5, 1000, 1001, 50);
	both(&b, "d", 5, 1000, 1001, 50);
	/* Another family. */
	both(&b, "e", 5, 1000, 2000, 1);
	b.base[4].headline = b.new[4].headline = false;
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_int_equal(b.j.family, 4);
	assert_true(fabs(b.j.items[0].p_adjusted - 4 * b.j.items[0].p) < 1e-15);
	assert_int_equal(b.j.items[0].verdict, VERDICT_UNPROVEN);
	assert_int_equal(b.j.items[0].more_boots, 1);
	assert_int_equal(b.j.items[4].verdict, VERDICT_BETTER);
	reason = comparison_reason(&b.j, &b.j.items[0], UNIT_ASCII);
	assert_non_null(strstr(reason, "one of 4 figures may look like this by chance"));
	free(reason);
	reason = comparison_reason(&b.j, &b.j.items[1], UNIT_ASCII);
	assert_non_null(strstr(reason, "The boots allow a difference between -"));
	free(reason);
	bench_release(&b);
}

static void noise_tells_how_many_boots_are_missing(void **state)
{
	struct bench b;
	size_t seen;

	(void)state;
	bench_init(&b, "wall");
	both(&b, "m", 8, 1000, 1030, 8);
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_int_equal(b.j.items[0].verdict, VERDICT_UNPROVEN);
	seen = b.j.items[0].more_boots;
	bench_release(&b);
	/* A difference half as large takes four times the boots. */
	bench_init(&b, "wall");
	both(&b, "m", 8, 1000, 1015, 8);
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_in_range(b.j.items[0].more_boots + 8, 4 * (seen + 7), 4 * (seen + 9));
	bench_release(&b);
}

static void tails_may_move_further(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "wall");
	both(&b, "write_clat_p99_9_ns", 10, 1000, 1020, 0.1);
	both(&b, "write_clat_mean_ns", 10, 1000, 1020, 0.1);
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_string_equal(b.j.items[1].metric, "write_clat_p99_9_ns");
	assert_true(b.j.items[0].threshold_pct == 1 && b.j.items[1].threshold_pct == 5);
	assert_int_equal(b.j.items[0].verdict, VERDICT_BETTER);
	assert_int_equal(b.j.items[1].verdict, VERDICT_SAME);
	bench_release(&b);
}

/* --- bad input --------------------------------------------------------------------------------- */

static void equal_values_are_the_same(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "wall");
	both(&b, "equal", 6, 1000, 1000, 0);
	both(&b, "two-constants", 6, 1000, 1100, 0);
	both(&b, "zero", 6, 0, 0, 0);
	both(&b, "from-zero", 6, 0, 3, 0);
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_int_equal(b.j.items[0].verdict, VERDICT_SAME);
	assert_true(b.j.items[0].p == 1);
	assert_string_equal(b.j.items[1].metric, "from-zero");
	assert_true(isnan(b.j.items[1].delta_pct));
	/* Five boots a side would not prove it among four figures. */
	assert_int_equal(b.j.items[1].verdict, VERDICT_BETTER);
	assert_int_equal(b.j.items[2].verdict, VERDICT_BETTER);
	assert_int_equal(b.j.items[3].verdict, VERDICT_SAME);
	bench_release(&b);
}

static void negative_values_keep_their_direction(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "wall");
	both(&b, "m", 6, -1000, -900, 1);
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_true(b.j.items[0].delta_pct > 9 && b.j.items[0].ci_pct[0] > 9);
	assert_int_equal(b.j.items[0].verdict, VERDICT_BETTER);
	bench_release(&b);
}

static void what_is_no_number_is_left_out(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "wall");
	both(&b, "m", 6, 1000, 1100, 1);
	both(&b, "none", 2, 1000, 1100, 1);
	b.base[0].values[3] = NAN;
	b.base[1].values[0] = INFINITY;
	b.base[1].values[1] = NAN;
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_int_equal(b.j.items[0].n_base, 5);
	assert_int_equal(b.j.items[0].verdict, VERDICT_BETTER);
	assert_int_equal(b.j.items[1].n_base, 0);
	assert_int_equal(b.j.items[1].verdict, VERDICT_UNPROVEN);
	assert_int_equal(b.j.warnings.count, 2);
	assert_string_equal(b.j.warnings.items[0], "1 of 6 values of w m of linux-6.1 are not "
						   "numbers and are left out");
	bench_release(&b);
}

static void units_are_not_mixed(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "wall");
	both(&b, "m", 6, 1000, 1100, 1);
	b.new[0].unit = (char *)"k/s";
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_int_equal(b.j.count, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(b.j.items[i].verdict, VERDICT_UNPROVEN);
	assert_int_equal(b.j.warnings.count, 1);
	assert_non_null(strstr(b.j.warnings.items[0], "w m is in \"1/s\" (higher is better)"));
	bench_release(&b);
}

static void blocks_reach_the_verdict(void **state)
{
	int64_t blocks[12];
	struct bench b;

	(void)state;
	bench_init(&b, "wall");
	both(&b, "m", 12, 1000, 1030, 0.1);
	for (size_t i = 0; i < 12; i++) {
		blocks[i] = (int64_t)i / 2;
		b.base[0].values[i] += 300 * (double)blocks[i];
		b.new[0].values[i] += 300 * (double)blocks[i];
	}
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_int_equal(b.j.items[0].verdict, VERDICT_UNPROVEN);
	free(b.j.items);
	b.j.items = NULL;
	b.j.count = 0;
	b.base[0].blocks = b.new[0].blocks = blocks;
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_int_equal(b.j.items[0].verdict, VERDICT_BETTER);
	assert_true(b.j.items[0].shift.blocked);
	bench_release(&b);
}

/* Paired by boot: what differs from layout to layout is not noise of the comparison. */
static void layouts_are_compared_one_by_one(void **state)
{
	int64_t boots[5] = { 1, 2, 3, 4, 5 };
	struct db_fact fact = { (char *)"machine.layout", (char *)"1 | 2 | 3 | 4 | 5" };
	struct bench b;
	char *reason;

	(void)state;
	bench_init(&b, "instruction");
	b.j.base_facts = b.j.new_facts = (struct db_facts){ &fact, 1 };
	both(&b, "all", 5, 1000, 1010, 50);
	both(&b, "none", 5, 1000, 1000, 50);
	both(&b, "one", 5, 1000, 1000, 50);
	both(&b, "two-ways", 5, 1000, 1000, 50);
	b.new[2].values[3] += 20;
	b.new[3].values[3] += 20;
	b.new[3].values[1] -= 20;
	for (size_t i = 0; i < 4; i++)
		b.base[i].boots = b.new[i].boots = boots;
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_int_equal(b.j.warnings.count, 0);
	assert_int_equal(b.j.items[0].verdict, VERDICT_BETTER);
	assert_int_equal(b.j.items[0].layouts, 5);
	assert_true(fabs(b.j.items[0].delta_pct - 100 * 10.0 / 1100) < 1e-9);
	assert_int_equal(b.j.items[1].verdict, VERDICT_SAME);
	assert_true(b.j.items[1].delta_pct == 0 && b.j.items[1].ci_pct[1] == 0);
	assert_int_equal(b.j.items[2].verdict, VERDICT_UNPROVEN);
	assert_int_equal(b.j.items[2].layouts_up, 1);
	reason = comparison_reason(&b.j, &b.j.items[2], UNIT_ASCII);
	assert_non_null(strstr(reason, "1 up and 0 down, so it may be an accident"));
	free(reason);
	assert_int_equal(b.j.items[3].verdict, VERDICT_UNPROVEN);
	assert_int_equal(b.j.items[3].layouts_down, 1);
	bench_release(&b);
}

static void looks_share_the_error(void **state)
{
	struct db_fact fact = { (char *)"session.look", (char *)"1 | 2 | 3" };
	struct bench b;
	double sum = 0, lo;

	(void)state;
	assert_true(proof_share(0.01, 0) == 0.01);
	for (size_t k = 1; k < 10000; k++)
		sum += proof_share(0.01, k);
	assert_true(sum < 0.01 && sum > 0.00999);
	bench_init(&b, "wall");
	b.j.looks = 1;
	both(&b, "m", 5, 1000, 2000, 1); /* p = 0.0079 */
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_int_equal(b.j.items[0].verdict, VERDICT_UNPROVEN);
	assert_int_equal(judgement_unproven(&b.j), 1);
	bench_release(&b);
	/* As many looks as the runs say, and each makes the interval wider. */
	bench_init(&b, "wall");
	b.j.base_facts = (struct db_facts){ &fact, 1 };
	both(&b, "m", 12, 1000, 1010, 3);
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_int_equal(b.j.looks, 3);
	lo = b.j.items[0].ci_pct[0];
	bench_release(&b);
	bench_init(&b, "wall");
	both(&b, "m", 12, 1000, 1010, 3);
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_true(b.j.items[0].ci_pct[0] > lo);
	bench_release(&b);
}

static void a_change_from_zero_has_no_percentage(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "instruction");
	both(&b, "stalls", 1, 0, 5, 0);
	b.base[0].better = b.new[0].better = BETTER_LOWER;
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_true(isnan(b.j.items[0].delta_pct));
	assert_int_equal(b.j.items[0].verdict, VERDICT_WORSE);
	bench_release(&b);
}

static void one_sided_metrics_are_kept(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "instruction");
	add(&b, false, "v", "first", 1, 1, 0);
	add(&b, false, "v", "base-only", 1, 2, 0)->headline = false;
	add(&b, false, "w", "last", 1, 3, 0);
	add(&b, true, "v", "first", 1, 1, 0);
	add(&b, true, "v", "new-only", 1, 4, 0)->headline = false;
	add(&b, true, "w", "last", 1, 3, 0);
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_int_equal(b.j.count, 4);
	/* By workload, and what is new in it after what the base has. */
	assert_string_equal(b.j.items[1].metric, "base-only");
	assert_int_equal(b.j.items[1].n_base, 1);
	assert_int_equal(b.j.items[1].n_new, 0);
	assert_true(b.j.items[1].base == 2 && isnan(b.j.items[1].new));
	assert_int_equal(b.j.items[1].verdict, VERDICT_UNPROVEN);
	assert_string_equal(b.j.items[2].metric, "new-only");
	assert_int_equal(b.j.items[2].n_base, 0);
	assert_true(isnan(b.j.items[2].base) && b.j.items[2].new == 4);
	assert_int_equal(b.j.items[2].verdict, VERDICT_UNPROVEN);
	assert_string_equal(b.j.items[3].metric, "last");
	bench_release(&b);
}

static void percentiles_are_in_order(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "instruction");
	both(&b, "lat_p99_99_ns", 1, 1, 1, 0);
	both(&b, "lat_p99_9_ns", 1, 1, 1, 0);
	both(&b, "lat_p99_ns", 1, 1, 1, 0);
	both(&b, "lat_p50_ns", 1, 1, 1, 0);
	assert_int_equal(judgement_compare(&b.j, -1), 0);
	assert_string_equal(b.j.items[0].metric, "lat_p50_ns");
	assert_string_equal(b.j.items[1].metric, "lat_p99_ns");
	assert_string_equal(b.j.items[2].metric, "lat_p99_9_ns");
	assert_string_equal(b.j.items[3].metric, "lat_p99_99_ns");
	bench_release(&b);
}

static void clocks_are_not_mixed(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "wall");
	both(&b, "m", 1, 1, 1, 0);
	b.j.new.clock = (char *)"instruction";
	assert_int_equal(judgement_compare(&b.j, -1), -1);
	b.j.new.clock = b.j.base.clock;
	b.j.new.target = (char *)"tcg";
	assert_int_equal(judgement_compare(&b.j, -1), -1);
	bench_release(&b);
}

/* --- the sentence ------------------------------------------------------------------------------ */

static void expect_sentence(struct bench *b, const char *want)
{
	char *sentence;

	assert_int_equal(judgement_compare(&b->j, -1), 0);
	sentence = judgement_sentence(&b->j);
	assert_string_equal(sentence, want);
	free(sentence);
	bench_release(b);
}

static void sentence_names_what_is_proven(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "instruction");
	both(&b, "iops", 1, 1000, 1069, 0);
	both(&b, "bw", 1, 1000, 1000, 0);
	expect_sentence(&b, "bulk is better than linux-6.1: w iops +6.90%; 1 the same");

	bench_init(&b, "instruction");
	both(&b, "iops", 1, 1000, 1069, 0);
	both(&b, "bw", 1, 1000, 500, 0);
	b.j.new.failed_runs = 2;
	expect_sentence(&b, "bulk is mixed against linux-6.1: worse in w bw -50.00%; "
			    "better in w iops +6.90%; 2 runs failed");
}

static void sentence_of_no_difference(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "instruction");
	both(&b, "iops", 1, 1000, 1001, 0);
	expect_sentence(&b, "bulk performs the same as linux-6.1: the headline figure within 0.3%");

	bench_init(&b, "instruction");
	b.j.new.spec = b.j.base.spec;
	b.j.new.series = b.j.base.series;
	both(&b, "iops", 1, 1000, 1000, 0);
	both(&b, "bw", 1, 1000, 1000, 0);
	expect_sentence(&b, "linux-6.1 performs the same as itself: all 2 headline figures within "
			    "0.3%");

	bench_init(&b, "wall");
	both(&b, "iops", 1, 1000, 2000, 0);
	expect_sentence(&b, "No difference is proven between bulk and linux-6.1: 1 unproven");
}

static void sentence_without_figures(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, "instruction");
	b.j.new.failed_runs = 1;
	expect_sentence(&b, "No headline figures of bulk against linux-6.1: 1 run failed");
}

static void sentence_stays_short(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f" };
	struct bench b;

	(void)state;
	bench_init(&b, "instruction");
	for (size_t i = 0; i < 6; i++)
		both(&b, names[i], 1, 100, 110, 0);
	expect_sentence(&b, "bulk is better than linux-6.1: w a +10.00%, w b +10.00%, "
			    "w c +10.00%, w d +10.00% and 2 more");
}

/* --- from a database --------------------------------------------------------------------------- */

static int store(struct db *db, const char *session, int64_t arm, double iops, bool failed)
{
	int64_t base = 0;
	struct rundir_workload workload = { .name = (char *)"w",
					    .title = (char *)"a title",
					    .bases = &base,
					    .base_count = arm > 0 };
	struct observations o = { 0 };
	struct rundir run = {
		.path = (char *)"run",
		.id = xasprintf("%s/%03d", session, (int)arm + 1),
		.session = (char *)session,
		.plan = (char *)"compare",
		.started = xasprintf("2026-11-20T00:00:%02dZ", (int)arm),
		.target = (char *)"det",
		.clock = (char *)"instruction",
		.arm = arm,
		.boot = 1,
		.kernel_spec = (char *)(arm ? "linux-6.1+bulk" : "linux-6.1"),
		.kernel_id = (char *)"id",
		.kernel_release = (char *)"6.1.192",
		.image_sha256 = (char *)"image",
		.config_sha256 = (char *)"config",
		.compiler = (char *)"gcc",
		.source = (char *)"linux-6.1 (6.1.192-2)",
		.series = (char *)(arm ? "bulk" : ""),
		.workloads = &workload,
		.workload_count = 1,
	};
	int ret;

	observe_sample(&o, "w", "write_iops", "1/s", BETTER_HIGHER, iops);
	o.samples[0].headline = true;
	observe_bin(&o, "w", "write_clat", 1000, 7);
	observe_fact(&o, "host.cpu", "cpu");
	if (failed)
		observe_finding(&o, "w", "oops", SEVERITY_FAILURE, "oops");
	ret = db_store_run(db, &run, &o);
	observations_release(&o);
	free(run.id);
	free(run.started);
	return ret;
}

static void sessions_are_judged_from_the_database(void **state)
{
	char dir[] = "/tmp/kab-test-judge-XXXXXX";
	struct judgements list;
	struct db *db;
	char *path;

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = xasprintf("%s/kab.db", dir);
	db = db_open(path);
	assert_non_null(db);
	assert_int_equal(judge_session(db, NULL, -1, &list), -1); /* empty */
	assert_int_equal(store(db, "S", 0, 1000, false), 0);
	assert_int_equal(judge_session(db, "S", -1, &list), -1); /* one arm only */
	assert_int_equal(store(db, "S", 1, 1069, false), 0);
	assert_int_equal(store(db, "S", 2, 990, true), 0);
	assert_int_equal(judge_session(db, "nowhere", -1, &list), -1);

	assert_int_equal(judge_session(db, NULL, -1, &list), 0);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.items[0].items[0].verdict, VERDICT_BETTER);
	assert_int_equal(list.items[0].new_histograms.items[0].counts[0], 7);
	assert_int_equal(list.items[0].base_facts.count, 1);
	/* The figures of a failed run are not used. */
	assert_int_equal(list.items[1].items[0].verdict, VERDICT_UNPROVEN);
	assert_int_equal(list.items[1].items[0].n_new, 0);
	assert_int_equal(list.items[1].new.failed_runs, 1);
	assert_int_equal(list.items[1].new_findings.count, 1);
	assert_int_equal(judgement_regressions(&list.items[1]), 0);
	judgements_release(&list);
	judgements_release(&list); /* may be repeated */
	db_close(db);
	dir_remove(dir);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_is_judged_by_the_threshold),
		cmocka_unit_test(a_given_threshold_is_used),
		cmocka_unit_test(equal_boots_stay_exact),
		cmocka_unit_test(an_a_a_comparison_is_exactly_zero),
		cmocka_unit_test(unsteady_instructions_are_a_warning),
		cmocka_unit_test(a_wall_clock_needs_proof),
		cmocka_unit_test(few_boots_prove_nothing),
		cmocka_unit_test(many_figures_need_more_proof),
		cmocka_unit_test(noise_tells_how_many_boots_are_missing),
		cmocka_unit_test(tails_may_move_further),
		cmocka_unit_test(equal_values_are_the_same),
		cmocka_unit_test(negative_values_keep_their_direction),
		cmocka_unit_test(what_is_no_number_is_left_out),
		cmocka_unit_test(units_are_not_mixed),
		cmocka_unit_test(blocks_reach_the_verdict),
		cmocka_unit_test(layouts_are_compared_one_by_one),
		cmocka_unit_test(looks_share_the_error),
		cmocka_unit_test(a_change_from_zero_has_no_percentage),
		cmocka_unit_test(one_sided_metrics_are_kept),
		cmocka_unit_test(percentiles_are_in_order),
		cmocka_unit_test(clocks_are_not_mixed),
		cmocka_unit_test(sentence_names_what_is_proven),
		cmocka_unit_test(sentence_of_no_difference),
		cmocka_unit_test(sentence_without_figures),
		cmocka_unit_test(sentence_stays_short),
		cmocka_unit_test(sessions_are_judged_from_the_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
