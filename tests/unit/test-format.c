// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The forms for other programs: what a reader of each would stumble over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "reports/format.h"

/* One figure worse, one better, one unproven, with names that need escaping. */
struct fixture {
	double base[3][6], new[3][6];
	struct db_series b[3], n[3];
	struct judgement j;
};

static void fill(struct fixture *f, size_t i, const char *workload, const char *metric, double base,
		 double new, double step)
{
	for (size_t k = 0; k < 6; k++) {
		f->base[i][k] = base + step * (double)k;
		f->new[i][k] = new + step *(double)k;
	}
	f->b[i] = (struct db_series){ .workload = (char *)workload,
				      .title = (char *)"a title",
				      .metric = (char *)metric,
				      .unit = (char *)"1/s",
				      .better = BETTER_HIGHER,
				      .headline = true,
				      .values = f->base[i],
				      .count = 6 };
	f->n[i] = f->b[i];
	f->n[i].values = f->new[i];
}

static void setup(struct fixture *f)
{
	*f = (struct fixture){ 0 };
	fill(f, 0, "w <1>", "a\"b,c", 1000, 900, 1);
	fill(f, 1, "w <1>", "fine & good", 1000, 1100, 1);
	fill(f, 2, "x #2", "noisy", 1000, 1001, 50);
	f->j.base = (struct db_side){ .session = (char *)"S",
				      .spec = (char *)"linux-6.1",
				      .source = (char *)"linux",
				      .series = (char *)"",
				      .release = (char *)"6.1",
				      .target = (char *)"kvm",
				      .clock = (char *)"wall",
				      .runs = 18 };
	f->j.new = f->j.base;
	f->j.new.spec = (char *)"linux-6.1+a\tpatch";
	f->j.base_metrics = (struct db_metrics){ f->b, 3 };
	f->j.new_metrics = (struct db_metrics){ f->n, 3 };
	assert_int_equal(judgement_compare(&f->j, -1), 0);
}

static void teardown(struct fixture *f)
{
	free(f->j.items);
	strvec_release(&f->j.warnings);
}

/* A new string. */
static char *write_as(const struct judgement *list, size_t count, const char *format)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(format_find(format)(out, list, count, false), 0);
	fclose(out);
	return text;
}

static void expect(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void every_name_is_a_format(void **state)
{
	struct strvec names = STRVEC_INIT;

	(void)state;
	strvec_split(&names, FORMAT_CHOICES, "|");
	assert_int_equal(names.count, 8);
	for (size_t i = 0; i < names.count; i++)
		assert_int_equal(format_find(names.items[i]) != NULL,
				 strcmp(names.items[i], "html") != 0);
	assert_null(format_find("xml"));
	strvec_release(&names);
}

static void csv_quotes_what_needs_it(void **state)
{
	struct fixture f;
	char *text;
	size_t lines = 0;

	(void)state;
	setup(&f);
	text = write_as(&f.j, 1, "csv");
	expect(text, ",w <1>,\"a\"\"b,c\",1/s,higher,yes,1002.5,902.5,");
	expect(text, ",6,6,worse,0\r\n");
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 4);
	free(text);
	teardown(&f);
}

static void junit_passes_its_schema(void **state)
{
	char *argv[] = { (char *)"xmllint",
			 (char *)"--noout",
			 (char *)"--schema",
			 (char *)"tests/data/junit.xsd",
			 (char *)"/tmp/kab-test-format-XXXXXX",
			 NULL };
	struct judgement two[2];
	char path[] = "/tmp/kab-test-format-XXXXXX";
	struct strbuf out = STRBUF_INIT, err = STRBUF_INIT;
	struct fixture f;
	char *text;
	int fd;

	(void)state;
	setup(&f);
	f.j.new.failed_runs = 1;
	two[0] = two[1] = f.j;
	text = write_as(two, 2, "junit");
	expect(text, "<testsuites name=\"kab\" tests=\"8\" failures=\"2\" errors=\"2\" "
		     "skipped=\"2\">");
	expect(text, "<testcase classname=\"w &lt;1&gt;\" name=\"a&quot;b,c\">\n\t\t\t<failure "
		     "type=\"worse\" message=\"The boots point to ");
	if (proc_available("xmllint")) {
		fd = mkstemp(path);
		assert_true(fd >= 0);
		close(fd);
		assert_int_equal(file_write_str(path, text), 0);
		argv[4] = path;
		if (proc_capture(argv, &out, &err, 10000) != 0)
			fail_msg("%s", err.data);
		unlink(path);
	}
	strbuf_release(&out);
	strbuf_release(&err);
	free(text);
	teardown(&f);
}

