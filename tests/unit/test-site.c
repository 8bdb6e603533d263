// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The site: of nights with holes it has every page, whose links all lead somewhere; only what
 * changed is written; names from outside neither leave the folder nor become markup.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/store.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "pages.h"
#include "reports/console.h"
#include "reports/folder.h"
#include "reports/reports.h"
#include "reports/table.h"

/* --- the folder -------------------------------------------------------------------------------- */

static struct hash_hex hash_of(const char *text)
{
	struct hash_hex hash;

	hash_buffer(text, strlen(text), &hash);
	return hash;
}

static void only_what_changed_is_written(void **state)
{
	const struct hash_hex one = hash_of("one"), two = hash_of("two");
	struct folder f;

	(void)state;
	put("site/foreign.txt", "not ours");
	assert_int_equal(folder_open(&f, "site"), 0);
	assert_false(folder_fresh(&f, "a", &one));
	folder_begin(&f, "a", &one);
	assert_int_equal(folder_write(&f, "sub/a.html", "A", 1), 0);
	assert_int_equal(folder_write(&f, "old.html", "O", 1), 0);
	folder_begin(&f, "b", &one);
	assert_int_equal(folder_write(&f, "b.html", "B", 1), 0);
	assert_int_equal(f.written, 3);
	assert_int_equal(folder_finish(&f), 0);
	folder_release(&f);

	assert_int_equal(folder_open(&f, "site"), 0);
	assert_true(folder_fresh(&f, "b", &one));
	assert_false(folder_fresh(&f, "a", &two));
	folder_begin(&f, "a", &two);
	assert_int_equal(folder_write(&f, "sub/a.html", "A", 1), 0);
	assert_int_equal(f.written, 0); /* the bytes are the same */
	assert_int_equal(folder_finish(&f), 0);
	folder_release(&f);
	assert_false(file_exists("site/old.html")); /* no longer part of the site */
	assert_true(file_exists("site/b.html"));
	assert_true(file_exists("site/foreign.txt"));

	/* A file that somebody removed comes back. */
	assert_int_equal(unlink("site/b.html"), 0);
	assert_int_equal(folder_open(&f, "site"), 0);
	assert_false(folder_fresh(&f, "b", &one));
	folder_release(&f);
}

static void a_part_without_a_fingerprint_keeps_its_files_apart(void **state)
{
	const struct hash_hex one = hash_of("one");
	struct folder f;

	(void)state;
	for (int round = 0; round < 3; round++) {
		assert_int_equal(folder_open(&f, "site"), 0);
		assert_int_equal(folder_fresh(&f, "a", &one), round > 0);
		if (round) {
			assert_int_equal(folder_files(&f, "a")->count, 1);
			assert_string_equal(folder_files(&f, "a")->items[0], "a.html");
		} else {
			folder_begin(&f, "a", &one);
			assert_int_equal(folder_write(&f, "a.html", "A", 1), 0);
		}
		folder_begin(&f, "always", NULL);
		assert_int_equal(folder_write(&f, round < 2 ? "old.html" : "new.html", "B", 1), 0);
		assert_int_equal(folder_finish(&f), 0);
		folder_release(&f);
		assert_int_equal(file_exists("site/old.html"), round < 2);
	}
}

static void a_forged_memory_removes_nothing(void **state)
{
	struct strbuf text = STRBUF_INIT;
	struct folder f;

	(void)state;
	put("precious", "x");
	assert_int_equal(folder_open(&f, "site"), 0);
	assert_int_equal(folder_finish(&f), 0);
	folder_release(&f);
	assert_int_equal(file_read("site/.kab-site", &text), 0);
	for (int i = 0; i < HASH_HEX_LEN; i++)
		strbuf_addch(&text, '0');
	strbuf_adds(&text, " part\n\t../precious\n\tsub/../../precious\n\t/etc/hostname\n");
	put("site/.kab-site", text.data);
	assert_int_equal(folder_open(&f, "site"), 0);
	assert_int_equal(f.known, 1);
	assert_int_equal(f.parts[0].files.count, 0);
	assert_int_equal(folder_finish(&f), 0);
	folder_release(&f);
	assert_true(file_exists("precious"));
	strbuf_release(&text);
}

/* --- tables ------------------------------------------------------------------------------------ */

