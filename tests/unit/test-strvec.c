// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/strvec.h"

static void test_empty(void **state)
{
	struct strvec v = STRVEC_INIT;

	(void)state;
	strvec_sort(&v);
	assert_false(strvec_has(&v, ""));
	strvec_split(&v, "::", ":");
	strvec_split(&v, "", ":");
	assert_int_equal(v.count, 0);
	assert_null(v.items);
	strvec_release(&v);
	strvec_release(&v);
}

static void test_push(void **state)
{
	struct strvec v = STRVEC_INIT;
	char changing[] = "x";

	(void)state;
	strvec_push(&v, changing);
	changing[0] = 'y';
	assert_string_equal(v.items[0], "x");
	for (int i = 1; i < 100; i++) {
		strvec_pushf(&v, "%d", i);
		assert_int_equal(v.count, i + 1);
		assert_null(v.items[v.count]);
	}
	assert_string_equal(v.items[99], "99");
	strvec_pushf(&v, "%s", "");
	assert_string_equal(v.items[100], "");
	strvec_release(&v);
	assert_int_equal(v.count, 0);
}

static void test_pushl_and_has(void **state)
{
	struct strvec v = STRVEC_INIT;

	(void)state;
	strvec_pushl(&v, "make", "-C", "linux", NULL);
	strvec_pushl(&v, NULL);
	assert_int_equal(v.count, 3);
	assert_true(strvec_has(&v, "-C"));
	assert_false(strvec_has(&v, "-c"));
	assert_false(strvec_has(&v, "mak"));
	strvec_release(&v);
}

static void test_split(void **state)
{
	struct strvec v = STRVEC_INIT;

	(void)state;
	strvec_split(&v, ",a,,b c;d,", ",;");
	assert_int_equal(v.count, 3);
	assert_string_equal(v.items[0], "a");
	assert_string_equal(v.items[1], "b c");
	assert_string_equal(v.items[2], "d");
	assert_null(v.items[3]);
	strvec_release(&v);
}

static void test_sort(void **state)
{
	struct strvec v = STRVEC_INIT;

	(void)state;
	strvec_pushl(&v, "b", "a10", "B", "a2", "", NULL);
	strvec_sort(&v);
	assert_string_equal(v.items[0], "");
	assert_string_equal(v.items[1], "B");
	assert_string_equal(v.items[2], "a10");
	assert_string_equal(v.items[3], "a2");
	assert_string_equal(v.items[4], "b");
	assert_null(v.items[5]);
	strvec_release(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),	      cmocka_unit_test(test_push),
		cmocka_unit_test(test_pushl_and_has), cmocka_unit_test(test_split),
		cmocka_unit_test(test_sort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
