// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/random.h"
#include "reports/ladder.h"

#define PATCHES	  5
#define WORKLOADS 12

static char dir[64];
static struct db *db;
static struct strvec subjects = STRVEC_INIT;

/* One boot of a rung in one workload; NaN: it failed with the finding. */
static void store(const char *clock, size_t rung, int64_t boot, const char *workload, double iops,
		  const char *finding)
{
	char *id = xasprintf("S/%zu-%s-%d", rung, workload, (int)boot);
	char *spec = rung ? xasprintf("linux-6.1+series:%zu", rung) : xstrdup("linux-6.1");
	struct rundir_workload w = { .name = (char *)workload, .title = (char *)"title" };
	struct observations o = { 0 };
	struct rundir run = {
		.path = (char *)"run",
		.id = id,
		.session = (char *)"S",
		.plan = (char *)"ladder",
		.started = (char *)"2026-11-20T00:00:00Z",
		.target = (char *)"det",
		.clock = (char *)clock,
		.arm = (int64_t)rung,
		.boot = boot,
		.kernel_spec = spec,
		.kernel_id = spec,
		.kernel_release = (char *)"6.1",
		.image_sha256 = (char *)"image",
		.config_sha256 = (char *)"config",
		.compiler = (char *)"gcc",
		.source = (char *)"source",
		.series = (char *)"",
		.workloads = &w,
		.workload_count = 1,
	};

	if (!isnan(iops)) {
		observe_sample(&o, workload, "write_iops", "1/s", BETTER_HIGHER, iops);
		o.samples[o.sample_count - 1].headline = true;
		observe_sample(&o, workload, "write_mean_ns", "ns", BETTER_LOWER, 1e9 / iops);
	}
	if (finding)
		observe_finding(&o, workload, finding, SEVERITY_FAILURE, "why");
	assert_int_equal(db_store_run(db, &run, &o), 0);
	observations_release(&o);
	free(id);
	free(spec);
}

static int setup(void **state)
{
	char *path;

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/kab-ladder-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	path = xasprintf("%s/kab.db", dir);
	db = db_open(path);
	free(path);
	for (int i = 1; i <= PATCHES; i++)
		strvec_pushf(&subjects, "patch number %d, with \"quotes\"", i);
	return db ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	db_close(db);
	strvec_release(&subjects);
	return dir_remove(dir);
}

static const struct ladder_line *line_of(const struct ladder *l, const char *workload,
					 const char *metric)
{
	for (size_t i = 0; i < l->count; i++)
		if (!strcmp(l->lines[i].workload, workload) && !strcmp(l->lines[i].metric, metric))
			return &l->lines[i];
	fail_msg("no line %s %s", workload, metric);
	return NULL;
}

/* The changes of the patches add up to the whole, to the last bit: twelve series of figures. */
static void test_sum(void **state)
{
	struct random r = { .state = 1 };
	char workload[16];

	(void)state;
	for (int n = 0; n < WORKLOADS; n++) {
		snprintf(workload, sizeof(workload), "w%03d", n);
		for (size_t rung = 0; rung <= PATCHES; rung++)
			store("instruction", rung, 1, workload,
			      1000 * (0.7 + 0.6 * random_uniform(&r)), NULL);
	}
	{
		struct ladder l;

		assert_int_equal(ladder_load(db, "S", "series", &subjects, -1, &l), 0);
		assert_int_equal(l.count, 2 * WORKLOADS);
		for (size_t i = 0; i < l.count; i++) {
			const struct ladder_line *line = &l.lines[i];
			double sum = 0;

			assert_int_equal(line->count, PATCHES);
			for (size_t k = 0; k < line->count; k++)
				sum += line->steps[k].change;
			assert_true(sum == line->whole.change);
			assert_true(line->whole.change == line->values[PATCHES] - line->values[0]);
			/* Of one base, and not each of the rung before it. */
			assert_true(fabs(line->steps[4].change_pct -
					 100 * line->steps[4].change / line->values[0]) < 1e-9);
		}
		ladder_release(&l);
	}
}

/* Rungs without figures: their patches are counted with the next that has some. */
static void test_gaps(void **state)
{
	static const double large[] = { 1000, 1000, NAN, NAN, 1100, 1100 };
	static const double small[] = { 500, 500, NAN, 480, NAN, NAN };
	const struct ladder_line *line;
	const struct ladder_step *s;
	struct ladder l;
	char *text;

	(void)state;
	for (size_t rung = 0; rung <= PATCHES; rung++) {
		store("instruction", rung, 1, "large", large[rung],
		      rung == 2	  ? "build-failed"
		      : rung == 3 ? "panic"
				  : NULL);
		store("instruction", rung, 1, "small", small[rung],
		      rung == 2		       ? "build-failed"
		      : rung == 4 || rung == 5 ? "hang"
					       : NULL);
	}
	assert_int_equal(ladder_load(db, "S", "series", &subjects, -1, &l), 0);
	line = line_of(&l, "large", "write_iops");
	assert_int_equal(line->count, 3);
	assert_int_equal(line->steps[1].first, 2);
	assert_int_equal(line->steps[1].last, 4);
	assert_true(line->steps[1].change == 100);
	assert_true(isnan(line->values[2]) && isnan(line->values[3]));
	assert_true(line->values[4] == 1100);
	s = ladder_step_of(line, 3);
	assert_ptr_equal(s, &line->steps[1]);
	text = ladder_patches(&l, s);
	assert_string_equal(text, "2-4/5");
	free(text);

	line = line_of(&l, "small", "write_iops");
	assert_int_equal(line->count, 2);
	assert_int_equal(line->whole.last, 3);
	assert_null(ladder_step_of(line, 4));

	text = ladder_sentence(&l, UNIT_ASCII);
	assert_string_equal(text, "patches 2-3/5 cost small write_iops -4.00%; "
				  "patches 2-4/5 bring large write_iops +10.00%");
	free(text);
	/* One fault for both workloads; each with its message. */
	assert_int_equal(l.fault_count, 4);
	text = ladder_fault_sentence(&l, &l.faults[0]);
	assert_string_equal(text, "with patch 2/5 the kernel does not build: why");
	free(text);
	assert_string_equal(l.faults[0].workloads, "large, small");
	text = ladder_fault_sentence(&l, &l.faults[1]);
	assert_string_equal(text, "with patch 3/5 large has no figures: panic: why");
	free(text);
	ladder_release(&l);
}

