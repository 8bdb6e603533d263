// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "sandbox.h"

#include "reports/publish-plan.h"

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void test_paths(void **state)
{
	static const char *const good[] = { "index.html", "a/b/c.png", "a b.svg", "%2e%2e/x",
					    "a..b",	  "~",	       "x:y",	  "\"'&<>" };
	static const char *const bad[] = { "",	       "/x",   "../x", "a/../b", "./a",	 "a//b",
					   "a/",       ".hid", "a/.b", "a\\b",	 "a\nb", "a\x7f",
					   "\xc3\xa9", "a/..", "..",   "." };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(publish_path_ok(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(publish_path_ok(bad[i]));
}

static void add_all(struct filelist *v, const char *const *paths, const char *hash)
{
	for (; *paths; paths++)
		filelist_add(v, *paths, hash);
	filelist_sort(v);
}

static char *order(const struct publish_plan *p)
{
	struct strbuf out = STRBUF_INIT;

	for (size_t i = 0; i < p->put_count; i++)
		strbuf_addf(&out, "%s ", p->put[i]->path);
	return strbuf_detach(&out);
}

/* Parts, pages, index pages from the deepest, feeds, and the front page last of all. */
static void test_order(void **state)
{
	static const char *const paths[] = { "index.html",
					     "zz/data.json",
					     "a.html",
					     "feed.atom",
					     "n/index.html",
					     "n/m/index.html",
					     "n/m/run.html",
					     "plot.svg",
					     "badge.svg",
					     "index.html.png",
					     NULL };
	struct filelist site = { 0 }, there = { 0 };
	struct publish_plan plan = { 0 };
	char *got;

	(void)state;
	add_all(&site, paths, HASH_A);
	publish_plan_make(&plan, &site, &there, false);
	got = order(&plan);
	assert_string_equal(got, "zz/data.json badge.svg index.html.png plot.svg n/m/run.html "
				 "a.html n/m/index.html n/index.html feed.atom index.html ");
	assert_int_equal(plan.remove.count, 0);
	free(got);
	publish_plan_release(&plan);
	filelist_release(&site);
}

static void test_difference(void **state)
{
	static const char *const same[] = { "a.png", "b.png", "index.html", NULL };
	struct filelist site = { 0 }, there = { 0 };
	struct publish_plan plan = { 0 };
	char *got;

	(void)state;
	add_all(&site, same, HASH_A);
	filelist_add(&there, "a.png", HASH_A);
	filelist_add(&there, "b.png", HASH_B);
	filelist_add(&there, "index.html", ""); /* was being put when something happened */
	filelist_add(&there, "old/x.png", HASH_A);
	filelist_sort(&there);
	publish_plan_make(&plan, &site, &there, false);
	got = order(&plan);
	assert_string_equal(got, "b.png index.html ");
	assert_int_equal(plan.remove.count, 1);
	assert_string_equal(plan.remove.items[0], "old/x.png");
	free(got);
	publish_plan_release(&plan);

	publish_plan_make(&plan, &site, &there, true);
	assert_int_equal(plan.put_count, 3);
	publish_plan_release(&plan);
	filelist_release(&site);
	filelist_release(&there);
}

static void test_manifest(void **state)
{
	struct filelist v = { .publisher = xstrdup("host 1"), .complete = true }, back = { 0 };
	struct strbuf text = STRBUF_INIT;

	(void)state;
	filelist_add(&v, "x/\"q\" & <b>.svg", HASH_A);
	filelist_add(&v, "index.html", "");
	filelist_sort(&v);
	filelist_format(&v, &text);
	assert_int_equal(filelist_parse(&back, "m", text.data, text.len), 0);
	assert_true(back.complete);
	assert_string_equal(back.publisher, "host 1");
	assert_int_equal(back.count, 2);
	assert_string_equal(filelist_find(&back, "x/\"q\" & <b>.svg")->hash.s, HASH_A);
	assert_string_equal(filelist_find(&back, "index.html")->hash.s, "");
	assert_null(filelist_find(&back, "x"));
	strbuf_release(&text);
	filelist_release(&v);
	filelist_release(&back);
}

/* It comes from a server, which may be anybody's. */
static void test_bad_manifest(void **state)
{
	static const struct {
		const char *files, *says;
	} bad[] = {
		{ "{\"../x\": null}", "not a path" },
		{ "{\"/etc/passwd\": null}", "not a path" },
		{ "{\"a\": \"abc\"}", "no hash" },
		{ "{\"a\": 7}", "no hash" },
		{ "{\"a\": \"" HASH_A "a\"}", "no hash" },
		{ "[]", "object" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *text = xasprintf("{\"format\": 1, \"publisher\": \"p\", \"complete\": true, "
				       "\"files\": %s}",
				       bad[i].files);
		struct filelist v = { 0 };
		struct capture c;
		char *said;
		int ret;

		capture_begin(&c, STDERR_FILENO);
		ret = filelist_parse(&v, "m", text, strlen(text));
		said = capture_end(&c);
		assert_int_equal(ret, -1);
		assert_non_null(strstr(said, bad[i].says));
		free(said);
		free(text);
		filelist_release(&v);
	}
}

static void test_scan(void **state)
{
	struct filelist v = { 0 };
	struct capture c;
	char *said;
	int ret;

	(void)state;
	put("site/a/b.png", "b");
	put("site/.plots-x/c.png", "c");
	capture_begin(&c, STDERR_FILENO);
	ret = filelist_scan(&v, "site");
	said = capture_end(&c);
	assert_int_equal(ret, -1);
	assert_non_null(strstr(said, "not a site"));
	free(said);
	filelist_release(&v);

	put("site/index.html", "front");
	assert_int_equal(filelist_scan(&v, "site"), 0);
	assert_int_equal(v.count, 2);
	assert_string_equal(v.items[0].path, "a/b.png");
	assert_string_equal(v.items[0].hash.s,
			    "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d");
	filelist_release(&v);

	put("site/" PUBLISH_MANIFEST, "{}");
	capture_begin(&c, STDERR_FILENO);
	ret = filelist_scan(&v, "site");
	said = capture_end(&c);
	assert_int_equal(ret, -1);
	assert_non_null(strstr(said, "own record"));
	free(said);
	filelist_release(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_difference),
		cmocka_unit_test(test_manifest),
		cmocka_unit_test(test_bad_manifest),
		cmocka_unit_test_setup_teardown(test_scan, sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
