// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/random.h"
#include "reports/steps.h"

#define N 64

static double truth[N + 1];
static struct figure figures[N + 1];

/* Figures that rise by `size` at each position of the list, which ends with 0. */
static void history(const size_t *at, const double *size)
{
	double value = 1000;

	memset(figures, 0, sizeof(figures));
	for (size_t i = 0; i <= N; i++) {
		for (size_t k = 0; at[k]; k++)
			value += at[k] == i ? size[k] : 0;
		truth[i] = value;
	}
	figures[0] = (struct figure){ FIGURE_VALUE, truth[0] };
	figures[N] = (struct figure){ FIGURE_VALUE, truth[N] };
}

/* Measures until nothing more is needed; returns how often that was. */
static size_t search(size_t n, double threshold, bool all, const bool *broken, struct steps *found)
{
	for (size_t measured = 0;; measured++) {
		steps_find(figures, n, threshold, all, found);
		if (found->next == STEPS_DONE)
			return measured;
		assert_int_equal(figures[found->next].state, FIGURE_UNKNOWN);
		figures[found->next] =
			broken && broken[found->next]
				? (struct figure){ .state = FIGURE_SKIP }
				: (struct figure){ FIGURE_VALUE, truth[found->next] };
		steps_release(found);
	}
}

/* Wherever it is: one step is found in log2 N measurements. */
static void test_one(void **state)
{
	(void)state;
	for (size_t at = 1; at <= N; at++) {
		struct steps found;

		history((const size_t[]){ at, 0 }, (const double[]){ -50 });
		assert_int_equal(search(N, 3, false, NULL, &found), 6);
		assert_int_equal(found.count, 1);
		assert_int_equal(found.items[0].first, at);
		assert_int_equal(found.items[0].last, at);
		assert_true(found.items[0].from == 1000 && found.items[0].to == 950);
		assert_false(found.items[0].gradual);
		steps_release(&found);
	}
}

/* The number that is told beforehand is the one that it takes. */
static void test_left(void **state)
{
	struct steps found;

	(void)state;
	history((const size_t[]){ 20, 0 }, (const double[]){ 50 });
	steps_find(figures, N, 3, false, &found);
	assert_int_equal(found.next, N / 2);
	assert_int_equal(found.left, 6);
	steps_release(&found);
}

static void test_several(void **state)
{
	struct steps found;

	(void)state;
	history((const size_t[]){ 5, 6, 40, 0 }, (const double[]){ 50, 20, 30 });
	search(N, 3, false, NULL, &found);
	assert_int_equal(found.count, 3);
	assert_int_equal(found.items[0].first, 5);
	assert_int_equal(found.items[1].first, 6);
	assert_int_equal(found.items[2].first, 40);
	assert_false(steps_opposite(&found));
	steps_release(&found);
}

/* Two opposite steps of which a measurement lies between; and others that only --all sees. */
static void test_opposite(void **state)
{
	struct steps found;

	(void)state;
	history((const size_t[]){ 10, 40, 0 }, (const double[]){ 50, -30 });
	search(N, 3, false, NULL, &found);
	assert_int_equal(found.count, 2);
	assert_true(steps_opposite(&found));
	steps_release(&found);

	history((const size_t[]){ 2, 4, 50, 0 }, (const double[]){ 50, -50, 20 });
	search(N, 3, false, NULL, &found);
	assert_int_equal(found.count, 1);
	steps_release(&found);
	search(N, 3, true, NULL, &found);
	assert_int_equal(found.count, 3);
	assert_int_equal(found.items[0].first, 2);
	assert_int_equal(found.items[1].first, 4);
	steps_release(&found);
}

/* What cannot be measured is stepped over; beside the step it is in the answer. */
static void test_skips(void **state)
{
	bool broken[N + 1] = { false };
	struct random r = { .state = 3 };
	struct steps found;

	(void)state;
	broken[32] = broken[30] = broken[31] = broken[16] = true;
	history((const size_t[]){ 31, 0 }, (const double[]){ 50 });
	search(N, 3, false, broken, &found);
	assert_int_equal(found.count, 1);
	assert_int_equal(found.items[0].first, 30);
	assert_int_equal(found.items[0].last, 33);
	assert_false(found.items[0].gradual);
	steps_release(&found);

	/* The answer is the smallest that can be known. */
	for (int trial = 0; trial < 200; trial++) {
		size_t at = 1 + random_next(&r) % N, first = at, last = at;

		for (size_t i = 1; i < N; i++)
			broken[i] = random_uniform(&r) < 0.3;
		while (first > 1 && broken[first - 1])
			first--;
		while (last < N && broken[last])
			last++;
		history((const size_t[]){ at, 0 }, (const double[]){ 50 });
		search(N, 3, false, broken, &found);
		assert_int_equal(found.count, 1);
		assert_int_equal(found.items[0].first, first);
		assert_int_equal(found.items[0].last, last);
		steps_release(&found);
	}
}

/* Many small changes make a large one. */
static void test_gradual(void **state)
{
	struct steps found;

	(void)state;
	memset(figures, 0, sizeof(figures));
	for (size_t i = 0; i <= 8; i++)
		truth[i] = 1000 + 0.8 * (double)i;
	figures[0] = (struct figure){ FIGURE_VALUE, truth[0] };
	figures[8] = (struct figure){ FIGURE_VALUE, truth[8] };
	search(8, 3.5, false, NULL, &found);
	assert_int_equal(found.count, 1);
	assert_true(found.items[0].gradual);
	assert_int_equal(found.items[0].first, 1);
	assert_int_equal(found.items[0].last, 8);
	steps_release(&found);
}

/* What is known already is not asked for again. */
static void test_resumed(void **state)
{
	struct steps found;
	size_t again;

	(void)state;
	history((const size_t[]){ 20, 0 }, (const double[]){ 50 });
	search(N, 3, false, NULL, &found);
	steps_release(&found);
	again = search(N, 3, false, NULL, &found);
	assert_int_equal(again, 0);
	assert_int_equal(found.items[0].first, 20);
	steps_release(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),	cmocka_unit_test(test_left),
		cmocka_unit_test(test_several), cmocka_unit_test(test_opposite),
		cmocka_unit_test(test_skips),	cmocka_unit_test(test_gradual),
		cmocka_unit_test(test_resumed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
