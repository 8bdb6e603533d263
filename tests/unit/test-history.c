// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Change points of series whose steps are known, and the newest night against its level.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/query.h"
#include "db/store.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/random.h"
#include "reports/changes.h"
#include "reports/history.h"

#define NIGHTS 120

/* Noise of about one, always the same. */
static void fill(double *v, size_t n, double level)
{
	struct random r = { .state = 42 };

	for (size_t i = 0; i < n; i++) {
		double sum = 0;

		for (int k = 0; k < 12; k++)
			sum += random_uniform(&r);
		v[i] = level + sum - 6;
	}
}

static void noise_is_not_misled_by_a_step(void **state)
{
	double v[NIGHTS];

	(void)state;
	fill(v, NIGHTS, 100);
	for (size_t i = 60; i < NIGHTS; i++)
		v[i] += 1000;
	v[20] = 5000;
	assert_true(changes_noise(v, NIGHTS) > 0.7 && changes_noise(v, NIGHTS) < 1.3);
	assert_true(changes_noise(v, 1) > 0);
}

static void steps_are_found_where_they_are(void **state)
{
	double v[NIGHTS];
	size_t starts[NIGHTS];

	(void)state;
	fill(v, NIGHTS, 100);
	assert_int_equal(changes_find(v, NIGHTS, starts), 0);
	for (size_t i = 40; i < NIGHTS; i++)
		v[i] += 5;
	for (size_t i = 90; i < NIGHTS; i++)
		v[i] -= 8;
	assert_int_equal(changes_find(v, NIGHTS, starts), 2);
	assert_int_equal(starts[0], 40);
	assert_int_equal(starts[1], 90);
}

static void one_bad_night_is_no_change(void **state)
{
	double v[NIGHTS];
	size_t starts[NIGHTS];

	(void)state;
	fill(v, NIGHTS, 100);
	v[50] = 1e6;
	v[80] = -1e6;
	assert_int_equal(changes_find(v, NIGHTS, starts), 0);
	assert_true(fabs(changes_level(v, NIGHTS, changes_noise(v, NIGHTS)) - 100) < 0.5);
}

static void exact_series_change_by_any_step(void **state)
{
	double v[20];
	size_t starts[20];

	(void)state;
	for (size_t i = 0; i < 20; i++)
		v[i] = i < 12 ? 1000 : 1000.001;
	assert_int_equal(changes_find(v, 20, starts), 1);
	assert_int_equal(starts[0], 12);
	assert_int_equal(changes_find(v, 1, starts), 0);
	for (size_t i = 0; i < 20; i++)
		v[i] = 0;
	assert_int_equal(changes_find(v, 20, starts), 0);
}

/* --- lines ------------------------------------------------------------------------------------- */

struct fixture {
	struct db_night nights[NIGHTS];
	double values[NIGHTS];
	struct db_line line;
	struct history h;
};

static void make(struct fixture *f, const char *clock, size_t n)
{
	*f = (struct fixture){ .line = { .plan = (char *)"nightly",
					 .target = (char *)"kvm",
					 .clock = (char *)clock,
					 .spec = (char *)"linux-6.1",
					 .workload = (char *)"w",
					 .metric = (char *)"write_iops",
					 .unit = (char *)"1/s",
					 .better = BETTER_HIGHER,
					 .headline = true,
					 .count = n } };
	fill(f->values, n, 1000);
	for (size_t i = 0; i < n; i++)
		f->nights[i] =
			(struct db_night){ .session = (char *)"S",
					   .started = (char *)(i < 60 ? "2026-01-01T00:00:00Z"
								      : "2026-03-01T00:00:00Z"),
					   .release = (char *)(i < 60 ? "6.1.1" : "6.1.2"),
					   .kernel = (char *)(i < 60 ? "abc" : "def"),
					   .machine = (char *)"7.2",
					   .values = &f->values[i],
					   .count = 1 };
	f->line.nights = f->nights;
	f->h.lines = (struct db_lines){ .items = &f->line, .count = 1 };
}

static void unmake(struct fixture *f)
{
	f->h.lines = (struct db_lines){ 0 };
	history_release(&f->h);
}

/* A step a month ago is the level now: the night before it does not count. */
static void the_level_since_the_last_change_counts(void **state)
{
	struct fixture f;
	char *text = NULL;
	size_t len;
	FILE *out;

	(void)state;
	make(&f, "wall", NIGHTS);
	for (size_t i = 60; i < NIGHTS; i++)
		f.values[i] -= 100;
	history_judge(&f.h, true);
	assert_int_equal(f.h.items[0].start_count, 1);
	assert_int_equal(f.h.items[0].starts[0], 60);
	assert_int_equal(f.h.items[0].level_nights, NIGHTS - 61);
	assert_int_equal(f.h.items[0].verdict, VERDICT_SAME);
	assert_int_equal(history_regressions(&f.h), 0);
	out = open_memstream(&text, &len);
	assert_non_null(out);
	assert_int_equal(history_text(out, &f.h), 0);
	fclose(out);
	assert_non_null(strstr(text, "120 nights, 1 change\n  2026-03-01  -1"));
	assert_non_null(strstr(text, "worse  kernel 6.1.1 (abc) -> 6.1.2 (def)\n"));
	free(text);
	unmake(&f);
}

