// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fixtures are outputs of fio 3.33: single (one job), jobs (three side by side), groups (three
 * groups one after the other, the last with group_reporting), mixed (unified_rw_reporting), error
 * (a full device), saturated (completions that were held back for 19 s).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/fio.h"
#include "collectors/jsontext.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/strbuf.h"

static void load(const char *name, struct strbuf *text)
{
	char *path = xasprintf("tests/data/fio/%s.json", name);

	assert_int_equal(file_read(path, text), 0);
	free(path);
}

static void read_fixture(const char *name, struct observations *o)
{
	struct strbuf text = STRBUF_INIT;

	load(name, &text);
	fio_read("w", text.data, text.len, o);
	strbuf_release(&text);
}

static const struct sample *find(const struct observations *o, const char *metric)
{
	for (size_t i = 0; i < o->sample_count; i++)
		if (!strcmp(o->samples[i].metric, metric))
			return &o->samples[i];
	return NULL;
}

static double value(const struct observations *o, const char *metric)
{
	const struct sample *s = find(o, metric);

	if (!s)
		fail_msg("no metric %s", metric);
	return s->value;
}

static const struct finding *find_finding(const struct observations *o, const char *kind)
{
	for (size_t i = 0; i < o->finding_count; i++)
		if (!strcmp(o->findings[i].kind, kind))
			return &o->findings[i];
	return NULL;
}

/* fio prints six digits behind the point. */
static void assert_near(double a, double b)
{
	if (!(fabs(a - b) <= 1e-6 + 1e-9 * fabs(b)))
		fail_msg("%.9f is not %.9f", a, b);
}

static struct json_object *fixture_json(const char *name, size_t *count)
{
	struct strbuf text = STRBUF_INIT;
	struct json_object *root, *jobs;
	const char *why;
	size_t used;

	load(name, &text);
	root = jsontext_parse(strchr(text.data, '{'), strlen(strchr(text.data, '{')), &used, &why);
	assert_non_null(root);
	jobs = jsontext_array(root, "jobs");
	*count = json_object_array_length(jobs);
	strbuf_release(&text);
	return root;
}

static struct json_object *at(struct json_object *root, size_t job, const char *direction,
			      const char *kind)
{
	struct json_object *o = json_object_array_get_idx(jsontext_array(root, "jobs"), job);

	o = jsontext_object(o, direction);
	return kind ? jsontext_object(o, kind) : o;
}

static double number(struct json_object *o, const char *key)
{
	double v;

	assert_true(jsontext_number(o, key, &v));
	return v;
}

static void assert_own_percentiles(const struct observations *o, const char *name,
				   struct json_object *latency)
{
	static const char *const own[][2] = {
		{ "50.000000", "p50" }, { "90.000000", "p90" },	  { "95.000000", "p95" },
		{ "99.000000", "p99" }, { "99.900000", "p99_9" }, { "99.990000", "p99_99" },
	};
	struct json_object *percentile = jsontext_object(latency, "percentile");

	assert_non_null(percentile);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		char *metric = xasprintf("%s_%s_ns", name, own[i][1]);

		assert_true(value(o, metric) == number(percentile, own[i][0]));
		free(metric);
	}
}