static void tables_have_three_forms(void **state)
{
	static const struct table_column columns[] = { { "name", "name", true },
						       { "value", "value", false },
						       { NULL, "picture", false } };
	const struct hash_hex none = { { '0' } };
	struct strbuf csv = STRBUF_INIT, json = STRBUF_INIT;
	struct html h = HTML_INIT;
	struct folder f;
	struct table t;

	(void)state;
	table_init(&t, columns, 3);
	table_row(&t, NULL);
	table_text(&t, "a,\"b\"\n<i>");
	table_figure(&t, "ns", 1234.5);
	table_text(&t, NULL);
	table_row(&t, NULL);
	table_text(&t, "plain");
	table_figure(&t, "ns", NAN);
	table_text(&t, NULL);
	assert_int_equal(folder_open(&f, "site"), 0);
	folder_begin(&f, "t", &none);
	assert_int_equal(table_files(&f, &t, "data"), 0);
	folder_release(&f);
	assert_int_equal(file_read("site/data.csv", &csv), 0);
	assert_string_equal(csv.data, "name,value\r\n\"a,\"\"b\"\"\n<i>\",1234.5\r\nplain,\r\n");
	assert_int_equal(file_read("site/data.json", &json), 0);
	assert_non_null(strstr(json.data, "\"a,\\\"b\\\"\\n<i>\""));
	assert_non_null(strstr(json.data, "null"));
	table_html(&h, &t, "label", "data");
	assert_non_null(strstr(h.out.data, "&lt;i&gt;"));
	assert_non_null(strstr(h.out.data, "data-v=\"1234.5\""));
	assert_non_null(strstr(h.out.data, "href=\"data.csv\""));
	html_release(&h);
	table_release(&t);
	strbuf_release(&csv);
	strbuf_release(&json);
}

/* --- logs -------------------------------------------------------------------------------------- */

static void trouble_is_marked(void **state)
{
	struct strbuf log = STRBUF_INIT;
	struct html h = HTML_INIT;

	(void)state;
	strbuf_adds(&log, "booting <b>\n[ 1.0] BUG: unable to handle page fault\nrest\n");
	console_show(&h, &log, "console", "001/console.txt");
	assert_non_null(strstr(h.out.data, "href=\"#console-1\""));
	assert_non_null(strstr(h.out.data, "<mark id=\"console-1\">[ 1.0] BUG:"));
	assert_non_null(strstr(h.out.data, "booting &lt;b&gt;"));
	assert_null(strstr(h.out.data, "console-2"));
	html_release(&h);

	/* Of a long one the two ends; a byte 0 ends nothing. */
	for (int i = 0; i < 40000; i++)
		strbuf_addf(&log, "line %d <>\n", i);
	strbuf_add(&log, "\0\n", 2);
	strbuf_adds(&log, "Kernel panic - not syncing\n");
	console_show(&h, &log, "console", "whole.txt");
	assert_true(h.out.len < PAGE_MAX);
	assert_non_null(strstr(h.out.data, "are left out here"));
	assert_non_null(strstr(h.out.data, "<mark id=\"console-2\">Kernel panic"));
	assert_non_null(strstr(h.out.data, "line 0 "));
	assert_non_null(strstr(h.out.data, "line 39999 "));
	html_release(&h);
	strbuf_release(&log);
}

/* --- a site ------------------------------------------------------------------------------------ */

#define YEAR 336 /* nights, of 28 a month */

struct night {
	int number; /* from the beginning of 2026 on; negative ones are of 2025 */
	const char *spec, *workload, *plan;
	double value;
	bool failed, late; /* no figures; a metric that came later */
};