static void a_bad_newest_night_is_worse(void **state)
{
	struct fixture f;

	(void)state;
	make(&f, "wall", NIGHTS);
	f.values[NIGHTS - 1] = 900;
	history_judge(&f.h, true);
	assert_int_equal(f.h.items[0].verdict, VERDICT_WORSE);
	assert_int_equal(history_regressions(&f.h), 1);
	unmake(&f);
	/* Clear, but less than what matters. */
	make(&f, "wall", NIGHTS);
	f.values[NIGHTS - 1] = 992;
	history_judge(&f.h, true);
	assert_int_equal(f.h.items[0].verdict, VERDICT_UNPROVEN);
	unmake(&f);
	/* Three nights are no level on a wall clock; one is on the instruction clock. */
	make(&f, "wall", 4);
	f.values[3] = 900;
	history_judge(&f.h, true);
	assert_int_equal(f.h.items[0].verdict, VERDICT_UNPROVEN);
	unmake(&f);
	make(&f, "instruction", 2);
	f.values[0] = 1000;
	f.values[1] = 990;
	history_judge(&f.h, true);
	assert_int_equal(f.h.items[0].verdict, VERDICT_WORSE);
	f.values[1] = 1000;
	unmake(&f);
	make(&f, "instruction", 1);
	history_judge(&f.h, true);
	assert_int_equal(f.h.items[0].verdict, VERDICT_UNPROVEN);
	unmake(&f);
}

/* --- from a database --------------------------------------------------------------------------- */

/* One boot on the instruction clock; `kernel` is its identity. */
static void store(struct db *db, int night, int64_t arm, const char *kernel, double iops)
{
	static int64_t bases[] = { 0 };
	struct rundir_workload workload = { .name = (char *)"w",
					    .title = (char *)"a title",
					    .bases = arm ? bases : NULL,
					    .base_count = arm ? 1 : 0 };
	struct observations o = { 0 };
	char *session = xasprintf("S%d", night);
	struct rundir run = { .path = (char *)"run",
			      .id = xasprintf("%s/%03d", session, (int)arm + 1),
			      .session = session,
			      .plan = (char *)"nightly",
			      .started = xasprintf("2026-11-%02dT00:00:%02dZ", night, (int)arm),
			      .target = (char *)"det",
			      .clock = (char *)"instruction",
			      .arm = arm,
			      .boot = 1,
			      .kernel_spec = (char *)(arm == 2 ? "linux+x" : "linux"),
			      .kernel_id = (char *)kernel,
			      .kernel_release = (char *)"6.1",
			      .image_sha256 = (char *)"image",
			      .config_sha256 = (char *)"config",
			      .compiler = (char *)"gcc",
			      .source = (char *)"linux",
			      .series = (char *)(arm == 2 ? "x" : ""),
			      .workloads = &workload,
			      .workload_count = 1 };

	observe_sample(&o, "w", "write_iops", "1/s", BETTER_HIGHER, iops);
	o.samples[0].headline = true;
	observe_sample(&o, "w", "other", "1", BETTER_HIGHER, iops);
	assert_int_equal(db_store_run(db, &run, &o), 0);
	observations_release(&o);
	free(run.id);
	free(run.started);
	free(session);
}

static void nights_come_from_the_database(void **state)
{
	char dir[] = "/tmp/kab-test-history-XXXXXX";
	struct self_checks checks;
	struct history h;
	struct db *db;
	char *path;

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = xasprintf("%s/kab.db", dir);
	db = db_open(path);
	assert_non_null(db);
	for (int night = 1; night <= 8; night++) {
		store(db, night, 0, "base", 1000);
		/* An A/A arm; on the third night something is wrong with it. */
		store(db, night, 1, "base", night == 3 ? 1100 : 1000);
		store(db, night, 2, night < 5 ? "old" : "new", night < 5 ? 1050 : 1020);
	}
	assert_int_equal(history_load(db, "nightly", false, &h), 0);
	/* One line per spec: the A/A arm has none of its own. */
	assert_int_equal(h.count, 2);
	assert_string_equal(h.items[0].line->spec, "linux");
	assert_int_equal(h.items[0].count, 8);
	assert_int_equal(h.items[0].start_count, 0);
	assert_int_equal(h.items[1].start_count, 1);
	assert_int_equal(h.items[1].starts[0], 4);
	assert_string_equal(h.items[1].line->nights[4].kernel, "new");
	history_release(&h);
	assert_int_equal(history_load(db, "", true, &h), 0);
	assert_int_equal(h.count, 4);
	history_release(&h);
	assert_int_equal(history_load(db, "weekly", true, &h), 0);
	assert_int_equal(h.count, 0);
	history_release(&h);

	assert_int_equal(self_checks_load(db, "nightly", 100, &checks), 0);
	assert_int_equal(checks.count, 8);
	assert_int_equal(checks.figures, 8);
	assert_int_equal(checks.alarms, 1);
	assert_int_equal(checks.items[5].alarms, 1); /* the newest comes first */
	assert_true(checks.items[0].smallest_pct == 0.3);
	self_checks_release(&checks);
	db_close(db);
	dir_remove(dir);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(noise_is_not_misled_by_a_step),
		cmocka_unit_test(steps_are_found_where_they_are),
		cmocka_unit_test(one_bad_night_is_no_change),
		cmocka_unit_test(exact_series_change_by_any_step),
		cmocka_unit_test(the_level_since_the_last_change_counts),
		cmocka_unit_test(a_bad_newest_night_is_worse),
		cmocka_unit_test(nights_come_from_the_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