/* Of one job, every figure is fio's own. */
static void test_single_job_is_fios_own(void **state)
{
	static const char *const kinds[][2] = { { "slat_ns", "write_slat" },
						{ "clat_ns", "write_clat" },
						{ "lat_ns", "write_lat" } };
	static const char *const moments[] = { "min", "max", "mean", "stddev" };
	struct observations o = { 0 };
	struct json_object *root, *write;
	size_t count;

	(void)state;
	read_fixture("single", &o);
	root = fixture_json("single", &count);
	assert_int_equal(count, 1);
	write = at(root, 0, "write", NULL);
	assert_near(value(&o, "write_iops"), number(write, "iops"));
	assert_true(value(&o, "write_total_ios") == number(write, "total_ios"));
	assert_true(value(&o, "write_runtime_ms") == number(write, "runtime"));
	/* fio cuts this one to whole bytes. */
	assert_true(floor(value(&o, "write_bw_kib") * 1024 + 1e-6) == number(write, "bw_bytes"));
	for (size_t k = 0; k < 3; k++) {
		struct json_object *latency = at(root, 0, "write", kinds[k][0]);

		for (size_t i = 0; i < 4; i++) {
			char *metric = xasprintf("%s_%s_ns", kinds[k][1], moments[i]);

			assert_near(value(&o, metric), number(latency, moments[i]));
			free(metric);
		}
		assert_own_percentiles(&o, kinds[k][1], latency);
	}
	assert_null(find(&o, "read_iops"));
	assert_null(find(&o, "trim_iops"));
	assert_int_equal(o.finding_count, 0);
	assert_int_equal(find(&o, "write_iops")->better, BETTER_HIGHER);
	assert_int_equal(find(&o, "write_clat_p99_ns")->better, BETTER_LOWER);
	assert_string_equal(find(&o, "write_bw_kib")->unit, "KiB/s");
	json_object_put(root);
	observations_release(&o);
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Every I/O of every job on its own, as far as the bins tell. */
static double *expand(struct json_object *root, size_t jobs, const char *kind, size_t *n)
{
	double *all = NULL;

	*n = 0;
	for (size_t j = 0; j < jobs; j++) {
		json_object_object_foreach(jsontext_object(at(root, j, "write", kind), "bins"), key,
					   count) for (int64_t i = 0;
						       i < json_object_get_int64(count); i++)
		{
			all = xreallocarray(all, *n + 1, sizeof(*all));
			all[(*n)++] = strtod(key, NULL);
		}
	}
	qsort(all, *n, sizeof(*all), by_value);
	return all;
}

static void test_jobs_side_by_side(void **state)
{
	struct observations o = { 0 };
	size_t jobs, n;
	struct json_object *root = fixture_json("jobs", &jobs);
	double ios = 0, runtime = 0, sum = 0, min = INFINITY;
	double *all = expand(root, jobs, "clat_ns", &n);

	(void)state;
	read_fixture("jobs", &o);
	assert_int_equal(jobs, 3);
	for (size_t j = 0; j < jobs; j++) {
		struct json_object *write = at(root, j, "write", NULL);
		struct json_object *clat = at(root, j, "write", "clat_ns");

		ios += number(write, "total_ios");
		runtime = fmax(runtime, number(write, "runtime"));
		sum += number(clat, "mean") * number(clat, "N");
		min = fmin(min, number(clat, "min"));
	}
	assert_true(value(&o, "write_total_ios") == ios);
	assert_true(value(&o, "write_iops") == ios * 1000 / runtime);
	assert_near(value(&o, "write_clat_mean_ns"), sum / ios);
	assert_true(value(&o, "write_clat_min_ns") == min);
	assert_int_equal(n, (size_t)ios);
	assert_true(value(&o, "write_clat_p50_ns") == all[n / 2 - 1]);
	assert_true(value(&o, "write_clat_p99_ns") == all[(size_t)ceil(0.99 * (double)n) - 1]);
	assert_true(value(&o, "write_clat_p99_99_ns") == all[n - 1]);
	free(all);
	json_object_put(root);
	observations_release(&o);
}

/* The standard deviation of joined jobs is that of all their I/Os. */
static void test_moments_are_joined(void **state)
{
	/* {1, 3} and {10, 20, 30}: mean 12.8, squares 554.8, over 4. */
	static const char text[] =
		"{\"jobs\":["
		"{\"error\":0,\"groupid\":0,\"job_runtime\":10,\"usr_cpu\":50,\"sys_cpu\":10,\"ctx\":1,"
		"\"read\":{\"total_ios\":2,\"io_bytes\":8192,\"runtime\":10,\"clat_ns\":"
		"{\"min\":1,\"max\":3,\"mean\":2.0,\"stddev\":1.4142135623730951,\"N\":2}}},"
		"{\"error\":0,\"groupid\":0,\"job_runtime\":30,\"usr_cpu\":10,\"sys_cpu\":0,\"ctx\":2,"
		"\"read\":{\"total_ios\":3,\"io_bytes\":12288,\"runtime\":5,\"clat_ns\":"
		"{\"min\":10,\"max\":30,\"mean\":20.0,\"stddev\":10.0,\"N\":3}}}]}";
	struct observations o = { 0 };

	(void)state;
	fio_read("w", text, sizeof(text) - 1, &o);
	assert_near(value(&o, "read_clat_mean_ns"), 12.8);
	assert_near(value(&o, "read_clat_stddev_ns"), sqrt(590.8 / 4));
	assert_true(value(&o, "read_iops") == 500);
	assert_true(value(&o, "read_bw_kib") == 2000);
	assert_true(value(&o, "ctx_switches") == 3);
	/* Plain json has no bins: no percentiles, and that is no finding. */
	assert_null(find(&o, "read_clat_p50_ns"));
	assert_int_equal(o.finding_count, 0);
	observations_release(&o);
}

static void test_groups_one_after_the_other(void **state)
{
	struct observations o = { 0 };
	size_t jobs;
	struct json_object *root = fixture_json("groups", &jobs);
	double longest[3] = { 0 }, ios = 0;

	(void)state;
	read_fixture("groups", &o);
	for (size_t j = 0; j < jobs; j++) {
		struct json_object *job =
			json_object_array_get_idx(jsontext_array(root, "jobs"), j);
		struct json_object *read = at(root, j, "read", NULL);
		size_t group = (size_t)number(job, "groupid");

		assert_true(group < 3);
		ios += number(read, "total_ios");
		if (number(read, "total_ios") > 0)
			longest[group] = fmax(longest[group], number(read, "runtime"));
	}
	assert_true(longest[0] == 0 && longest[1] > 0 && longest[2] > 0);
	assert_true(value(&o, "read_total_ios") == ios);
	assert_true(value(&o, "read_runtime_ms") == longest[1] + longest[2]);
	assert_true(value(&o, "read_iops") == ios * 1000 / (longest[1] + longest[2]));
	assert_non_null(find(&o, "write_iops"));
	json_object_put(root);
	observations_release(&o);
}

static void test_bins_are_merged_and_sorted(void **state)
{
	struct observations o = { 0 };
	double counted = 0;

	(void)state;
	read_fixture("jobs", &o);
	assert_true(o.bin_count > 0);
	for (size_t i = 0; i < o.bin_count; i++) {
		assert_true(o.bins[i].count > 0);
		if (i && !strcmp(o.bins[i].kind, o.bins[i - 1].kind))
			assert_true(o.bins[i].ns > o.bins[i - 1].ns);
		if (!strcmp(o.bins[i].kind, "write_slat"))
			counted += (double)o.bins[i].count;
	}
	assert_true(counted == value(&o, "write_total_ios"));
	observations_release(&o);
}

static void test_saturated(void **state)
{
	struct observations o = { 0 };
	const struct finding *f;

	(void)state;
	read_fixture("saturated", &o);
	f = find_finding(&o, "saturated-latency");
	assert_non_null(f);
	assert_int_equal(f->severity, SEVERITY_NOTE);
	assert_true(value(&o, "write_clat_p99_ns") == 17112760320.0);
	assert_true(value(&o, "write_clat_max_ns") > 19e9);
	assert_false(observations_failed(&o));
	observations_release(&o);
}

static void test_mixed_and_message(void **state)
{
	struct observations o = { 0 };
	const struct finding *f;

	(void)state;
	read_fixture("mixed", &o);
	assert_true(value(&o, "mixed_iops") > 0);
	f = find_finding(&o, "fio-message");
	assert_non_null(f);
	assert_int_equal(f->severity, SEVERITY_NOTE);
	assert_non_null(strstr(f->message, "queue depth will be capped at 1"));
	observations_release(&o);
}

static void test_error(void **state)
{
	struct observations o = { 0 };
	const struct finding *f;

	(void)state;
	read_fixture("error", &o);
	f = find_finding(&o, "fio-error");
	assert_non_null(f);
	assert_int_equal(f->severity, SEVERITY_FAILURE);
	assert_non_null(strstr(f->message, "No space left"));
	assert_true(observations_failed(&o));
	observations_release(&o);
}

/* Whatever is cut off is a failure, and gives no figure. */
static void test_truncated(void **state)
{
	struct strbuf text = STRBUF_INIT;
	size_t end;

	(void)state;
	load("single", &text);
	end = (size_t)(strrchr(text.data, '}') - text.data);
	for (size_t len = 0; len <= end; len += 1 + len / 8) {
		struct observations o = { 0 };

		fio_read("w", text.data, len, &o);
		assert_non_null(find_finding(&o, "malformed-results"));
		assert_true(observations_failed(&o));
		assert_int_equal(o.sample_count, 0);
		assert_int_equal(o.bin_count, 0);
		observations_release(&o);
	}
	strbuf_release(&text);
}

/* One value of the fixture replaced by nonsense. */
static void test_nonsense(void **state)
{
	static const struct {
		const char *from, *to;
	} edits[] = {
		{ "\"total_ios\" : 2048", "\"total_ios\" : -1" },
		{ "\"total_ios\" : 2048", "\"total_ios\" : \"many\"" },
		{ "\"total_ios\" : 2048", "\"total_ios\" : 9007199254740993" },
		{ "\"N\" : 2048", "\"N\" : 2.5" },
		{ "\"error\" : 0", "\"error\" : null" },
		{ "\"jobs\" : [", "\"jobs\" : [ 5," },
		{ "\"jobs\" : [", "\"jbos\" : [" },
		{ "\"bins\" : {", "\"bins\" : { \"-5\" : 1," },
		{ "\"bins\" : {", "\"bins\" : { \"12x\" : 1," },
		{ "\"bins\" : {", "\"bins\" : { \"12\" : -1," },
		{ "\"mean\" : ", "\"mean\" : NaN, \"x\" : " },
	};
	struct strbuf text = STRBUF_INIT;

	(void)state;
	load("single", &text);
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		const char *place = strstr(text.data, edits[i].from);
		struct strbuf edited = STRBUF_INIT;
		struct observations o = { 0 };

		/* The first direction is "read", which did nothing and is not looked into. */
		if (!strncmp(edits[i].from, "\"mean", 5))
			place = strstr(strstr(text.data, "\"write\" : {"), edits[i].from);
		assert_non_null(place);
		strbuf_add(&edited, text.data, (size_t)(place - text.data));
		strbuf_adds(&edited, edits[i].to);
		strbuf_adds(&edited, place + strlen(edits[i].from));
		fio_read("w", edited.data, edited.len, &o);
		if (!find_finding(&o, "malformed-results"))
			fail_msg("accepted: %s", edits[i].to);
		assert_int_equal(o.sample_count, 0);
		observations_release(&o);
		strbuf_release(&edited);
	}
	strbuf_release(&text);
}