static void ktap_has_plans_and_directives(void **state)
{
	struct fixture f;
	char *text;

	(void)state;
	setup(&f);
	text = write_as(&f.j, 1, "ktap");
	assert_int_equal(strncmp(text, "KTAP version 1\n1..1\n  KTAP version 1\n  # Subtest: ", 50),
			 0);
	expect(text, "\n  1..3\n");
	expect(text, "\n  not ok 1 w <1>.a\"b,c\n");
	expect(text, "\n  ok 2 w <1>.fine & good\n");
	expect(text, "\n  ok 3 x _2.noisy # SKIP unproven\n");
	expect(text, "\nnot ok 1 linux-6.1+a_patch\n");
	free(text);
	teardown(&f);
}

/* The rules of benchfmt for a line that begins with "Benchmark", or with a key. */
static void check_benchstat_line(char *line)
{
	struct strvec words = STRVEC_INIT;

	strvec_split(&words, line, " ");
	if (!strncmp(line, "Benchmark", 9)) {
		assert_int_equal(words.count, 4);
		assert_false(line[9] >= 'a' && line[9] <= 'z');
		assert_string_equal(words.items[1], "1");
		assert_true(strtod(words.items[2], NULL) > 0);
	} else if (!strncmp(line, "Unit ", 5)) {
		assert_int_equal(words.count, 3);
	} else if (*line) {
		const char *colon = strchr(line, ':');

		assert_true(line[0] >= 'a' && line[0] <= 'z' && colon);
		assert_int_equal(strspn(line, "abcdefghijklmnopqrstuvwxyz"), colon - line);
	}
	strvec_release(&words);
}

static void benchstat_keeps_to_the_rules(void **state)
{
	struct strvec lines = STRVEC_INIT;
	struct fixture f;
	size_t results = 0;
	char *text;

	(void)state;
	setup(&f);
	f.j.items[1].metric = "with_blank";
	text = write_as(&f.j, 1, "benchstat");
	expect(text, "\nkernel: linux-6.1\n\nBenchmarkKab/workload=w_<1> 1 1000 a\"b,c\n");
	expect(text, "\nkernel: linux-6.1+a_patch\n\n");
	expect(text, "\nUnit noisy better=higher\n");
	assert_null(strstr(text, "assume=exact"));
	strvec_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.count; i++) {
		check_benchstat_line(lines.items[i]);
		results += !strncmp(lines.items[i], "Benchmark", 9);
	}
	assert_int_equal(results, 36);
	strvec_release(&lines);
	free(text);
	teardown(&f);
}

static void mail_has_72_columns(void **state)
{
	struct strvec lines = STRVEC_INIT;
	struct fixture f;
	char *text;

	(void)state;
	setup(&f);
	text = write_as(&f.j, 1, "email");
	strvec_split(&lines, text, "\n");
	assert_true(lines.count > 10);
	for (size_t i = 0; i < lines.count; i++)
		assert_in_range(strlen(lines.items[i]), 0, 72);
	assert_null(strchr(text, '\033'));
	strvec_release(&lines);
	free(text);
	teardown(&f);
}

static void a_full_disk_is_an_error(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "csv", "junit", "ktap" };
		FILE *out = fopen("/dev/full", "w");

		assert_non_null(out);
		assert_int_equal(format_find(names[i])(out, &f.j, 1, false), -1);
		fclose(out);
	}
	teardown(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_is_a_format),
		cmocka_unit_test(csv_quotes_what_needs_it),
		cmocka_unit_test(junit_passes_its_schema),
		cmocka_unit_test(ktap_has_plans_and_directives),
		cmocka_unit_test(benchstat_keeps_to_the_rules),
		cmocka_unit_test(mail_has_72_columns),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
