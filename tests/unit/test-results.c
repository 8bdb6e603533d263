// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/collect.h"
#include "lib/alloc.h"
#include "lib/file.h"

static char root[] = "/tmp/kab-test-results-XXXXXX";

/* What the collector makes of this text as the results of the workload "w". */
static void collect_text(const char *text, struct observations *o)
{
	struct rundir_workload workload = { .name = (char *)"w", .title = (char *)"a title" };
	const struct rundir run = { .path = root, .workloads = &workload, .workload_count = 1 };
	char *dir = xasprintf("%s/files/w", root), *path = xasprintf("%s/results", dir);

	*o = (struct observations){ 0 };
	assert_int_equal(dir_make(dir), 0);
	assert_int_equal(file_write_str(path, text), 0);
	assert_int_equal(results_collector.collect(&run, o), 0);
	free(path);
	free(dir);
}

static const struct sample *sample_of(const struct observations *o, const char *metric)
{
	for (size_t i = 0; i < o->sample_count; i++)
		if (strcmp(o->samples[i].metric, metric) == 0)
			return &o->samples[i];
	return NULL;
}

/* Rounds become their median: of an even number, the middle of the two in the middle. */
static void test_figures(void **state)
{
	struct observations o;
	const struct sample *s;

	(void)state;
	collect_text("result alloc_ms ms lower 350123456 1000000\n"
		     "result pps 1/s higher 9 1\nresult pps 1/s higher 1 1\n"
		     "result pps 1/s higher 2 1\nresult pps 1/s higher 4 1\n"
		     "check blocks 10 10\nfact pools chain 1 2 3 \n",
		     &o);
	assert_int_equal(o.finding_count, 0);
	assert_int_equal(o.sample_count, 2);
	s = sample_of(&o, "alloc_ms");
	assert_non_null(s);
	assert_string_equal(s->unit, "ms");
	assert_true(s->value == 350.123456);
	assert_int_equal(s->better, BETTER_LOWER);
	s = sample_of(&o, "pps");
	assert_non_null(s);
	assert_true(s->value == 3);
	assert_int_equal(s->better, BETTER_HIGHER);
	assert_int_equal(o.fact_count, 1);
	assert_string_equal(o.facts[0].key, "w.pools");
	assert_string_equal(o.facts[0].value, "chain 1 2 3");
	observations_release(&o);
}

/* A line that is none may stand for one that is missing: no figure of the run may be used then. */
static void test_malformed(void **state)
{
	static const char *const lines[] = {
		"result alloc_ms ms lower 12",
		"result alloc_ms ms lower 12 0",
		"result alloc_ms ms sideways 12 1",
		"result alloc_ms ms lower 12 1 more",
		"result alloc_ms ms lower -1 1",
		"result alloc_ms ms lower 99999999999999999999 1",
		"result alloc_ms ms lower 1 1\nresult alloc_ms ns lower 1 1",
		"result alloc_ms ms lower 1 1\nresult alloc_ms ms higher 1 1",
		"fact lonely",
		"resul",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct observations o;

		collect_text(lines[i], &o);
		assert_int_equal(o.finding_count, 1);
		assert_string_equal(o.findings[0].kind, "malformed-results");
		assert_true(observations_failed_for(&o, "w"));
		observations_release(&o);
	}
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return dir_remove(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
