// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table for people: what it says, that it fits in 80 columns of ASCII, and that nothing from a
 * guest steers the terminal. The figures are invented.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reports/format.h"
#include "reports/units.h"

#define SIDE(name, which)                                                                      \
	{                                                                                      \
		.session = (char *)"20261120T190000Z-1a2b3c4d", .spec = (char *)(name),        \
		.release = (char *)"6.1.192", .source = (char *)"linux-6.1 (6.1.192-2)",       \
		.series = (char *)"", .target = (char *)"det", .clock = (char *)"instruction", \
		.runs = 2, .arm = (which)                                                      \
	}

static struct comparison items[] = {
	{ .workload = "dmcrypt-1m",
	  .title =
		  "encrypted ramdisk, 1 MiB sequential writes, a title that is too long for a line",
	  .metric = "write_iops",
	  .unit = "1/s",
	  .better = BETTER_HIGHER,
	  .headline = true,
	  .base = 1301.25,
	  .new = 1402.5,
	  .delta_pct = 7.78,
	  .ci_pct = { 7.78, 7.78 },
	  .n_base = 1,
	  .n_new = 1,
	  .verdict = VERDICT_BETTER },
	{ .workload = "dmcrypt-1m",
	  .title = "as above",
	  .metric = "write_slat_of_a_metric_with_a_long_name_mean_ns",
	  .unit = "ns",
	  .better = BETTER_LOWER,
	  .base = 765712.4,
	  .new = 710770,
	  .delta_pct = -7.175,
	  .ci_pct = { -7.25, -7.125 },
	  .n_base = 10,
	  .n_new = 9,
	  .verdict = VERDICT_BETTER },
	{ .workload = "dmcrypt-4k",
	  .title = "small writes",
	  .metric = "allocations",
	  .unit = "pages",
	  .better = BETTER_LOWER,
	  .headline = true,
	  .base = NAN,
	  .new = 131072,
	  .delta_pct = NAN,
	  .ci_pct = { NAN, NAN },
	  .n_base = 0,
	  .n_new = 1,
	  .verdict = VERDICT_UNPROVEN },
};

static struct db_finding found = {
	.run = (char *)"20261120T190000Z-1a2b3c4d/002",
	.workload = (char *)"dmcrypt-4k",
	.kind = (char *)"oops",
	.severity = SEVERITY_FAILURE,
	.message = (char *)"\033[2Jfirst line\nsecond line",
};

static struct judgement judgement = {
	.base = SIDE("linux-6.1", 0),
	.new = SIDE("linux-6.1+mempool-bulk", 1),
	.new_findings = { &found, 1 },
	.items = items,
	.count = 3,
	.threshold_pct = 0.3,
};