static char *written(ladder_format_fn *write, const struct ladder *l)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(write(out, l, false), 0);
	fclose(out);
	return text;
}

static void test_forms(void **state)
{
	static const double values[] = { 1000, 1000, NAN, 1069, 1069, 1068 };
	struct ladder l;
	char *text, *page;

	(void)state;
	for (size_t rung = 0; rung <= PATCHES; rung++)
		store("instruction", rung, 1, "w<b>", values[rung], rung == 2 ? "panic" : NULL);
	assert_int_equal(ladder_load(db, "S", "series", &subjects, -1, &l), 0);

	text = written(ladder_text, &l);
	assert_non_null(strstr(text, "patches 2-3/5 bring w<b> write_iops +6.90%"));
	assert_non_null(strstr(text, "\n2-3/5  patch number 3"));
	assert_non_null(strstr(text, "-0.10% =\n"));
	assert_non_null(strstr(text, "\nall "));
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
		assert_true(strcspn(at, "\n") <= 80);
	free(text);

	text = written(ladder_csv, &l);
	assert_non_null(strstr(text, "w<b>,write_iops,1/s,yes,2,3,\"patch number 2, with "
				     "\"\"quotes\"\"; patch number 3"));
	free(text);

	text = written(ladder_json, &l);
	assert_non_null(strstr(text, "\"kind\": \"panic\""));
	free(text);

	page = xasprintf("%s/page", dir);
	assert_int_equal(ladder_html(page, &l, false), 0);
	free(page);
	page = xasprintf("%s/page/index.html", dir);
	{
		struct strbuf html = STRBUF_INIT;

		assert_int_equal(file_read(page, &html), 0);
		assert_null(strstr(html.data, "w<b>"));
		assert_non_null(strstr(html.data, "with 3/5"));
		strbuf_release(&html);
	}
	free(page);
	ladder_release(&l);
}

/* With noise only what is proven is told, and all steps are one family. */
static void test_wall(void **state)
{
	struct random r = { .state = 7 };
	const struct ladder_line *line;
	struct ladder l;
	char *text;

	(void)state;
	for (size_t rung = 0; rung <= PATCHES; rung++)
		for (int64_t boot = 1; boot <= 12; boot++)
			store("wall", rung, boot, "w",
			      (rung >= 3 ? 1100 : 1000) + 20 * (random_uniform(&r) - 0.5), NULL);
	assert_int_equal(ladder_load(db, "S", "series", &subjects, -1, &l), 0);
	line = line_of(&l, "w", "write_iops");
	assert_int_equal(line->steps[2].comparison->verdict, VERDICT_BETTER);
	assert_true(line->steps[2].ci_pct[0] > 8 && line->steps[2].ci_pct[1] < 12);
	assert_int_equal(l.list.items[0].family, PATCHES + 1);
	for (size_t i = 0; i < line->count; i++)
		if (i != 2)
			assert_int_not_equal(line->steps[i].comparison->verdict, VERDICT_BETTER);
	text = ladder_sentence(&l, UNIT_ASCII);
	assert_non_null(strstr(text, "patch 3/5 brings w write_iops +"));
	free(text);
	ladder_release(&l);
}

static void test_errors(void **state)
{
	struct ladder l;
	struct capture c;
	char *said;

	(void)state;
	capture_begin(&c, STDERR_FILENO);
	store("instruction", 0, 1, "w", 1000, NULL);
	assert_int_equal(ladder_load(db, "S", "series", &subjects, -1, &l), -1);
	for (size_t rung = 1; rung <= PATCHES; rung++)
		store("instruction", rung, 1, "w", NAN, "panic");
	assert_int_equal(ladder_load(db, "S", "series", &subjects, -1, &l), -1);
	store("instruction", 1, 2, "w", 1000, NULL);
	assert_int_equal(ladder_load(db, "S", "series", &subjects, -1, &l), 0);
	assert_int_equal(ladder_choose(&l, "write_iop"), -1);
	assert_int_equal(ladder_choose(&l, "write_iops"), 0);
	ladder_release(&l);
	said = capture_end(&c);
	assert_non_null(strstr(said, "has 1 kernels, and not one for each of 5 patches"));
	assert_non_null(strstr(said, "fewer than two kernels have figures"));
	assert_non_null(strstr(said, "did you mean \"write_iops\"?"));
	free(said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sum, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gaps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forms, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wall, setup, teardown),
		cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
