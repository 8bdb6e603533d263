// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Statistics against R (tests/data/stats/wilcox.json, made by wilcox.R beside it), against counts
 * that can be made by hand, and at the edges.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/alloc.h"
#include "lib/json.h"
#include "reports/stats.h"

static double *numbers(const struct json_at *at, size_t *n)
{
	double *v;

	*n = json_length(at);
	v = xcalloc(*n + 1, sizeof(*v));
	for (size_t i = 0; i < *n; i++)
		v[i] = json_object_get_double(json_element(at, i).value);
	return v;
}

/* One case of wilcox.json; returns whether R has an interval. */
static int check_case(const struct json_at *at)
{
	struct json_at ax = json_member(at, "x"), ay = json_member(at, "y");
	struct json_at interval = json_member(at, "interval");
	double level = json_object_get_double(json_member(at, "level").value);
	double shift = json_object_get_double(json_member(at, "shift").value);
	double lo = NAN, hi = NAN, tolerance = 0;
	double *want, *x, *y;
	size_t nx, ny, n;
	int ret;

	x = numbers(&ax, &nx);
	y = numbers(&ay, &ny);
	want = numbers(&interval, &n);
	assert_true(stats_hodges_lehmann(x, nx, y, ny) == shift);
	ret = stats_shift_interval(x, nx, y, ny, level, &lo, &hi);
	assert_int_equal(ret, n == 2 ? 0 : -1);
	/* Exact up to 50 values; beyond, R is exact and kab near. */
	if (n == 2 && nx > 50)
		tolerance = (want[1] - want[0]) / 100;
	if (n == 2 && (fabs(lo - want[0]) > tolerance || fabs(hi - want[1]) > tolerance))
		fail_msg("%zu and %zu values at %g: [%.17g, %.17g], R says [%.17g, %.17g]", nx, ny,
			 level, lo, hi, want[0], want[1]);
	free(x);
	free(y);
	free(want);
	return n == 2;
}

static void agrees_with_r(void **state)
{
	struct json_doc doc = { 0 };
	struct json_at root, cases;
	int intervals = 0;
	size_t count;

	(void)state;
	assert_int_equal(json_load(&doc, "tests/data/stats/wilcox.json"), 0);
	root = json_root(&doc);
	cases = json_member(&root, "cases");
	count = json_length(&cases);
	assert_int_equal(count, 75);
	for (size_t i = 0; i < count; i++) {
		struct json_at one = json_element(&cases, i);

		intervals += check_case(&one);
	}
	/* Both outcomes are among the cases. */
	assert_in_range(intervals, 50, 70);
	json_release(&doc);
}

static void median_of_odd_and_even(void **state)
{
	const double x[] = { 9, 1, 5, 3 };

	(void)state;
	assert_true(stats_median(x, 1) == 9);
	assert_true(stats_median(x, 3) == 5);
	assert_true(stats_median(x, 4) == 4);
	assert_true(x[0] == 9 && x[3] == 3); /* the input is left as it is */
}

static void median_does_not_overflow(void **state)
{
	const double x[] = { 1.7e308, 1.6e308 };

	(void)state;
	assert_true(isfinite(stats_median(x, 2)));
}

static void equal_samples_have_no_shift(void **state)
{
	const double x[] = { 7, 7, 7, 7, 7 };
	double lo = NAN, hi = NAN;

	(void)state;
	assert_true(stats_hodges_lehmann(x, 5, x, 5) == 0);
	assert_int_equal(stats_shift_interval(x, 5, x, 5, 0.95, &lo, &hi), 0);
	assert_true(lo == 0 && hi == 0);
}

/* With 4 and 4 values there are 70 orders, and 1/70 < 0.025 < 2/70: the extremes. */
static void smallest_sample_with_an_interval(void **state)
{
	const double x[] = { 1, 2, 3, 4 }, y[] = { 10, 20, 30, 40 };
	double lo = NAN, hi = NAN;

	(void)state;
	assert_int_equal(stats_shift_interval(x, 3, y, 3, 0.95, &lo, &hi), -1);
	assert_true(isnan(lo) && isnan(hi));
	assert_int_equal(stats_shift_interval(x, 0, y, 4, 0.95, &lo, &hi), -1);
	assert_int_equal(stats_shift_interval(x, 4, y, 4, 0.95, &lo, &hi), 0);
	assert_true(lo == 10 - 4 && hi == 40 - 1);
}

/* Drawn from one distribution, an interval of 95 % misses 0 in about 5 % of all cases. */
static void interval_covers_as_often_as_it_says(void **state)
{
	uint64_t seed = 88172645463325252u;
	int missed = 0, rounds = 4000;

	(void)state;
	for (int r = 0; r < rounds; r++) {
		double v[16], lo, hi;

		for (int i = 0; i < 16; i++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			v[i] = (double)(seed >> 11);
		}
		assert_int_equal(stats_shift_interval(v, 8, v + 8, 8, 0.95, &lo, &hi), 0);
		missed += lo > 0 || hi < 0;
	}
	/* Exact for 8 and 8 values: 2 P(U < 14) = 0.0499; 4 standard deviations either way. */
	assert_in_range(missed, 4000 * 0.0499 - 55, 4000 * 0.0499 + 55);
}

static void histogram_quantiles(void **state)
{
	const uint64_t value[] = { 10, 20, 30, 40 };
	const uint64_t count[] = { 0, 7, 92, 1 };

	(void)state;
	assert_int_equal(stats_histogram_quantile(value, count, 4, 0), 20); /* not the empty bin */
	assert_int_equal(stats_histogram_quantile(value, count, 4, 0.07), 20);
	assert_int_equal(stats_histogram_quantile(value, count, 4, 0.0700001), 30);
	assert_int_equal(stats_histogram_quantile(value, count, 4, 0.99), 30);
	assert_int_equal(stats_histogram_quantile(value, count, 4, 0.991), 40);
	assert_int_equal(stats_histogram_quantile(value, count, 4, 1), 40);
	assert_int_equal(stats_histogram_quantile(value, count, 0, 0.5), 0);
	assert_int_equal(stats_histogram_quantile(value, count, 1, 0.5), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_r),
		cmocka_unit_test(median_of_odd_and_even),
		cmocka_unit_test(median_does_not_overflow),
		cmocka_unit_test(equal_samples_have_no_shift),
		cmocka_unit_test(smallest_sample_with_an_interval),
		cmocka_unit_test(interval_covers_as_often_as_it_says),
		cmocka_unit_test(histogram_quantiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