static void store_arm(struct db *db, const struct night *n, int64_t arm)
{
	static int64_t bases[] = { 0 };
	struct rundir_workload workload = { .name = (char *)n->workload,
					    .title = (char *)"a title",
					    .bases = arm ? bases : NULL,
					    .base_count = arm ? 1 : 0 };
	struct observations o = { 0 };
	int year = n->number < 0 ? 2025 : 2026, day = n->number < 0 ? n->number + YEAR : n->number;
	char *session = xasprintf("%d%02d%02dT010000Z-abc", year, 1 + day / 28, 1 + day % 28);
	struct rundir run = { .path = (char *)"run",
			      .id = xasprintf("%s/%03d", session, (int)arm + 1),
			      .session = session,
			      .plan = (char *)n->plan,
			      .started = xasprintf("%d-%02d-%02dT01:00:0%dZ", year, 1 + day / 28,
						   1 + day % 28, (int)arm),
			      .target = (char *)"det",
			      .clock = (char *)"instruction",
			      .arm = arm,
			      .boot = 1,
			      .kernel_spec = (char *)(arm ? n->spec : "linux"),
			      .kernel_id = (char *)(arm ? "bbbb" : "aaaa"),
			      .kernel_release = (char *)"6.1",
			      .image_sha256 = (char *)"image",
			      .config_sha256 = (char *)"config",
			      .compiler = (char *)"gcc",
			      .source = (char *)"linux",
			      .series = (char *)(arm ? "a-series" : ""),
			      .workloads = &workload,
			      .workload_count = 1 };

	/* As of a series by mail. */
	if (arm && strstr(n->spec, "lore:")) {
		observe_fact(&o, "series.1.title", "[PATCH v3 0/1] pool: <bulk>");
		observe_fact(&o, "series.1.author", "A Developer");
		observe_fact(&o, "series.1.date", "2026-01-01");
		observe_fact(&o, "series.1.link", "https://lore.example/r/1");
		observe_fact(&o, "series.1.patch.001", "pool: take many at once");
	}
	if (n->failed && arm)
		observe_finding(&o, n->workload, "panic", SEVERITY_FAILURE, "%s", n->spec);
	observe_sample(&o, n->workload, "write_iops", "1/s", BETTER_HIGHER, arm ? n->value : 1000);
	o.samples[0].headline = true;
	observe_sample(&o, n->workload, "vm_pgfault", "1", BETTER_LOWER, 5);
	if (n->late)
		observe_sample(&o, n->workload, "write_lat_p99_ns", "ns", BETTER_LOWER, 77);
	assert_int_equal(db_store_run(db, &run, &o), 0);
	observations_release(&o);
	free(run.id);
	free(run.started);
	free(session);
}

static void store_nights(int from, int to, const char *spec, const char *workload, const char *plan)
{
	struct db *db = db_open("kab.db");

	assert_non_null(db);
	for (int i = from; i < to; i++) {
		const struct night n = { i,	  spec,	 workload, plan, i < 20 ? 1100 : 1200,
					 i == 30, i > 25 };

		store_arm(db, &n, 0);
		store_arm(db, &n, 1);
	}
	db_close(db);
}

static void pages_of_nights_with_holes(void **state)
{
	static const char *const dir = "site/sessions/20260205T010000Z-abc";
	char *runs = xasprintf("%s/runs/002.html", dir);
	char *list = xasprintf("%s/index.html", dir);

	(void)state;
	store_nights(0, 33, "linux+x", "w", "nightly");
	render("data"); /* in which there are no run directories */
	check_site();
	/* Three sessions of two runs, their lists, the two kernels; five groups and kinds. */
	assert_true(pages > 15);
	has("site/index.html", "+20.00\u00a0%");
	has("site/trends/nightly/w-rates.html", "failed");
	has("site/trends/nightly/w-rates.html", "2026-01-21");
	has("site/trends/nightly/w-lat.html", "since 2026-01-27");
	has("site/trends/nightly/w-rates.csv", "started,session,kernel,write_iops\r\n");
	has("site/kernels/bbbb.html", "not in the cache any more");
	has("site/kernels/aaaa.html", "None: the source as it is.");
	has(list, "linux+x");
	has(runs, "Raw files were pruned");
	/* The night in which the run failed has left the newest three; its trend says so. */
	has("site/changes.atom", "<feed xmlns=\"http://www.w3.org/2005/Atom\">");
	has("site/changes.atom", "better: w write_iops +9.09");
	has("site/badges/nightly-linux_2bx-w.svg", "+20.00\u00a0%");
	free(runs);
	free(list);
}

static void kernels_say_what_is_known_of_their_series(void **state)
{
	(void)state;
	store_nights(0, 2, "linux+lore:1@example", "w", "nightly");
	render(NULL);
	check_site();
	has("site/kernels/bbbb.html", "[PATCH v3 0/1] pool: &lt;bulk&gt;");
	has("site/kernels/bbbb.html", "https://lore.example/r/1");
	has("site/kernels/bbbb.html", "pool: take many at once");
	has("site/kernels/bbbb.html", "A Developer");
	/* One that nobody told of: a folder that is elsewhere. */
	store_nights(2, 4, "linux+x", "w", "nightly");
	render(NULL);
	has("site/kernels/bbbb.html", "not among those that kab knows by name");
	has("site/kernels/aaaa.html", "None: the source as it is.");
}

