// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/vmstat.h"

static const struct sample *find(const struct observations *o, const char *metric)
{
	for (size_t i = 0; i < o->sample_count; i++)
		if (!strcmp(o->samples[i].metric, metric))
			return &o->samples[i];
	return NULL;
}

static void test_differences(void **state)
{
	static const char before[] = "nr_free_pages 500\npgalloc_dma 0\npgalloc_dma32 1000\n"
				     "pgalloc_normal 5\npgallocs 7\npgfree 100\npgfault 3\n";
	static const char after[] = "nr_free_pages 400\npgalloc_dma 1\npgalloc_dma32 263144\n"
				    "pgalloc_normal 5\npgallocs 9\npgfree 262244\npgfault 3";
	struct observations o = { 0 };

	(void)state;
	vmstat_compare("w", before, after, &o);
	assert_int_equal(o.sample_count, 3);
	assert_true(find(&o, "vm_pgalloc_pages")->value == 262145);
	assert_string_equal(find(&o, "vm_pgalloc_pages")->unit, "pages");
	assert_int_equal(find(&o, "vm_pgalloc_pages")->better, BETTER_LOWER);
	assert_true(find(&o, "vm_pgfree_pages")->value == 262144);
	assert_true(find(&o, "vm_pgfault")->value == 0);
	/* Absent counters are not zero: they are absent. */
	assert_null(find(&o, "vm_allocstall"));
	assert_int_equal(o.finding_count, 0);
	observations_release(&o);
}

static void test_backwards(void **state)
{
	struct observations o = { 0 };

	(void)state;
	vmstat_compare("w", "pgfault 9\npgfree 1\n", "pgfault 8\npgfree 2\n", &o);
	assert_int_equal(o.sample_count, 1);
	assert_int_equal(o.finding_count, 1);
	assert_string_equal(o.findings[0].kind, "malformed-vmstat");
	observations_release(&o);
}

static void test_junk(void **state)
{
	static const char *const junk[] = { "",
					    "\n\n",
					    "pgfault",
					    "pgfault ",
					    "pgfault x\n",
					    "pgfault 99999999999999999999\n",
					    "pgfault 1 2\n",
					    "pgalloc_a 18446744073709551615\npgalloc_b 1\n" };
	struct observations o = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		vmstat_compare("w", junk[i], "pgfault 5\npgalloc_a 1\n", &o);
	assert_int_equal(o.sample_count, 0);
	observations_release(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_backwards),
		cmocka_unit_test(test_junk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
