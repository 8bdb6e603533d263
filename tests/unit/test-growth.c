// SPDX-License-Identifier: GPL-2.0-or-later
/* Power laws: made by hand, so that their exponents are known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reports/growth.h"
#include "reports/stats.h"

static void near(double got, double want)
{
	if (isnan(got) || fabs(got - want) > 0.011)
		fail_msg("%g instead of %g", got, want);
}

static void test_exponent(void **state)
{
	const double x[] = { 10, 20, 50, 80 };
	const double square[] = { 300, 1200, 7500, 19200 };
	const double line[] = { 1010, 1020, 1050, 1080 };
	const double root[] = { 5 + sqrt(10), 5 + sqrt(20), 5 + sqrt(50), 5 + sqrt(80) };
	/* 20 ms, and 80 ms at the largest, as a fixed driver takes: n log n is a little over 1. */
	const double tree[] = { 20 + 10 * log(10), 20 + 20 * log(20), 20 + 50 * log(50),
				20 + 80 * log(80) };

	(void)state;
	near(stats_exponent(x, square, 4), 2);
	near(stats_exponent(x, line, 4), 1);
	near(stats_exponent(x, root, 4), 0.5);
	assert_true(stats_exponent(x, tree, 4) > 1.1 && stats_exponent(x, tree, 4) < 1.4);
}

static void test_exponent_that_is_none(void **state)
{
	const double x[] = { 10, 20, 30, 40 }, same[] = { 10, 10, 10, 10 };
	const double down[] = { 4, 3, 2, 1 }, zero[] = { 0, 2, 3, 4 }, nan[] = { NAN, 2, 3, 4 };

	(void)state;
	assert_true(isnan(stats_exponent(x, x, 3)));
	assert_true(isnan(stats_exponent(same, x, 4)));
	assert_true(isnan(stats_exponent(x, down, 4)));
	assert_true(isnan(stats_exponent(x, zero, 4)));
	assert_true(isnan(stats_exponent(x, nan, 4)));
	near(stats_exponent(x, x, 4), 1);
}

#define ITEM(w, m, b, n, h)                                                              \
	{                                                                                \
		.workload = (w), .metric = (m), .base = (b), .new = (n), .headline = (h) \
	}

static void test_families(void **state)
{
	struct comparison items[] = {
		/* 7 + 3 n^2, and 5 + n / 2; one of them is no headline. */
		ITEM("grow", "rmmod_1000_ms", 7 + 3e6, 505, true),
		ITEM("grow", "rmmod_10_ms", 307, 10, false),
		ITEM("grow", "rmmod_2000_ms", 7 + 12e6, 1005, true),
		ITEM("grow", "rmmod_10000_ms", 7 + 3e8, 5005, true),
		ITEM("grow", "load_100", 1, 1, true), /* three points are no curve */
		ITEM("grow", "load_200", 2, 1, true),
		ITEM("grow", "load_300", 3, 1, true),
		ITEM("half", "x_1", 1, 1, true), /* one side lacks a point */
		ITEM("half", "x_2", 2, NAN, true),
		ITEM("half", "x_3", 3, 3, true),
		ITEM("half", "x_4", 4, 4, true),
		ITEM("grow", "aside_1_ms", 1, 1, false),
		ITEM("grow", "aside_2_ms", 1, 1, false),
		ITEM("grow", "aside_3_ms", 1, 1, false),
		ITEM("grow", "aside_4_ms", 1, 1, false),
		ITEM("other", "rmmod_50_ms", 5, 5, true), /* not of the same workload */
		ITEM("other", "write_p99", 5, 5, true),
	};
	const struct judgement j = { .items = items, .count = sizeof(items) / sizeof(items[0]) };
	struct growths g;

	(void)state;
	growths_fit(&j, &g);
	assert_int_equal(g.count, 2);
	assert_string_equal(g.items[0].workload, "grow");
	assert_string_equal(g.items[0].family, "rmmod_N_ms");
	assert_int_equal(g.items[0].points, 4);
	near(g.items[0].base, 2);
	near(g.items[0].new, 1);
	assert_string_equal(g.items[1].family, "x_N");
	near(g.items[1].base, 1);
	assert_true(isnan(g.items[1].new));
	growths_release(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exponent),
		cmocka_unit_test(test_exponent_that_is_none),
		cmocka_unit_test(test_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
