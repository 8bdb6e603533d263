// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/hash.h"
#include "runner/source/overlay.h"
#include "runner/source/series.h"
#include "sandbox.h"

#define DIFF(file, old, new) \
	"--- a/" file "\n+++ b/" file "\n@@ -1,3 +1,3 @@\n one\n-" old "\n+" new "\n three\n"

#define MAIL(subject, old, new)                                                   \
	"From: A <a@x>\nDate: Mon, 31 Oct 2022 10:00:00 +0100\nSubject: " subject \
	"\n\nwhy\n---\n" DIFF("mm/x.c", old, new) "-- \n2.39\n\n"

static char *identity(const char *name)
{
	struct hash_hex hex;
	struct series s;
	struct hash h;

	assert_int_equal(series_load(&s, name), 0);
	hash_init(&h);
	series_hash(&s, &h);
	hash_end(&h, &hex);
	series_release(&s);
	return xstrdup(hex.s);
}

/* What is said about a series that cannot be loaded; NULL when it can. */
static char *load_error(const char *name)
{
	struct capture c;
	struct series s;
	char *said;
	int result;

	capture_begin(&c, STDERR_FILENO);
	result = series_load(&s, name);
	said = capture_end(&c);
	if (result == -1)
		return said;
	series_release(&s);
	free(said);
	return NULL;
}

static void test_folder(void **state)
{
	struct series s;

	(void)state;
	put("q/series", "# a comment\n\n  a.patch   # why\nsub/b.patch -p0\n");
	put("q/a.patch", "text before\n" DIFF("mm/x.c", "two", "2"));
	put("q/sub/b.patch", "--- mm/y.c\n+++ mm/y.c\n@@ -1 +1 @@\n-a\n+b\n");
	assert_int_equal(series_load(&s, "./q/"), 0);
	assert_string_equal(s.name, "q");
	assert_int_equal(s.count, 2);
	assert_string_equal(s.patches[0].name, "a.patch");
	assert_int_equal(s.patches[0].strip, 1);
	assert_string_equal(s.patches[1].name, "sub/b.patch");
	assert_int_equal(s.patches[1].strip, 0);
	series_release(&s);

	assert_int_equal(series_load(&s, "mempool-bulk"), 0);
	assert_string_equal(s.name, "mempool-bulk");
	assert_int_equal(s.count, 1);
	series_release(&s);
}

/* By content and order; names and what surrounds them do not count. */
static void test_identity(void **state)
{
	char *ids[4];

	(void)state;
	put("a/series", "1\n2\n");
	put("b/series", "x\ny\n");
	put("c/series", "2\n1\n");
	put("d/series", "1\n2 -p0\n");
	for (const char *dir = "abcd"; *dir; dir++) {
		char path[16];

		snprintf(path, sizeof(path), "%c/%c", *dir, *dir == 'b' ? 'x' : '1');
		put(path, DIFF("mm/x.c", "two", "2"));
		snprintf(path, sizeof(path), "%c/%c", *dir, *dir == 'b' ? 'y' : '2');
		put(path, DIFF("mm/y.c", "two", "2"));
		snprintf(path, sizeof(path), "./%c", *dir);
		ids[dir[0] - 'a'] = identity(path);
	}
	assert_string_equal(ids[0], ids[1]);
	assert_string_not_equal(ids[0], ids[2]);
	assert_string_not_equal(ids[0], ids[3]);
	for (int i = 0; i < 4; i++)
		free(ids[i]);
}

/* The first patches of a series are what a series of just these is. */
static void test_prefix(void **state)
{
	char *whole, *one, *prefix;
	struct series s;

	(void)state;
	put("two/series", "1\n2\n");
	put("one/series", "1\n");
	put("two/1", DIFF("mm/x.c", "two", "2"));
	put("two/2", DIFF("mm/y.c", "two", "2"));
	put("one/1", DIFF("mm/x.c", "two", "2"));
	whole = identity("./two");
	one = identity("./one");
	prefix = identity("./two:1");
	assert_string_equal(prefix, one);
	assert_string_not_equal(prefix, whole);
	free(prefix);
	prefix = identity("./two/:2");
	assert_string_equal(prefix, whole);
	free(prefix);
	free(whole);
	free(one);

	assert_int_equal(series_load(&s, "./two:0"), 0);
	assert_int_equal(s.count, 0);
	assert_string_equal(s.name, "two:0");
	series_release(&s);

	/* What exists as it is written is no prefix. */
	put("two:1/series", "1\n2\n");
	put("two:1/1", DIFF("mm/x.c", "two", "2"));
	put("two:1/2", DIFF("mm/y.c", "two", "2"));
	assert_int_equal(series_load(&s, "./two:1"), 0);
	assert_int_equal(s.count, 2);
	series_release(&s);
}

