// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Statistics against R (wilcox.json and exact.json in tests/data/stats, made by the scripts beside them, and by R itself
 * where it is installed), against counts that can be made by hand, and at the edges.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/alloc.h"
#include "lib/json.h"
#include "lib/proc.h"
#include "lib/strbuf.h"
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

static struct shift shift_of(const double *x, size_t nx, const double *y, size_t ny, double level)
{
	const struct arms arms = { .x = x, .y = y, .nx = nx, .ny = ny };
	struct shift shift;

	stats_shift(&arms, level, &shift);
	return shift;
}

/* One case of wilcox.json; returns whether R has an interval. */
static int check_case(const struct json_at *at)
{
	struct json_at ax = json_member(at, "x"), ay = json_member(at, "y");
	struct json_at interval = json_member(at, "interval");
	double level = json_object_get_double(json_member(at, "level").value);
	double tolerance = 0;
	double *want, *x, *y;
	struct shift shift;
	size_t nx, ny, n;

	x = numbers(&ax, &nx);
	y = numbers(&ay, &ny);
	want = numbers(&interval, &n);
	shift = shift_of(x, nx, y, ny, level);
	assert_true(shift.estimate == json_object_get_double(json_member(at, "shift").value));
	if (n != 2)
		assert_int_equal(shift.method, nx + ny > 2 ? SHIFT_STUDENT : SHIFT_NONE);
	/* Exact up to 50 values; beyond, R is exact and kab near. */
	if (n == 2 && nx > 50)
		tolerance = (want[1] - want[0]) / 100;
	if (n == 2 && shift.method == SHIFT_INTERPOLATED)
		assert_true(shift.lo > want[0] && shift.hi < want[1]);
	else if (n == 2 &&
		 (fabs(shift.lo - want[0]) > tolerance || fabs(shift.hi - want[1]) > tolerance))
		fail_msg("%zu and %zu values at %g: [%.17g, %.17g], R says [%.17g, %.17g]", nx, ny,
			 level, shift.lo, shift.hi, want[0], want[1]);
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

/* --- against exact.json ------------------------------------------------------------------------ */

struct reference {
	struct json_doc doc;
	double *x, *y, *want;
	size_t nx, ny, n;
	struct shift shift; /* of x and y */
};

static void one_sample(const struct json_at *at, const char *name, double **v, size_t *n)
{
	struct json_at array = json_member(at, name);

	free(*v);
	*v = numbers(&array, n);
}

static void near(double have, double want)
{
	if (!(fabs(have - want) <= 1e-9 * fmax(1, fabs(want))))
		fail_msg("%.17g, R says %.17g", have, want);
}

/* Runs `check` for each case of a section; x, y and their shift are set where it has them. */
static void each_case(const char *path, const char *section, size_t want,
		      void (*check)(struct reference *r, const struct json_at *at))
{
	struct reference r = { 0 };
	struct json_at root, cases;

	assert_int_equal(json_load(&r.doc, path), 0);
	root = json_root(&r.doc);
	cases = json_member(&root, section);
	assert_int_equal(json_length(&cases), want);
	for (size_t i = 0; i < want; i++) {
		struct json_at at = json_element(&cases, i);

		if (json_member(&at, "x").value) {
			one_sample(&at, "x", &r.x, &r.nx);
			one_sample(&at, "y", &r.y, &r.ny);
			r.shift = shift_of(r.x, r.nx, r.y, r.ny, 0.95);
		}
		check(&r, &at);
	}
	free(r.x);
	free(r.y);
	free(r.want);
	json_release(&r.doc);
}

static double number_of(const struct json_at *at, const char *name)
{
	return json_object_get_double(json_member(at, name).value);
}

static void check_p(struct reference *r, const struct json_at *at)
{
	near(r->shift.p, number_of(at, "p"));
}

static void check_blocked(struct reference *r, const struct json_at *at)
{
	struct arms arms = { .x = r->x, .y = r->y, .nx = r->nx, .ny = r->ny };
	int64_t block[16];

	one_sample(at, "block", &r->want, &r->n);
	assert_in_range(r->n, 1, 16);
	for (size_t i = 0; i < r->n; i++)
		block[i] = (int64_t)r->want[i];
	arms.x_block = arms.y_block = block;
	stats_shift(&arms, 0.95, &r->shift);
	assert_true(r->shift.blocked);
	near(r->shift.p, number_of(at, "p"));
	near(r->shift.estimate, number_of(at, "shift"));
}

static void check_interpolated(struct reference *r, const struct json_at *at)
{
	one_sample(at, "interval", &r->want, &r->n);
	assert_int_equal(r->shift.method, SHIFT_INTERPOLATED);
	near(r->shift.lo, r->want[0]);
	near(r->shift.hi, r->want[1]);
}

static void check_student(struct reference *r, const struct json_at *at)
{
	one_sample(at, "interval", &r->want, &r->n);
	assert_int_equal(r->shift.method, SHIFT_STUDENT);
	near(r->shift.lo, r->want[0]);
	near(r->shift.hi, r->want[1]);
}

static void check_adjusted(struct reference *r, const struct json_at *at)
{
	double *p = NULL;
	size_t n;

	one_sample(at, "p", &p, &n);
	one_sample(at, "adjusted", &r->want, &r->n);
	stats_adjust(p, n);
	for (size_t i = 0; i < n; i++)
		near(p[i], r->want[i]);
	free(p);
}

static uint64_t *whole_numbers(const struct json_at *at, const char *name, size_t *n)
{
	struct json_at array = json_member(at, name);
	uint64_t *v;

	*n = json_length(&array);
	v = xcalloc(*n + 1, sizeof(*v));
	for (size_t i = 0; i < *n; i++)
		v[i] = (uint64_t)json_object_get_int64(json_element(&array, i).value);
	return v;
}

static void check_quantiles(struct reference *r, const struct json_at *at)
{
	size_t n;
	uint64_t *value = whole_numbers(at, "value", &n), *count = whole_numbers(at, "count", &n);
	double *q = NULL;
	size_t nq;

	one_sample(at, "q", &q, &nq);
	one_sample(at, "quantile", &r->want, &r->n);
	for (size_t i = 0; i < nq; i++)
		near((double)stats_histogram_quantile(value, count, n, q[i]), r->want[i]);
	free(q);
	free(value);
	free(count);
}

static void compare_with_r(const char *path)
{
	each_case(path, "plain", 10, check_p);
	each_case(path, "tied", 6, check_p);
	each_case(path, "blocked", 4, check_blocked);
	each_case(path, "large", 2, check_p);
	each_case(path, "interpolated", 5, check_interpolated);
	each_case(path, "student", 4, check_student);
	each_case(path, "adjusted", 4, check_adjusted);
	each_case(path, "quantiles", 4, check_quantiles);
}

static void agrees_with_committed_output_of_r(void **state)
{
	(void)state;
	compare_with_r("tests/data/stats/exact.json");
}

static void agrees_with_r_itself(void **state)
{
	char *const argv[] = { (char *)"Rscript", (char *)"tests/data/stats/exact.R", NULL };
	char path[] = "/tmp/kab-test-stats-XXXXXX";
	struct strbuf out = STRBUF_INIT;
	int fd;

	(void)state;
	if (!proc_available("Rscript")) {
		print_message("no Rscript here (package r-base-core)\n");
		skip();
	}
	assert_int_equal(proc_capture(argv, &out, NULL, 60000), 0);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, out.data, out.len), out.len);
	close(fd);
	strbuf_release(&out);
	compare_with_r(path);
	unlink(path);
}

