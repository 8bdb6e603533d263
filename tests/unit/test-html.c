// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Escaping, and the page as a whole: it shows what it must, nothing in the data becomes markup or
 * a gnuplot command, and every file that it names is there. All figures are invented.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/strvec.h"
#include "reports/gnuplot.h"
#include "reports/html.h"
#include "reports/reports.h"

#define HOSTILE \
	"<script>alert('1')</script> \"&\" `touch pwned` $(id) \033[31m\n'; system('touch pwned') #"

/* --- escaping ---------------------------------------------------------------------------------- */

static void text_is_escaped(void **state)
{
	struct html h = HTML_INIT;

	(void)state;
	html_text(&h, "<b> & \"q\" 'a' µ\t\n");
	assert_string_equal(h.out.data, "&lt;b&gt; &amp; &quot;q&quot; &#39;a&#39; µ\t\n");
	html_release(&h);
}

static void broken_utf8_is_replaced(void **state)
{
	/* A lone continuation, an overlong '/', a surrogate, a cut sequence, a control character. */
	static const char *const bad[] = { "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x82", "\x1b" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct html h = HTML_INIT;

		html_text(&h, bad[i]);
		assert_int_equal(strncmp(h.out.data, "\xef\xbf\xbd", 3), 0);
		assert_null(strstr(h.out.data, bad[i]));
		html_release(&h);
	}
}

static void attributes_are_escaped(void **state)
{
	struct html h = HTML_INIT;

	(void)state;
	html_open(&h, "p", "title", "\"><script>", "class", NULL);
	html_close(&h, "p");
	assert_string_equal(h.out.data, "<p title=\"&quot;&gt;&lt;script&gt;\"></p>\n");
	html_release(&h);
}

