// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/query.h"
#include "lib/alloc.h"
#include "lib/file.h"

static char dir[64];
static struct db *db;

/* A run to be stored, in few words. */
struct setting {
	const char *id, *session, *started;
	int64_t arm, boot;
	const char *workload[2]; /* in the order of the run */
	double value;
	bool failed;
};

static int store(const struct setting *s)
{
	struct rundir_workload workloads[2] = { 0 };
	struct observations o = { 0 };
	struct rundir run = {
		.path = (char *)"run",
		.id = (char *)s->id,
		.session = (char *)s->session,
		.plan = (char *)"nightly",
		.started = (char *)s->started,
		.target = (char *)"kvm",
		.clock = (char *)"wall",
		.arm = s->arm,
		.boot = s->boot,
		.kernel_spec = (char *)(s->arm ? "linux-6.1+x" : "linux-6.1"),
		.kernel_id = (char *)"same", /* as in an A/A comparison */
		.kernel_release = (char *)"6.1",
		.image_sha256 = (char *)"image",
		.config_sha256 = (char *)"config",
		.compiler = (char *)"gcc",
		.source = (char *)"source",
		.series = (char *)"",
		.workloads = workloads,
	};
	int ret;

	for (size_t i = 0; i < 2 && s->workload[i]; i++) {
		const char *w = s->workload[i];

		workloads[run.workload_count++] = (struct rundir_workload){
			.name = (char *)w,
			.title = (char *)"title",
		};
		observe_sample(&o, w, "a_metric", "ns", BETTER_LOWER, s->value + 0.5);
		observe_sample(&o, w, "write_iops", "1/s", BETTER_HIGHER, s->value);
		o.samples[o.sample_count - 1].headline = true;
		observe_bin(&o, w, "write_clat", 2000, 1);
		observe_bin(&o, w, "write_clat", 1000, (uint64_t)s->value);
	}
	observe_fact(&o, "host.cpu", "cpu");
	observe_fact(&o, "z", s->boot == 1 ? "one" : "two");
	observe_finding(&o, "", "warning", SEVERITY_WARNING, "w of %s", s->id);
	if (s->failed)
		observe_finding(&o, "late", "hang", SEVERITY_FAILURE, "hung");
	ret = db_store_run(db, &run, &o);
	observations_release(&o);
	return ret;
}

static const struct setting settings[] = {
	/* An older session, stored later, with an id that sorts behind. */
	{ "T/001", "T", "2026-11-19T00:00:00Z", 0, 1, { "early", NULL }, 1, false },
	/* In S "late" comes first, as the plan wants it. */
	{ "S/1000", "S", "2026-11-20T00:09:00Z", 0, 3, { "late", "early" }, 30, false },
	{ "S/003", "S", "2026-11-20T00:03:00Z", 0, 2, { "late", "early" }, 20, true },
	{ "S/001", "S", "2026-11-20T00:01:00Z", 0, 1, { "late", "early" }, 10, false },
	{ "S/002", "S", "2026-11-20T00:02:00Z", 1, 1, { "late", NULL }, 11, false },
};

static int setup(void **state)
{
	char *path;
	int ret = 0;

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/kab-test-query-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	path = xasprintf("%s/kab.db", dir);
	db = db_open(path);
	for (size_t i = 0; db && ret == 0 && i < sizeof(settings) / sizeof(settings[0]); i++)
		ret = store(&settings[i]);
	db_close(db);
	db = ret == 0 ? db_open_readonly(path) : NULL;
	free(path);
	return db ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	db_close(db);
	return dir_remove(dir);
}

static void test_sessions(void **state)
{
	struct strvec sessions = STRVEC_INIT;

	(void)state;
	assert_int_equal(db_sessions(db, &sessions), 0);
	assert_int_equal(sessions.count, 2);
	assert_string_equal(sessions.items[0], "S");
	assert_string_equal(sessions.items[1], "T");
	strvec_release(&sessions);
}