static void raw_files_are_copied_and_stay(void **state)
{
	static const char run[] = "data/sessions/20260205T010000Z-abc/runs/002";
	static const char page[] = "site/sessions/20260205T010000Z-abc/runs/002.html";
	char *path = xasprintf("%s/console.log", run);

	(void)state;
	store_nights(0, 33, "linux+x", "w", "nightly");
	put(path, "Linux\n[ 2.0] WARNING: CPU: 0 PID: 1 at mm/x.c\n");
	free(path);
	path = xasprintf("%s/outcome.json", run);
	put(path, "{\"outcome\": \"ok\", \"wall_ms\": 8123, \"first_record_ms\": 2310}");
	free(path);
	path = xasprintf("%s/files/w/window", run);
	put(path, "1000000 5000000 0");
	free(path);
	render("data");
	check_site();
	has(page, "<mark id=\"console-1\">");
	has(page, "8.123\u00a0s");
	has("site/sessions/20260205T010000Z-abc/runs/002-figures.csv",
	    "workload,metric,value,unit\r\nw,");
	has("site/sessions/20260205T010000Z-abc/runs/002/console.log.txt", "Linux");

	assert_int_equal(dir_remove("data/sessions"), 0);
	render("data");
	check_site();
	has(page, "Raw files were pruned");
	has(page, "<mark id=\"console-1\">");
	has("site/sessions/20260205T010000Z-abc/runs/002/console.log.txt", "Linux");
}

static void a_second_rendering_writes_nothing(void **state)
{
	struct site_summary again;
	char *feed, *later;

	(void)state;
	store_nights(0, 33, "linux+x", "w", "nightly");
	assert_true(render(NULL).files > 20);
	again = render(NULL);
	assert_int_equal(again.files, 0);
	feed = read_page("site/changes.atom");
	store_nights(33, 34, "linux+x", "w", "nightly");
	render(NULL);
	check_site();
	/* The oldest of the three sessions made room. */
	assert_false(file_exists("site/sessions/20260203T010000Z-abc/index.html"));
	assert_true(file_exists("site/sessions/20260206T010000Z-abc/index.html"));
	/* An entry keeps its id. */
	later = read_page("site/changes.atom");
	assert_string_equal(strstr(feed, "<entry>"), strstr(later, "<entry>"));
	free(feed);
	free(later);
}

static void a_year_that_is_over_changes_when_its_nights_do(void **state)
{
	static const char csv[] = "site/trends/nightly/w-rates-2025.csv";
	const struct night corrected = { -YEAR + 5, "linux+x", "w", "nightly", 1317, false, false };
	const struct night other = { -YEAR + 6, "linux+x", "z", "nightly", 5, false, false };
	struct db *db;

	(void)state;
	store_nights(-YEAR, 60, "linux+x", "w", "nightly");
	render(NULL);
	check_site();
	assert_int_equal(count_of(csv, "linux+x,1100"), YEAR);
	assert_int_equal(render(NULL).files, 0);
	/* A night more leaves it alone, and still knows that it is there. */
	store_nights(60, 61, "linux+x", "w", "nightly");
	render(NULL);
	check_site();
	has("site/trends/nightly/w-rates.html", "w-rates-2025.html");

	db = db_open("kab.db");
	assert_non_null(db);
	store_arm(db, &corrected, 1);
	db_close(db);
	render(NULL);
	assert_int_equal(count_of(csv, "linux+x,1317"), 1);
	assert_int_equal(count_of(csv, "linux+x,1100"), YEAR - 1);

	/* A workload of then has a page of then, to which the plan's page leads. */
	db = db_open("kab.db");
	assert_non_null(db);
	store_arm(db, &other, 1);
	db_close(db);
	render(NULL);
	check_site();
	assert_int_equal(count_of("site/trends/nightly/index.html", "\"z-rates-2025.html\""), 1);
	assert_true(file_exists("site/trends/nightly/z-rates-2025.html"));
	assert_false(file_exists("site/trends/nightly/z-rates.html"));
	assert_int_equal(render(NULL).files, 0);
}

static void hostile_names_stay_inside(void **state)
{
	static const char bad[] = "../../<b>bad\"'&\n\x80\x1b";
	char *longer = xcalloc(10001, 1);

	(void)state;
	memset(longer, 'x', 10000);
	store_nights(0, 3, bad, bad, bad);
	store_nights(3, 6, longer, longer, longer);
	render(NULL);
	check_site();
	assert_false(file_exists("bad"));
	assert_true(pages > 20);
	free(longer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, sandbox_setup, sandbox_teardown)
		TEST(only_what_changed_is_written),
		TEST(a_part_without_a_fingerprint_keeps_its_files_apart),
		TEST(a_forged_memory_removes_nothing),
		TEST(tables_have_three_forms),
		TEST(trouble_is_marked),
		TEST(pages_of_nights_with_holes),
		TEST(kernels_say_what_is_known_of_their_series),
		TEST(raw_files_are_copied_and_stay),
		TEST(a_second_rendering_writes_nothing),
		TEST(a_year_that_is_over_changes_when_its_nights_do),
		TEST(hostile_names_stay_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