static void test_no_io_and_partial_bins(void **state)
{
	static const char idle[] = "fio: nothing to do\n{\"jobs\":[{\"error\":0,\"groupid\":0,"
				   "\"job_runtime\":0,\"usr_cpu\":0,\"sys_cpu\":0,\"ctx\":0}]}\n";
	static const char partial[] =
		"{\"jobs\":[{\"error\":0,\"groupid\":0,\"job_runtime\":0,\"usr_cpu\":0,"
		"\"sys_cpu\":0,\"ctx\":0,\"trim\":{\"total_ios\":2,\"io_bytes\":8,\"runtime\":0,"
		"\"lat_ns\":{\"min\":1,\"max\":3,\"mean\":2,\"stddev\":1,\"N\":2,"
		"\"bins\":{\"1\":1}}}}]}";
	struct observations o = { 0 };

	(void)state;
	fio_read("w", idle, sizeof(idle) - 1, &o);
	assert_non_null(find_finding(&o, "no-io"));
	assert_true(observations_failed(&o));
	observations_release(&o);

	fio_read("w", partial, sizeof(partial) - 1, &o);
	assert_non_null(find_finding(&o, "partial-bins"));
	assert_non_null(find_finding(&o, "too-short"));
	assert_null(find(&o, "trim_lat_p50_ns"));
	assert_null(find(&o, "trim_iops"));
	assert_int_equal(o.bin_count, 0);
	assert_true(value(&o, "trim_lat_mean_ns") == 2);
	observations_release(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single_job_is_fios_own),
		cmocka_unit_test(test_jobs_side_by_side),
		cmocka_unit_test(test_moments_are_joined),
		cmocka_unit_test(test_groups_one_after_the_other),
		cmocka_unit_test(test_bins_are_merged_and_sorted),
		cmocka_unit_test(test_saturated),
		cmocka_unit_test(test_mixed_and_message),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_no_io_and_partial_bins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