static const char mbox[] =
	"From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
	"From: A <a@b.c>\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n"
	"Subject: [PATCH 0/1] cover letter\n\nOnly text.\n\n"
	"From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
	"From: A <a@b.c>\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n"
	"Subject: [PATCH 1/1] mm: x: count to two\n"
	"MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
	"Content-Transfer-Encoding: quoted-printable\n\n"
	"Why =C3=BC.\n---\n mm/x.c | 2 +-\n\n"
	"diff --git a/mm/x.c b/mm/x.c\n--- a/mm/x.c\n+++ b/mm/x.c\n@@ -1,3 +1,3 @@\n one\n-two\n"
	"+x =3D 2\n three\n--=20\n2.39\n\n";

static void test_mbox(void **state)
{
	struct series s;

	(void)state;
	put("x.mbox", mbox);
	assert_int_equal(series_load(&s, "./x.mbox"), 0);
	assert_int_equal(s.count, 1);
	assert_string_equal(s.patches[0].name, "mm: x: count to two");
	assert_non_null(strstr(s.patches[0].text.data, "\n+x = 2\n"));
	series_release(&s);
}

static void test_files(void **state)
{
	struct strvec files = STRVEC_INIT;
	struct series s;

	(void)state;
	put("x.patch",
	    DIFF("mm/x.c", "-- a/not/this",
		 "++ b/nor/this") "--- /dev/null\t1970-01-01\n+++ b/mm/new file.c\t2024-01-01\n@@ -0,0 +1 @@\n+a\n"
				  "diff --git a/old.c b/new.c\nrename from old.c\nrename to new.c\n");
	assert_int_equal(series_load(&s, "./x.patch"), 0);
	series_files(&s, &files);
	assert_int_equal(files.count, 4);
	assert_string_equal(files.items[0], "mm/new file.c");
	assert_string_equal(files.items[1], "mm/x.c");
	assert_string_equal(files.items[2], "new.c");
	assert_string_equal(files.items[3], "old.c");
	strvec_release(&files);
	series_release(&s);
}

/* Applies a patch to a tree of two files; what is said, and which files are in the view's top. */
static char *apply(const char *patch, struct strvec *top)
{
	struct overlay o;
	struct capture c;
	struct series s;
	char *said, *mm;
	int result;

	put("tree/mm/x.c", "zero\none\ntwo\nthree\nfour\n");
	put("tree/mm/y.c", "one\ntwo\nthree\n");
	put("a.patch", patch);
	assert_int_equal(dir_remove("view") || dir_make("view"), 0);
	assert_int_equal(series_load(&s, "./a.patch"), 0);
	assert_int_equal(overlay_open(&o, "view", "tree", NULL), 0);
	capture_begin(&c, STDERR_FILENO);
	result = series_apply(&s, &o);
	said = capture_end(&c);
	assert_int_equal(result, *said ? -1 : 0);
	mm = xasprintf("%s/mm", o.top);
	assert_int_equal(dir_list(mm, top), 0);
	free(mm);
	overlay_close(&o);
	series_release(&s);
	return said;
}

static void test_apply(void **state)
{
	struct strvec top = STRVEC_INIT;
	char *said;

	(void)state;
	if (!overlay_works("."))
		skip();
	/* With an offset of one line. */
	said = apply(DIFF("mm/x.c", "two", "2"), &top);
	assert_string_equal(said, "");
	assert_int_equal(top.count, 1);
	assert_string_equal(top.items[0], "x.c");
	strvec_release(&top);
	free(said);
}

static void test_apply_errors(void **state)
{
	struct strvec top = STRVEC_INIT;
	char *said;

	(void)state;
	if (!overlay_works("."))
		skip();
	said = apply(DIFF("mm/y.c", "two", "2") DIFF("mm/x.c", "zwei", "2"), &top);
	assert_non_null(strstr(said, "series \"a.patch\": patch \"a.patch\" does not apply:"));
	assert_non_null(strstr(said, "mm/x.c: hunk 1, at line 1"));
	assert_null(strstr(said, "mm/y.c"));
	/* No rejects and no backups. */
	for (size_t i = 0; i < top.count; i++)
		assert_true(strlen(top.items[i]) == 3);
	free(said);

	/* Context that only nearly fits is not the place. */
	said = apply("--- a/mm/y.c\n+++ b/mm/y.c\n@@ -1,3 +1,3 @@\n ONE\n-two\n+2\n three\n", &top);
	assert_non_null(strstr(said, "mm/y.c: hunk 1"));
	free(said);
	said = apply(DIFF("mm/none.c", "two", "2"), &top);
	assert_non_null(strstr(said, "does not have the file"));
	assert_non_null(strstr(said, "a/mm/none.c"));
	free(said);
	said = apply("--- a/mm/y.c\n+++ b/mm/y.c\n@@ -1,3 +1,9 @@\n one\n", &top);
	if (!strstr(said, "unexpected end of file in patch"))
		fail_msg("%s", said);
	free(said);
	strvec_release(&top);
}