static void test_sides(void **state)
{
	struct db_sides sides;

	(void)state;
	assert_int_equal(db_sides(db, NULL, &sides), 0);
	assert_int_equal(sides.count, 2);
	assert_string_equal(sides.items[0].session, "S");
	assert_int_equal(sides.items[0].arm, 0);
	assert_string_equal(sides.items[0].spec, "linux-6.1");
	assert_string_equal(sides.items[0].started, "2026-11-20T00:01:00Z");
	assert_string_equal(sides.items[0].clock, "wall");
	assert_string_equal(sides.items[0].image_sha256, "image");
	assert_int_equal(sides.items[0].runs, 3);
	assert_int_equal(sides.items[0].failed_runs, 1);
	assert_int_equal(sides.items[1].arm, 1);
	assert_string_equal(sides.items[1].spec, "linux-6.1+x");
	assert_int_equal(sides.items[1].runs, 1);
	assert_int_equal(sides.items[1].failed_runs, 0);
	db_sides_release(&sides);

	assert_int_equal(db_sides(db, "none", &sides), 0);
	assert_int_equal(sides.count, 0);
	db_sides_release(&sides);
}

static void get_base(struct db_sides *sides)
{
	assert_int_equal(db_sides(db, "S", sides), 0);
	assert_int_equal(sides->count, 2);
}

static void test_metrics(void **state)
{
	static const char *const expected[][2] = {
		{ "late", "write_iops" },
		{ "late", "a_metric" },
		{ "early", "write_iops" },
		{ "early", "a_metric" },
	};
	struct db_sides sides;
	struct db_metrics m;

	(void)state;
	get_base(&sides);
	assert_int_equal(db_metrics(db, &sides.items[0], &m), 0);
	assert_int_equal(m.count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(m.items[i].workload, expected[i][0]);
		assert_string_equal(m.items[i].metric, expected[i][1]);
		assert_string_equal(m.items[i].title, "title");
		assert_int_equal(m.items[i].headline, i % 2 == 0);
		/* By boot, without the one that failed. */
		assert_int_equal(m.items[i].count, 2);
		assert_string_equal(m.items[i].runs[0], "S/001");
		assert_string_equal(m.items[i].runs[1], "S/1000");
	}
	assert_true(m.items[0].values[0] == 10 && m.items[0].values[1] == 30);
	assert_int_equal(m.items[0].better, BETTER_HIGHER);
	assert_int_equal(m.items[1].better, BETTER_LOWER);
	assert_string_equal(m.items[1].unit, "ns");
	db_metrics_release(&m);

	assert_int_equal(db_metrics(db, &sides.items[1], &m), 0);
	assert_int_equal(m.count, 2);
	assert_int_equal(m.items[0].count, 1);
	db_metrics_release(&m);
	db_sides_release(&sides);
}

static void test_histograms(void **state)
{
	struct db_histograms h;
	struct db_sides sides;

	(void)state;
	get_base(&sides);
	assert_int_equal(db_histograms(db, &sides.items[0], &h), 0);
	assert_int_equal(h.count, 2);
	assert_string_equal(h.items[0].workload, "late");
	assert_string_equal(h.items[1].workload, "early");
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(h.items[i].kind, "write_clat");
		assert_int_equal(h.items[i].count, 2);
		assert_int_equal(h.items[i].ns[0], 1000);
		assert_int_equal(h.items[i].counts[0], 40);
		assert_int_equal(h.items[i].ns[1], 2000);
		assert_int_equal(h.items[i].counts[1], 2);
	}
	db_histograms_release(&h);
	db_sides_release(&sides);
}

static void test_findings_and_facts(void **state)
{
	static const char *const runs[] = { "S/001", "S/003", "S/003", "S/1000" };
	struct db_findings findings;
	struct db_sides sides;
	struct db_facts facts;

	(void)state;
	get_base(&sides);
	assert_int_equal(db_findings(db, &sides.items[0], &findings), 0);
	assert_int_equal(findings.count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(findings.items[i].run, runs[i]);
	assert_int_equal(findings.items[0].severity, SEVERITY_WARNING);
	assert_string_equal(findings.items[0].message, "w of S/001");
	assert_int_equal(findings.items[2].severity, SEVERITY_FAILURE);
	assert_string_equal(findings.items[2].workload, "late");
	db_findings_release(&findings);

	assert_int_equal(db_facts(db, &sides.items[0], &facts), 0);
	assert_int_equal(facts.count, 2);
	assert_string_equal(facts.items[0].key, "host.cpu");
	assert_string_equal(facts.items[0].value, "cpu");
	assert_string_equal(facts.items[1].value, "one | two");
	db_facts_release(&facts);
	db_sides_release(&sides);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_sides),
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_histograms),
		cmocka_unit_test(test_findings_and_facts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
