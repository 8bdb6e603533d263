// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/random.h"
#include "reports/position.h"

#define N    20
#define MAX  200
#define ENDS 10

static struct boot boots[MAX];
static size_t count;

static double noise(struct random *r)
{
	double sum = 0;

	for (int i = 0; i < 12; i++)
		sum += random_uniform(r) - 0.5;
	return sum;
}

static void add(size_t position, double value)
{
	boots[count++] = (struct boot){ position, value };
}

static void add_ends(struct random *r, double shift)
{
	count = 0;
	for (int i = 0; i < ENDS; i++) {
		add(0, 100 + noise(r));
		add(N, 100 + shift + noise(r));
	}
}

static void search(struct random *r, size_t culprit, double shift, const bool *skip,
		   struct belief *b)
{
	static const bool none[N + 1];

	*b = (struct belief){ 0 };
	do {
		belief_release(b);
		position_infer(boots, count, N, skip, none, b);
		if (!b->decided && b->next)
			add(b->next, 100 + (b->next >= culprit ? shift : 0) + noise(r));
	} while (!b->decided && b->next && count < MAX);
}

static void test_found(void **state)
{
	static const bool none[N + 1];
	struct random r = { .state = 5 };

	(void)state;
	for (size_t culprit = 1; culprit <= N; culprit++) {
		struct belief b;

		add_ends(&r, 5);
		search(&r, culprit, 5, none, &b);
		assert_true(b.decided);
		assert_int_equal(b.set, 1);
		assert_true(b.credible[culprit]);
		assert_true(b.held >= POSITION_LEVEL);
		assert_int_equal(b.misfit, 0);
		belief_release(&b);
	}
}

/* Without boots in between, nobody knows; the middle is asked for. */
static void test_prior(void **state)
{
	static const bool none[N + 1];
	struct random r = { .state = 6 };
	struct belief b;
	double sum = 0;

	(void)state;
	add_ends(&r, 5);
	position_infer(boots, count, N, none, none, &b);
	assert_int_equal(b.set, N);
	assert_int_equal(b.next, N / 2);
	assert_false(b.decided);
	for (size_t k = 0; k <= N; k++)
		sum += b.mass[k];
	assert_true(fabs(sum - 1) < 1e-9);
	assert_true(fabs(b.mass[1] - b.mass[N]) < 1e-9);
	belief_release(&b);
}

/* Positions that cannot be measured stay together with the next that can. */
static void test_skips(void **state)
{
	bool skip[N + 1] = { false };
	struct random r = { .state = 7 };
	struct belief b;

	(void)state;
	skip[7] = skip[8] = true;
	add_ends(&r, 5);
	search(&r, 8, 5, skip, &b);
	assert_true(b.decided);
	assert_int_equal(b.set, 3);
	assert_true(b.credible[7] && b.credible[8] && b.credible[9]);
	belief_release(&b);
}

/* Evidence that covers three is not called one. */
static void test_undecided(void **state)
{
	static const bool none[N + 1];
	struct random r = { .state = 8 };
	struct belief b;

	(void)state;
	add_ends(&r, 5);
	for (int i = 0; i < 5; i++) {
		add(9, 100 + noise(&r));
		add(12, 105 + noise(&r));
	}
	position_infer(boots, count, N, none, none, &b);
	assert_false(b.decided);
	assert_int_equal(b.set, 3);
	assert_true(b.credible[10] && b.credible[11] && b.credible[12]);
	assert_in_range(b.next, 10, 11);
	belief_release(&b);
}

/* One boot that is far off does not decide. */
static void test_outlier(void **state)
{
	static const bool none[N + 1];
	struct random r = { .state = 9 };
	struct belief b;

	(void)state;
	add_ends(&r, 5);
	add(10, 100);
	add(10, 100.5);
	add(10, 140);
	position_infer(boots, count, N, none, none, &b);
	assert_false(b.credible[1] && !b.credible[N]);
	assert_true(b.mass[15] > b.mass[5]);
	belief_release(&b);
}

static void test_misfit(void **state)
{
	static const bool none[N + 1];
	struct random r = { .state = 10 };
	struct belief b;

	(void)state;
	add_ends(&r, 20);
	for (int i = 0; i < 4; i++)
		add(10, 110 + noise(&r));
	position_infer(boots, count, N, none, none, &b);
	assert_int_equal(b.misfit, 10);
	belief_release(&b);
}

/* Ends without any noise at all. */
static void test_exact(void **state)
{
	static const bool none[N + 1];
	struct belief b;

	(void)state;
	count = 0;
	for (int i = 0; i < 3; i++) {
		add(0, 100);
		add(N, 105);
	}
	add(10, 105);
	add(9, 100);
	position_infer(boots, count, N, none, none, &b);
	assert_true(b.credible[10]);
	assert_true(isfinite(b.held));
	belief_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),	cmocka_unit_test(test_prior),
		cmocka_unit_test(test_skips),	cmocka_unit_test(test_undecided),
		cmocka_unit_test(test_outlier), cmocka_unit_test(test_misfit),
		cmocka_unit_test(test_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