/* The same two mails in each form that they may lie in, and the same identity. */
static void test_mails(void **state)
{
	static const char first[] = MAIL("[PATCH v2 1/2] a: first", "one", "two");
	static const char second[] = MAIL("[PATCH v2 2/2] b: second", "two", "three");
	static const char cover[] = "From: C <c@x>\nDate: Tue, 1 Nov 2022 10:00:00 +0100\n"
				    "Subject: [PATCH v2 0/2] both\n\nwords\n\nbase-commit: "
				    "0123456789abcdef0123456789abcdef01234567\n";
	static const char *const names[] = { "./f", "./m", "./box", "./box.eml" };
	char *box = xasprintf("From x Mon Sep 17 00:00:00 2001\n%s\nFrom x Mon Sep 17 00:00:00 "
			      "2001\n%s\nFrom x Mon Sep 17 00:00:00 2001\n%s",
			      second, cover, first);
	char *wanted;

	(void)state;
	put("f/0000-cover.patch", cover);
	put("f/0001-a.patch", first);
	put("f/0002-b.patch", second);
	put("f/notes.txt", "no part of it");
	put("m/cur/1:2,S", second);
	put("m/cur/2:2,S", cover);
	put("m/new/3", first);
	put("m/tmp/4", "half a mail");
	put("box", box);
	put("box.eml", box);
	wanted = identity("./f");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct series s;
		char *id = identity(names[i]);

		assert_string_equal(id, wanted);
		assert_int_equal(series_load(&s, names[i]), 0);
		assert_int_equal(s.count, 2);
		assert_string_equal(s.patches[0].name, "a: first");
		assert_string_equal(s.patches[1].name, "b: second");
		assert_string_equal(s.title, "both");
		assert_string_equal(s.author, "C <c@x>");
		assert_string_equal(s.date, "Tue, 1 Nov 2022 10:00:00 +0100");
		assert_string_equal(s.base, "0123456789abcdef0123456789abcdef01234567");
		assert_null(s.link);
		assert_int_equal(s.version, 2);
		series_release(&s);
		free(id);
	}
	free(wanted);
	free(box);
}

static const char *fact(const struct strvec *facts, const char *key)
{
	for (size_t i = 0; i + 1 < facts->count; i += 2)
		if (!strcmp(facts->items[i], key))
			return facts->items[i + 1];
	return NULL;
}

static void test_describe(void **state)
{
	struct strvec facts = STRVEC_INIT;
	struct series s;

	(void)state;
	put("box", "From: A <a@x>\nSubject: [PATCH v3] a: first\n\nwhy\n\nReviewed-by: R <r@x>\n"
		   "Acked-by: C <c@x>\n---\n" DIFF("mm/x.c", "two", "2"));
	assert_int_equal(series_load(&s, "./box"), 0);
	series_describe(&s, 2, &facts);
	assert_string_equal(fact(&facts, "series.2.title"), "a: first");
	assert_string_equal(fact(&facts, "series.2.version"), "v3");
	assert_string_equal(fact(&facts, "series.2.patch.001"), "a: first");
	assert_string_equal(fact(&facts, "series.2.patch.001.trailers"),
			    "Reviewed-by: R <r@x>; Acked-by: C <c@x>");
	assert_null(fact(&facts, "series.2.base"));
	assert_null(fact(&facts, "series.2.patch.001.link"));
	series_release(&s);
	strvec_release(&facts);

	/* What is not from mails has nothing to say. */
	assert_int_equal(series_load(&s, "mempool-bulk"), 0);
	series_describe(&s, 1, &facts);
	assert_int_equal(facts.count, 0);
	series_release(&s);
}

static void test_load_errors(void **state)
{
	static const struct {
		const char *name;
		const char *says;
	} cases[] = {
		{ "./nothing", "No such file" },
		{ "./noseries", "neither a file \"series\" nor mails" },
		{ "./plain", "\"./plain/b.patch\" is no mail; patches without headers need" },
		{ "./gap", "the series is not whole: v1 lacks 2/3" },
		{ "./empty", "holds no patches" },
		{ "./lost", "series:2: there is no patch \"gone.patch\"" },
		{ "./odd", "series:1: \"-R\" is not understood" },
		{ "./text", "changes no file" },
		{ "./cover.mbox", "holds no patches" },
		{ "./empty:0", "holds no patches" },
		{ "mempool-bulk:9", "the series has 1 patches" },
	};

	(void)state;
	put("noseries/x", "");
	put("plain/a.patch", MAIL("[PATCH 1/2] a", "one", "two"));
	put("plain/b.patch", DIFF("mm/x.c", "two", "2"));
	put("gap/1.patch", MAIL("[PATCH 1/3] a", "one", "two"));
	put("gap/3.patch", MAIL("[PATCH 3/3] c", "two", "three"));
	put("empty/series", "# nothing\n");
	put("lost/series", "\ngone.patch\n");
	put("odd/series", "x -R\n");
	put("text", "hello\n");
	put("cover.mbox", "From x Mon Sep 17 00:00:00 2001\nSubject: x\n\nonly text\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *said = load_error(cases[i].name);

		assert_non_null(said);
		if (!strstr(said, cases[i].says))
			fail_msg("\"%s\" gave: %s", cases[i].name, said);
		free(said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_folder, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_identity, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_prefix, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_mbox, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_files, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_apply, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_apply_errors, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_mails, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_describe, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_load_errors, sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