/* --- edges ------------------------------------------------------------------------------------- */

static void equal_samples_have_no_shift(void **state)
{
	const double x[] = { 7, 7, 7, 7, 7 };
	struct shift s = shift_of(x, 5, x, 5, 0.95);

	(void)state;
	assert_true(s.estimate == 0 && s.lo == 0 && s.hi == 0);
	assert_true(s.p == 1);
}

/* With 4 and 4 values there are 70 orders, 1/70 < 0.025 < 2/70: between the outer two steps. */
static void smallest_samples(void **state)
{
	const double x[] = { 1, 2, 3, 4 }, y[] = { 10, 20, 30, 40 };
	struct shift s;

	(void)state;
	s = shift_of(x, 1, y, 1, 0.95);
	assert_int_equal(s.method, SHIFT_NONE);
	assert_true(s.estimate == 9 && s.p == 1 && isnan(s.lo) && isnan(s.hi));
	s = shift_of(x, 3, y, 3, 0.95);
	assert_int_equal(s.method, SHIFT_STUDENT);
	assert_true(s.p == 0.1);
	s = shift_of(x, 4, y, 4, 0.95);
	assert_int_equal(s.method, SHIFT_INTERPOLATED);
	assert_true(s.lo > 10 - 4 && s.lo < 10 - 3 && s.hi < 40 - 1 && s.hi > 40 - 2);
	assert_true(fabs(s.p - 2.0 / 70) < 1e-15);
	s = shift_of(x, 4, y, 4, 0.97);
	assert_true(s.method == SHIFT_RANK && s.lo == 10 - 4 && s.hi == 40 - 1);
}