/* The report as a new string. */
static char *render(const struct judgement *j, bool all)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(format_text(out, j, 1, all), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_mail_safe(const char *text)
{
	size_t column = 0;

	for (const char *p = text; *p; p++) {
		assert_true(*p == '\n' || (*p >= ' ' && *p <= '~'));
		column = *p == '\n' ? 0 : column + 1;
		assert_true(column <= 80);
		assert_false(*p == ' ' && p[1] == '\n');
	}
}

static void headline_table(void **state)
{
	char *text = render(&judgement, false);

	(void)state;
	assert_mail_safe(text);
	assert_int_equal(strncmp(text, "linux-6.1+mempool-bulk is better than linux-6.1: ", 49), 0);
	assert_non_null(strstr(text, "dmcrypt-1m (n=1+1): encrypted ramdisk"));
	assert_non_null(
		strstr(text, " write_iops  ^  1301.2/s  1402.5/s  +7.78%     exact  better\n"));
	assert_non_null(strstr(text, "dmcrypt-4k (n=0+1): small writes\n"));
	assert_non_null(strstr(text, " allocations v         -    131072       -         -  ~\n"));
	assert_null(strstr(text, "write_slat"));
	assert_non_null(strstr(text, "clock      instruction"));
	assert_non_null(strstr(text, "same within 0.3%"));
	free(text);
}

static void all_metrics_fit_as_well(void **state)
{
	char *text = render(&judgement, true);

	(void)state;
	assert_mail_safe(text);
	/* A long name has its own line; other boots than those of the heading are named. */
	assert_non_null(
		strstr(text, "\n write_slat_of_a_metric_with_a_long_name_mean_ns (n=10+9)\n"));
	assert_non_null(strstr(text, "765.71 us 710.77 us"));
	assert_non_null(strstr(text, "[-7.25, -7.12] better\n"));
	free(text);
}

static void findings_do_not_steer_the_terminal(void **state)
{
	char *text = render(&judgement, false);

	(void)state;
	assert_null(strchr(text, '\033'));
	assert_non_null(strstr(text, "failure    linux-6.1+mempool-bulk: dmcrypt-4k: oops: "
				     "?[2Jfirst line second "));
	free(text);
}

static void warnings_are_shown(void **state)
{
	struct judgement j = judgement;
	char *text;

	(void)state;
	j.warnings = (struct strvec){ 0 };
	strvec_push(&j.warnings, "the instruction clock was not deterministic");
	text = render(&j, false);
	assert_non_null(strstr(text, "warning    the instruction clock was not deterministic\n"));
	strvec_release(&j.warnings);
	free(text);
}

static void nothing_to_show(void **state)
{
	struct judgement j = judgement;
	char *text;

	(void)state;
	j.count = 0;
	text = render(&j, true);
	assert_mail_safe(text);
	assert_int_equal(strncmp(text, "No headline figures", 19), 0);
	assert_non_null(strstr(text, "base       linux-6.1, Linux 6.1.192, 2 runs, 0 failed\n"));
	free(text);
}

static void a_full_disk_is_an_error(void **state)
{
	FILE *out = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(out);
	assert_int_equal(format_text(out, &judgement, 1, false), -1);
	fclose(out);
}

/* --- units ------------------------------------------------------------------------------------- */

static void figures_are_scaled(void **state)
{
	static const struct {
		const char *unit;
		double value;
		const char *ascii, *typographic;
	} cases[] = {
		{ "ns", 640, "640 ns", "640\u00a0ns" },
		{ "ns", 765712.4, "765.71 us", "765.71\u00a0µs" },
		{ "ns", 1.5e6, "1.500 ms", "1.500\u00a0ms" },
		{ "ns", 17.1e9, "17.10 s", "17.10\u00a0s" },
		{ "ns", -2000, "-2 us", "−2\u00a0µs" },
		{ "1/s", 1301.25, "1301.2/s", "1301.2/s" },
		{ "1/s", 176210, "176.21k/s", "176.21k/s" },
		{ "KiB/s", 1332480, "1.271 GiB/s", "1.271\u00a0GiB/s" },
		{ "KiB/s", 1000, "1000 KiB/s", "1000\u00a0KiB/s" },
		{ "pages", 131072, "131072 pages", "131072\u00a0pages" },
		{ "1", 0, "0", "0" },
		{ "ns", NAN, "-", "–" },
	};
	struct strbuf out = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strbuf_reset(&out);
		unit_format(&out, cases[i].unit, cases[i].value, UNIT_ASCII);
		assert_string_equal(out.data, cases[i].ascii);
		strbuf_reset(&out);
		unit_format(&out, cases[i].unit, cases[i].value, UNIT_TYPOGRAPHIC);
		assert_string_equal(out.data, cases[i].typographic);
	}
	strbuf_release(&out);
}

static void percentages_have_signs(void **state)
{
	static const struct {
		double pct;
		const char *ascii, *typographic;
	} cases[] = { { 7.7634, "+7.76%", "+7.76\u00a0%" },
		      { -0.006, "-0.01%", "−0.01\u00a0%" },
		      { -0.001, "<0.01%", "<0.01\u00a0%" },
		      { 0.0049, "<0.01%", "<0.01\u00a0%" },
		      { 1e-12, "<0.01%", "<0.01\u00a0%" },
		      { 0, "0%", "0\u00a0%" },
		      { -0.0, "0%", "0\u00a0%" },
		      { 12345.6, "+12346%", "+12346\u00a0%" },
		      { NAN, "-", "–" } };
	struct strbuf out = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strbuf_reset(&out);
		unit_format_pct(&out, cases[i].pct, UNIT_ASCII);
		assert_string_equal(out.data, cases[i].ascii);
		strbuf_reset(&out);
		unit_format_pct(&out, cases[i].pct, UNIT_TYPOGRAPHIC);
		assert_string_equal(out.data, cases[i].typographic);
	}
	strbuf_release(&out);
}

static void intervals_have_no_signed_zero(void **state)
{
	struct strbuf out = STRBUF_INIT;

	(void)state;
	unit_format_interval(&out, (const double[]){ -0.314, 7.7634 });
	unit_format_interval(&out, (const double[]){ -0.001, 0.004 });
	unit_format_interval(&out, (const double[]){ -0.006, 0 });
	assert_string_equal(out.data, "[-0.31, +7.76][0.00, 0.00][-0.01, 0.00]");
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headline_table),
		cmocka_unit_test(all_metrics_fit_as_well),
		cmocka_unit_test(findings_do_not_steer_the_terminal),
		cmocka_unit_test(warnings_are_shown),
		cmocka_unit_test(nothing_to_show),
		cmocka_unit_test(a_full_disk_is_an_error),
		cmocka_unit_test(figures_are_scaled),
		cmocka_unit_test(percentages_have_signs),
		cmocka_unit_test(intervals_have_no_signed_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
