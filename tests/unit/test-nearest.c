// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nearest.h"
#include "lib/strvec.h"

static const char *find(const char *name, const char *known)
{
	static char copy[64];
	struct strvec names = STRVEC_INIT;
	const char *found;

	strvec_split(&names, known, " ");
	found = nearest(name, names.items);
	if (found)
		snprintf(copy, sizeof(copy), "%s", found);
	strvec_release(&names);
	return found ? copy : NULL;
}

static const char commands[] = "compare collect report run list";

static void test_finds(void **state)
{
	static const char *const pairs[][2] = {
		{ "compare", "compare" }, { "comapre", "compare" }, /* swap: one step, not two */
		{ "compre", "compare" },  { "colect", "collect" },  { "reprot", "report" },
		{ "rnu", "run" },	  { "lists", "list" },	    { "rum", "run" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		assert_string_equal(find(pairs[i][0], commands), pairs[i][1]);
}

static void test_finds_nothing(void **state)
{
	static const char *const far[] = { "", "x", "rx", "doctor", "cxxpxrx", "tsil" };

	(void)state;
	for (size_t i = 0; i < sizeof(far) / sizeof(*far); i++)
		assert_null(find(far[i], commands));
	assert_null(nearest("run", NULL));
	assert_null(nearest("run", (char *const[]){ NULL }));
}

/* Exactly a third is near enough; one more is not. */
static void test_limit(void **state)
{
	(void)state;
	assert_non_null(find("abcdxx", "abcdef"));
	assert_null(find("abcxxx", "abcdef"));
}

static void test_takes_the_nearest(void **state)
{
	static const char names[] = "patchset patches patched";

	(void)state;
	assert_string_equal(find("patchs", names), "patches");
	assert_string_equal(find("patchset", names), "patchset");
}

static void test_long_names(void **state)
{
	char name[5000];
	char *const same[] = { name, NULL };

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_null(nearest(name, same));
	assert_null(nearest("run", same));
	name[63] = '\0';
	assert_ptr_equal(nearest(name, same), name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds),	   cmocka_unit_test(test_finds_nothing),
		cmocka_unit_test(test_limit),	   cmocka_unit_test(test_takes_the_nearest),
		cmocka_unit_test(test_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