static void blocks_take_drift_out(void **state)
{
	struct arms arms = { .nx = 12, .ny = 12 };
	double x[12], y[12];
	int64_t block[12];
	struct shift s;

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		block[i] = (int64_t)i / 2;
		x[i] = 100 * (double)block[i] + (double)(i % 2);
		y[i] = x[i] + 5;
	}
	arms.x = x;
	arms.y = y;
	stats_shift(&arms, 0.95, &s);
	assert_true(!s.blocked && s.p > 0.5);
	arms.x_block = arms.y_block = block;
	stats_shift(&arms, 0.95, &s);
	assert_true(s.blocked && fabs(s.p * pow(6, 6) - 2) < 1e-9);
	assert_true(s.estimate == 5 && s.lo >= 4 && s.hi <= 6);
	/* What is too small for blocks is compared as a whole. */
	arms.nx = arms.ny = 8;
	stats_shift(&arms, 0.95, &s);
	assert_false(s.blocked);
	/* A block that one side lacks says nothing. */
	arms.nx = 12;
	arms.ny = 10;
	stats_shift(&arms, 0.95, &s);
	assert_true(s.blocked && fabs(s.p * pow(6, 5) - 2) < 1e-9);
}

static void smallest_p(void **state)
{
	(void)state;
	assert_true(stats_smallest_p(1) == 1);
	assert_true(fabs(stats_smallest_p(3) - 0.1) < 1e-15);
	assert_true(fabs(stats_smallest_p(5) - 2.0 / 252) < 1e-15);
	assert_true(fabs(stats_smallest_p(10) - 2.0 / 7776) < 1e-15);
	assert_true(fabs(stats_smallest_p(11) - 1.0 / 7776) < 1e-15);
}

static void a_million_values(void **state)
{
	enum { N = 1000000 };
	double *x = xcalloc(N, sizeof(*x)), *y = xcalloc(N, sizeof(*y));
	struct shift s;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		x[i] = (double)(i * 7919 % N);
		y[i] = (double)(i * 104729 % N) + 3000;
	}
	s = shift_of(x, N, y, N, 0.95);
	assert_true(fabs(s.estimate - 3000) < 2);
	assert_true(s.lo < 3000 && s.lo > 2000 && s.hi > 3000 && s.hi < 4000);
	assert_true(s.p < 1e-9);
	free(x);
	free(y);
}

/* Drawn from one distribution, an interval of 95 % misses 0 in about 5 % of all cases. */
static void interval_covers_as_often_as_it_says(void **state)
{
	uint64_t seed = 88172645463325252u;
	int missed = 0, rounds = 4000;

	(void)state;
	for (int r = 0; r < rounds; r++) {
		double v[16];
		struct shift s;

		for (int i = 0; i < 16; i++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			v[i] = (double)(seed >> 11);
		}
		s = shift_of(v, 8, v + 8, 8, 0.95);
		assert_int_equal(s.method, SHIFT_RANK);
		missed += s.lo > 0 || s.hi < 0;
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

/* Coverage by the binomial distribution; places as in tables of the sign test. */
static void median_interval(void **state)
{
	static const struct {
		size_t n, lo, hi; /* places, from 1 */
		double covered;
	} known[] = {
		{ 1, 1, 1, 0 },
		{ 2, 1, 2, 0.5 },
		{ 5, 1, 5, 0.9375 },
		{ 6, 1, 6, 0.96875 },
		{ 9, 2, 8, 0.9609375 },
		{ 10, 2, 9, 0.978515625 },
		{ 20, 6, 15, 0.95861053466796875 },
		{ 25, 8, 18, 0.9567147493362427 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		double x[25], lo, hi, covered;

		for (size_t k = 0; k < known[i].n; k++) /* in no order */
			x[k] = (double)((k * 7 + 3) % known[i].n + 1);
		covered = stats_median_interval(x, known[i].n, 0.95, &lo, &hi);
		assert_int_equal(lo, known[i].lo);
		assert_int_equal(hi, known[i].hi);
		assert_true(fabs(covered - known[i].covered) < 1e-12);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(median_interval),
		cmocka_unit_test(agrees_with_r),
		cmocka_unit_test(median_of_odd_and_even),
		cmocka_unit_test(median_does_not_overflow),
		cmocka_unit_test(agrees_with_committed_output_of_r),
		cmocka_unit_test(agrees_with_r_itself),
		cmocka_unit_test(equal_samples_have_no_shift),
		cmocka_unit_test(smallest_samples),
		cmocka_unit_test(blocks_take_drift_out),
		cmocka_unit_test(smallest_p),
		cmocka_unit_test(a_million_values),
		cmocka_unit_test(interval_covers_as_often_as_it_says),
		cmocka_unit_test(histogram_quantiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