static void urls_stay_below_the_page(void **state)
{
	static const struct {
		const char *url, *attribute;
	} cases[] = {
		{ "javascript:alert(1)", "<a href=\"javascript%3Aalert%281%29\">" },
		{ "//host/x", "<a href=\"%2F/host/x\">" },
		{ "https://host/", "<a href=\"https%3A//host/\">" },
		{ "a b\".png", "<a href=\"a%20b%22.png\">" },
		{ "#part-1", "<a href=\"#part-1\">" },
		{ "dmcrypt-1m-write_clat.svg", "<a href=\"dmcrypt-1m-write_clat.svg\">" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct html h = HTML_INIT;

		html_open(&h, "a", "href", cases[i].url);
		assert_string_equal(h.out.data, cases[i].attribute);
		html_release(&h);
	}
}

static void gnuplot_strings_are_inert(void **state)
{
	struct strbuf s = STRBUF_INIT;

	(void)state;
	gnuplot_string(&s, "it's `touch x` @macro \"q\" \n quit");
	assert_string_equal(s.data, "'it''s `touch x` @macro \"q\"   quit'");
	strbuf_release(&s);
}

static void file_names_are_plain(void **state)
{
	char *stem = gnuplot_stem("../a b/ü", "write_clat-cdf");

	(void)state;
	assert_string_equal(stem, "_2e._2fa_20b_2f_c3_bc-write_clat-cdf");
	free(stem);
}

/* --- a page ------------------------------------------------------------------------------------ */

struct fixture {
	char *dir;
	double values[8];
	uint64_t ns[3], counts[3];
	struct db_series series[2][4];
	struct db_histogram histograms[2][2];
	struct db_fact facts[2][2];
	struct db_finding finding;
	struct comparison items[4];
	struct judgement j;
};

static struct db_series series(const char *workload, const char *metric, double *value)
{
	return (struct db_series){
		.workload = (char *)workload,
		.title = (char *)"TEST DATA: encrypted ramdisk, 1 MiB writes",
		.metric = (char *)metric,
		.unit = (char *)(strstr(metric, "_ns") ? "ns" : "1/s"),
		.better = strstr(metric, "_ns") ? BETTER_LOWER : BETTER_HIGHER,
		.headline = !strcmp(metric, "write_iops"),
		.values = value,
		.count = 1,
	};
}

static void fill_side(struct fixture *f, int s, struct db_metrics *metrics,
		      struct db_histograms *histograms)
{
	static const char *const kinds[] = { "write_slat", "write_clat" };

	f->series[s][0] = series("dmcrypt-1m", "write_iops", &f->values[s]);
	f->series[s][1] = series("dmcrypt-1m", "write_slat_mean_ns", &f->values[2 + s]);
	f->series[s][2] = series(HOSTILE, "write_iops", &f->values[s]);
	for (int k = 0; k < 2; k++)
		f->histograms[s][k] = (struct db_histogram){
			.workload = (char *)"dmcrypt-1m",
			.kind = (char *)kinds[k],
			.ns = f->ns,
			.counts = f->counts,
			.count = 3,
		};
	*metrics = (struct db_metrics){ f->series[s], 3 };
	*histograms = (struct db_histograms){ f->histograms[s], 2 };
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct db_side side = {
		.session = (char *)"TEST-SESSION",
		.kernel_id = (char *)"base-identity",
		.spec = (char *)"linux-6.1",
		.release = (char *)"6.1.192",
		.image_sha256 = (char *)"base-image-hash",
		.config_sha256 = (char *)"config-hash",
		.compiler = (char *)"gcc 12.2.0",
		.source = (char *)"linux-6.1 (6.1.192-2)",
		.series = (char *)"",
		.target = (char *)"det",
		.clock = (char *)"instruction",
		.plan = (char *)"TEST DATA",
		.started = (char *)"2026-11-20T19:00:00Z",
		.runs = 1,
	};
	const double values[] = { 1301.2, 1402.2, 765710, 710770 };
	const uint64_t ns[] = { 700000, 800000, 9000000 }, counts[] = { 10, 80, 10 };

	memcpy(f->values, values, sizeof(values));
	memcpy(f->ns, ns, sizeof(ns));
	memcpy(f->counts, counts, sizeof(counts));
	f->j.base = f->j.new = side;
	f->j.new.arm = 1;
	f->j.new.spec = (char *)HOSTILE;
	fill_side(f, 0, &f->j.base_metrics, &f->j.base_histograms);
	fill_side(f, 1, &f->j.new_metrics, &f->j.new_histograms);
	f->facts[0][0] = (struct db_fact){ (char *)"common", (char *)"common-value" };
	f->facts[0][1] = (struct db_fact){ (char *)"differs", (char *)"value-of-base" };
	f->facts[1][0] = f->facts[0][0];
	f->facts[1][1] = (struct db_fact){ (char *)"differs", (char *)HOSTILE };
	f->j.base_facts = (struct db_facts){ f->facts[0], 2 };
	f->j.new_facts = (struct db_facts){ f->facts[1], 2 };
	f->finding = (struct db_finding){ (char *)"TEST-SESSION/001", (char *)"dmcrypt-1m",
					  (char *)"oops", SEVERITY_FAILURE, (char *)HOSTILE };
	f->j.new_findings = (struct db_findings){ &f->finding, 1 };
	if (judgement_compare(&f->j, -1) < 0)
		return -1;
	f->dir = xstrdup("/tmp/kab-test-html-XXXXXX");
	*state = f;
	return mkdtemp(f->dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	free(f->j.items);
	strvec_release(&f->j.warnings);
	dir_remove(f->dir);
	free(f->dir);
	free(f);
	return 0;
}

static char *read_page(const struct fixture *f)
{
	char *path = xasprintf("%s/index.html", f->dir);
	struct strbuf text = STRBUF_INIT;

	assert_int_equal(file_read(path, &text), 0);
	free(path);
	return strbuf_detach(&text);
}

static void has(const char *page, const char *what)
{
	if (!strstr(page, what))
		fail_msg("the page lacks: %s", what);
}

static void page_shows_everything(void **state)
{
	struct fixture *f = *state;
	char *page;

	assert_int_equal(report_html(f->dir, &f->j, 1), 0);
	page = read_page(f);
	has(page, "+7.76\u00a0%");
	has(page, "✓ better");
	has(page, "1301.2/s");
	has(page, "765.71\u00a0µs");
	has(page, "exact");
	has(page, "instruction clock");
	has(page, "base-image-hash");
	has(page, "base-identity");
	has(page, "gcc 12.2.0");
	has(page, "common-value");
	has(page, "value-of-base");
	has(page, "TEST-SESSION/001");
	has(page, "kab compare linux-6.1 ");
	has(page, "--workload dmcrypt-1m");
	has(page, "prefers-color-scheme: dark");
	has(page, "name=\"viewport\"");
	free(page);
}

static void page_is_inert_and_self_contained(void **state)
{
	struct fixture *f = *state;
	static const char *const banned[] = { "http:",	 "https:",  "javascript:",
					      "\033",	 "onclick", "@import",
					      "<iframe", "<link",   NULL };
	char *page;

	assert_int_equal(report_html(f->dir, &f->j, 1), 0);
	page = read_page(f);
	for (size_t i = 0; banned[i]; i++)
		if (strstr(page, banned[i]))
			fail_msg("the page has: %s", banned[i]);
	has(page, "&lt;script&gt;");
	/* No other script than the page's own, which the policy names by its hash. */
	assert_ptr_equal(strstr(page, "<script"), strstr(page, "<script>(() => {"));
	assert_null(strstr(strstr(page, "<script") + 1, "<script"));
	has(page, "Content-Security-Policy");
	has(page, "script-src &#39;sha256-");
	assert_int_equal(access("pwned", F_OK), -1);
	free(page);
}

/* Every src, srcset and href but the anchors is a file in the folder, and nothing else is left. */
static void every_picture_is_there(void **state)
{
	struct fixture *f = *state;
	struct strvec names = STRVEC_INIT;
	size_t pictures = 0;
	char *page;

	if (!proc_available("gnuplot"))
		skip();
	assert_int_equal(report_html(f->dir, &f->j, 1), 0);
	page = read_page(f);
	for (char *p = page; (p = strstr(p, "src=\"")); pictures++) {
		char *name = p + strlen("src=\"");
		char *path;

		p = strchr(name, '"');
		*p++ = '\0';
		path = xasprintf("%s/%s", f->dir, name);
		assert_true(file_size(path) > 1000);
		free(path);
		has(p, "alt=\"");
	}
	/* Rates and differences of two workloads, percentiles and distributions of two kinds. */
	assert_int_equal(pictures, 2 + 2 + 2 * 2);
	assert_int_equal(dir_list(f->dir, &names), 0);
	assert_int_equal(names.count, 1 + pictures * GNUPLOT_FORMATS);
	assert_true(strvec_has(&names, "dmcrypt-1m-write_clat-cdf.svg"));
	assert_true(strvec_has(&names, "dmcrypt-1m-write_clat-cdf-dark.svg"));
	assert_true(strvec_has(&names, "dmcrypt-1m-write_clat-cdf.png"));
	strvec_release(&names);
	free(page);
}

static void page_without_gnuplot(void **state)
{
	struct fixture *f = *state;
	struct strvec names = STRVEC_INIT;
	char *path = xstrdup(getenv("PATH"));
	char *page;

	assert_int_equal(setenv("PATH", f->dir, 1), 0);
	assert_int_equal(report_html(f->dir, &f->j, 1), 0);
	assert_int_equal(setenv("PATH", path, 1), 0);
	page = read_page(f);
	assert_null(strstr(page, "<img"));
	has(page, "+7.76\u00a0%");
	assert_int_equal(dir_list(f->dir, &names), 0);
	assert_int_equal(names.count, 1);
	strvec_release(&names);
	free(page);
	free(path);
}

/* A gnuplot that fails costs the pictures, not the page. */
static void page_with_a_failing_gnuplot(void **state)
{
	struct fixture *f = *state;
	char *program = xasprintf("%s/bin/gnuplot", f->dir), *bin = xasprintf("%s/bin", f->dir);
	char *site = xasprintf("%s/site", f->dir), *index = xasprintf("%s/site/index.html", f->dir);
	char *path = xstrdup(getenv("PATH"));
	const char script[] = "#!/bin/sh\necho no terminal >&2\nexit 3\n";

	assert_int_equal(dir_make(bin), 0);
	assert_int_equal(file_write_str(program, script), 0);
	assert_int_equal(chmod(program, 0755), 0);
	assert_int_equal(setenv("PATH", bin, 1), 0);
	assert_int_equal(report_html(site, &f->j, 1), 0);
	assert_int_equal(setenv("PATH", path, 1), 0);
	assert_true(file_exists(index));
	free(program);
	free(bin);
	free(site);
	free(index);
	free(path);
}

static void several_kernels_share_a_page(void **state)
{
	struct fixture *f = *state;
	struct judgement list[2] = { f->j, f->j };
	char *page;

	list[0].new.spec = (char *)"linux-6.1+one";
	list[1].new.spec = (char *)"linux-6.1"; /* against itself */
	assert_int_equal(report_html(f->dir, list, 2), 0);
	page = read_page(f);
	has(page, "2 kernels against linux-6.1");
	has(page, "linux-6.1+one is better than linux-6.1");
	has(page, "linux-6.1 (kernel 3) against linux-6.1");
	free(page);
}

static void a_wrong_folder_is_an_error(void **state)
{
	struct fixture *f = *state;
	char *file = xasprintf("%s/file", f->dir);

	assert_int_equal(file_write_str(file, "x"), 0);
	assert_int_equal(report_html(file, &f->j, 1), -1);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(broken_utf8_is_replaced),
		cmocka_unit_test(attributes_are_escaped),
		cmocka_unit_test(urls_stay_below_the_page),
		cmocka_unit_test(gnuplot_strings_are_inert),
		cmocka_unit_test(file_names_are_plain),
		cmocka_unit_test_setup_teardown(page_shows_everything, set_up, tear_down),
		cmocka_unit_test_setup_teardown(page_is_inert_and_self_contained, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(every_picture_is_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(page_without_gnuplot, set_up, tear_down),
		cmocka_unit_test_setup_teardown(page_with_a_failing_gnuplot, set_up, tear_down),
		cmocka_unit_test_setup_teardown(several_kernels_share_a_page, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_wrong_folder_is_an_error, set_up, tear_down),
	};

	log_level_set(LOG_QUIET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
