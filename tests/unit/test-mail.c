// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mails and threads: what is read of a mail, and which mails of a thread are the series.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "runner/source/mail.h"
#include "runner/source/thread.h"
#include "sandbox.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define DIFF(old, new)                                                                         \
	"---\n a.c | 2 +-\n\ndiff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-" old \
	"\n+" new "\n-- \n2.39\n"

static void test_tags(void **state)
{
	static const struct {
		const char *subject;
		bool reply;
		int version, number, total;
		const char *title;
	} cases[] = {
		{ "mm: plain", false, 1, 0, 0, "mm: plain" },
		{ "[PATCH] mm: x", false, 1, 0, 0, "mm: x" },
		{ "[PATCH v3 02/11] mm: x", false, 3, 2, 11, "mm: x" },
		{ "[PATCH net-next,v2 0/5] cover", false, 2, 0, 5, "cover" },
		{ "[RFC][PATCHv4 1/2] [x] mm: y", false, 4, 1, 2, "mm: y" },
		{ "Re: [PATCH v2 1/5] mm: x", true, 2, 1, 5, "mm: x" },
		{ "RE: AW:  [PATCH] mm: x", true, 1, 0, 0, "mm: x" },
		{ "[PATCH 1/5", false, 1, 0, 0, "[PATCH 1/5" },
		{ "[PATCH 1/] x", false, 1, 0, 0, "x" },
		{ "[PATCH 99999999999/99999999999] x", false, 1, 99990, 99990, "x" },
		{ "[v2] [1/2] x", false, 2, 1, 2, "x" },
		{ "", false, 1, 0, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mail_tag tag;

		mail_read_tag(cases[i].subject, &tag);
		assert_int_equal(tag.reply, cases[i].reply);
		assert_int_equal(tag.version, cases[i].version);
		if (cases[i].total < 9999) {
			assert_int_equal(tag.number, cases[i].number);
			assert_int_equal(tag.total, cases[i].total);
		} else {
			assert_true(tag.total > 9999);
		}
		assert_string_equal(tag.title, cases[i].title);
	}
}

static void test_threading(void **state)
{
	struct mail m = { 0 };

	(void)state;
	mail_read_threading(&m, "From x\nMESSAGE-ID: <a+b@c>\nReferences: <1@x> <2@x>\n\t<3@x>\n"
				"In-Reply-To: <3@x> (text <not an id)\n\nMessage-Id: <body@x>\n");
	assert_string_equal(m.id, "a+b@c");
	assert_int_equal(m.parents.count, 3);
	assert_string_equal(m.parents.items[0], "3@x");
	assert_string_equal(m.parents.items[1], "2@x");
	assert_string_equal(m.parents.items[2], "1@x");
	mail_release(&m);
	mail_read_threading(&m, "Subject: none\n\n<a@b>");
	assert_string_equal(m.id, "");
	assert_int_equal(m.parents.count, 0);
	mail_release(&m);
}

/* What git makes of the ways in which a patch may be sent. */
static void test_encodings(void **state)
{
	static const char *const mails[] = {
		/* plain, and CRLF */
		"From a Mon Sep 17 00:00:00 2001\nFrom: A <a@x>\nSubject: [PATCH] t\n\nwhy\n" DIFF(
			"\xc3\xa4", "b"),
		"From: A <a@x>\r\nSubject: [PATCH] t\r\n\r\nwhy\r\n---\r\ndiff --git a/a.c b/a.c\r\n--- a/a.c\r\n+++ b/a.c\r\n"
		"@@ -1 +1 @@\r\n-\xc3\xa4\r\n+b\r\n",
		/* quoted-printable, base64 of the same, Latin-1, a part among others */
		"From: =?iso-8859-1?q?A?= <a@x>\nSubject: =?utf-8?b?W1BBVENIXSB0?=\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
		"Content-Transfer-Encoding: quoted-printable\n\nwhy\n---\ndiff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@=\n\n-=C3=A4\n+b\n",
		"From: A <a@x>\nSubject: [PATCH] t\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
		"d2h5Ci0tLQpkaWZmIC0tZ2l0IGEvYS5jIGIvYS5jCi0tLSBhL2EuYworKysgYi9hLmMKQEAgLTEg\nKzEgQEAKLcOkCitiCg==\n",
		"From: A <a@x>\nSubject: [PATCH] t\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=-b\"\n\n"
		"--=-b\nContent-Type: text/plain; charset=utf-8\n\nwhy\n\n--=-b\nContent-Type: text/x-patch; charset=utf-8\n"
		"Content-Disposition: attachment; filename=\"a.patch\"\n\n" DIFF("\xc3\xa4",
										 "b") "\n--=-b--\n",
		"From: A <a@x>\nSubject: [PATCH] t\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8; format=flowed\n\n"
		"why\n---\ndiff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-\xc3\xa4\n+b\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(mails); i++) {
		struct mail m;

		put("mail", mails[i]);
		assert_true(mail_looks_like_one(mails[i]));
		assert_int_equal(mail_read(&m, "mail", "test"), 0);
		assert_string_equal(m.subject, "[PATCH] t");
		assert_string_equal(m.author, "A <a@x>");
		if (!strstr(m.patch.data, "@@ -1 +1 @@\n-\xc3\xa4\n+b\n"))
			fail_msg("mail %zu: %s", i, m.patch.data);
		mail_release(&m);
	}
	assert_false(mail_looks_like_one("--- a/x\n+++ b/x\n"));
	assert_false(mail_looks_like_one("From: a@x\n\nSubject: in the text\n"));
	assert_false(mail_looks_like_one(""));
}

/* Words become UTF-8; the bytes of a patch stay, as the file that it changes has them. */
static void test_charset(void **state)
{
	struct mail m;

	(void)state;
	put("mail",
	    "From: =?iso-8859-1?q?J=F6rg?= <j@x>\nSubject: [PATCH] t\nMIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\n"
	    "w\xe4r\n" DIFF("\xe4", "b"));
	assert_int_equal(mail_read(&m, "mail", "test"), 0);
	assert_string_equal(m.author, "J\xc3\xb6rg <j@x>");
	assert_non_null(strstr(m.text.data, "w\xc3\xa4r\n"));
	assert_non_null(strstr(m.patch.data, "\n-\xe4\n+b\n"));
	mail_release(&m);
}

static void test_unreadable(void **state)
{
	struct capture c;
	struct mail m;
	char *said;
	int results[2];

	(void)state;
	put("foreign",
	    "From: A <a@x>\nSubject: t\nContent-Type: text/plain; charset=x-klingon\n\nw\xe4r\n");
	assert_int_equal(file_write("zero", "From: A <a@x>\0\n\n", 17), 0);
	capture_begin(&c, STDERR_FILENO);
	results[0] = mail_read(&m, "foreign", "box");
	results[1] = mail_read(&m, "zero", "box");
	said = capture_end(&c);
	assert_int_equal(results[0], -1);
	assert_int_equal(results[1], -1);
	assert_non_null(strstr(said, "\"box\": mail \"foreign\" cannot be read"));
	assert_non_null(strstr(said, "x-klingon"));
	assert_non_null(strstr(said, "\"box\" holds a mail with zero bytes"));
	free(said);
}

/*
 * Threads: "SUBJECT", id, what it answers, and the new line of its patch (NULL: none) or its text.
 */
struct line {
	const char *subject, *id, *parent, *change, *text;
};

static struct mail make_mail(const struct line *l)
{
	struct mail m = { .id = xstrdup(l->id),
			  .subject = xstrdup(l->subject),
			  .author = xstrdup("A <a@x>"),
			  .date = xstrdup("now"),
			  .text = STRBUF_INIT,
			  .patch = STRBUF_INIT };

	if (l->parent)
		strvec_push(&m.parents, l->parent);
	if (l->text)
		strbuf_adds(&m.text, l->text);
	if (l->change)
		strbuf_addf(&m.patch, "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+%s\n", l->change);
	return m;
}

/*
 * What is selected: the added lines, joined by spaces, and "v2" before them; or the error. A new
 * string.
 */
static char *selected(const struct line *lines, size_t count, bool ordered, const char *asked)
{
	struct thread t = { .name = "t", .asked = asked, .ordered = ordered, .count = count };
	struct selection s;
	struct strbuf got = STRBUF_INIT;
	struct capture c;
	char *said;

	t.mails = xcalloc(count, sizeof(*t.mails));
	for (size_t i = 0; i < count; i++)
		t.mails[i] = make_mail(&lines[i]);
	capture_begin(&c, STDERR_FILENO);
	if (thread_select(&t, &s) == 0) {
		strbuf_addf(&got, "v%d%s", s.version, s.cover ? " cover" : "");
		for (size_t i = 0; i < s.count; i++) {
			const char *line = strstr(s.patches[i]->patch.data, "\n+") + 2;

			line = strstr(line, "\n+") + 2;
			strbuf_addf(&got, " %.*s", (int)strcspn(line, "\n"), line);
			for (size_t k = 0; k < s.trailers[i].count; k++)
				strbuf_addf(&got, " (%s)", s.trailers[i].items[k]);
		}
	}
	said = capture_end(&c);
	if (!got.len)
		strbuf_adds(&got, said);
	selection_release(&s);
	for (size_t i = 0; i < count; i++)
		mail_release(&t.mails[i]);
	free(t.mails);
	free(said);
	return strbuf_detach(&got);
}

static void selects(const struct line *lines, size_t count, bool ordered, const char *asked,
		    const char *wanted)
{
	char *got = selected(lines, count, ordered, asked);

	if (!strstr(got, wanted))
		fail_msg("\"%s\" and not \"%s\"", got, wanted);
	free(got);
}

static const struct line two_revisions[] = {
	{ "[PATCH v2 2/2] b", "22", "20", "b2", NULL },
	{ "[PATCH 0/2] s", "10", NULL, NULL, "words\n" },
	{ "[PATCH 1/2] a", "11", "10", "a1", NULL },
	{ "[PATCH 2/2] b", "12", "10", "b1", NULL },
	{ "Re: [PATCH 2/2] b", "19", "12", NULL, "Reviewed-by: Old <o@x>\n" },
	{ "[PATCH v2 0/2] s", "20", NULL, NULL, "words\n" },
	{ "[PATCH v2 1/2] a", "21", "20", "a2", "Acked-by: C <c@x>\n" },
	{ "Re: [PATCH v2 1/2] a", "31", "21", NULL,
	  "> Tested-by: quoted <q@x>\nReviewed-by: R <r@x>\n" },
	{ "Re: [PATCH v2 1/2] a", "32", "31", NULL, "Tested-by: T <t@x>\nTested-by: T <t@x>\n" },
	{ "Re: [PATCH v2 0/2] s", "33", "20", NULL, "Acked-by: All <all@x>\n" },
	{ "Re: [PATCH v2 1/2] a", "34", "31", "not a patch of the series", NULL },
};

static void test_newest(void **state)
{
	(void)state;
	selects(two_revisions, COUNT(two_revisions), false, "12",
		"v2 cover a2 (Acked-by: C <c@x>) (Reviewed-by: R <r@x>) (Tested-by: T <t@x>) "
		"(Acked-by: All <all@x>) b2 (Acked-by: All <all@x>)");
}

static void test_not_whole(void **state)
{
	static const struct line lines[] = {
		{ "[PATCH 1/3] a", "1", NULL, "a1", NULL },
		{ "[PATCH 3/3] c", "3", NULL, "c1", NULL },
	};
	static const struct line unanswered[] = {
		{ "[PATCH 1/2] a", "1", NULL, "a1", NULL },
		{ "[PATCH 2/2] b", "2", NULL, "b1", NULL },
		{ "[PATCH v4 2/2] b", "9", NULL, "b2", NULL },
	};

	(void)state;
	selects(lines, COUNT(lines), false, NULL, "the series is not whole: v1 lacks 2/3");
	selects(lines, COUNT(lines), true, NULL, "the series is not whole: v1 lacks 2/3");
	/* One of a series, as a file: that is what was asked for. */
	selects(lines, 1, true, NULL, "v1 a1");
	selects(lines, 1, false, NULL, "lacks 2/3, 3/3");
	/* A newer revision of which a part was sent, but not as an answer: another whole one is taken. */
	selects(unanswered, COUNT(unanswered), false, NULL, "v1 a1 b1");
}

static void test_fixup(void **state)
{
	static const struct line lines[] = {
		{ "[PATCH 1/2] a", "1", NULL, "a1", NULL },
		{ "[PATCH 2/2] b", "2", "1", "b1", NULL },
		{ "Re: [PATCH 2/2] b", "5", "2", NULL, "no\n" },
		{ "[PATCH v2 2/2] b", "6", "5", "b2", NULL },
		{ "[PATCH v3 2/2] b", "7", "6", "b3", NULL },
		{ "Re: [PATCH v3 2/2] b", "8", "7", NULL, "Acked-by: C <c@x>\n" },
	};

	(void)state;
	selects(lines, COUNT(lines), false, NULL, "v3 a1 b3 (Acked-by: C <c@x>)");
	selects(lines, 4, false, NULL, "v2 a1 b2");
}

static void test_doubtful(void **state)
{
	static const struct line twice[] = {
		{ "[PATCH 1/2] a", "1", NULL, "a1", NULL },
		{ "[PATCH 2/2] b", "2", NULL, "b1", NULL },
		{ "[PATCH 2/2] other", "3", NULL, "x1", NULL },
	};
	static const struct line resent[] = {
		{ "[PATCH 1/2] a", "1", NULL, "a1", NULL },
		{ "[PATCH 2/2] b", "2", NULL, "b1", NULL },
		{ "[PATCH 2/2] b", "3", NULL, "b1", NULL },
	};
	static const struct line strangers[] = {
		{ "[PATCH 1/2] a", "1", NULL, "a1", NULL },
		{ "[PATCH 2/2] b", "2", NULL, "b1", NULL },
		{ "[PATCH 1/1] z", "3", "1", "z1", NULL },
	};
	static const struct line wrong[] = {
		{ "[PATCH 3/2] a", "1", NULL, "a1", NULL },
		{ "[PATCH 1/2] a", "2", NULL, "a1", NULL },
	};
	static const struct line zero[] = {
		{ "[PATCH 0/1] a", "1", NULL, "a0", NULL },
		{ "[PATCH 1/1] a", "2", NULL, "a1", NULL },
	};
	static const struct line many[] = { { "[PATCH 1/9999] a", "1", NULL, "a1", NULL } };
	static const struct line words[] = { { "[PATCH 0/2] s", "1", NULL, NULL, "words\n" },
					     { "Re: x", "2", "1", "quoted", NULL } };

	(void)state;
	selects(twice, COUNT(twice), false, NULL, "two different patches have number 2 of 2");
	selects(resent, COUNT(resent), false, NULL, "v1 a1 b1");
	selects(strangers, COUNT(strangers), false, NULL, "belong to different series");
	selects(strangers, COUNT(strangers), false, "2", "v1 a1 b1");
	selects(strangers, COUNT(strangers), false, "3", "v1 z1");
	selects(wrong, COUNT(wrong), false, NULL, "has a number that cannot be");
	selects(zero, COUNT(zero), false, NULL, "has a number that cannot be");
	selects(many, COUNT(many), false, NULL, "more than kab takes");
	selects(words, COUNT(words), false, NULL, "holds no patches");
	selects(words, 0, false, NULL, "holds no patches");
}

static void test_without_numbers(void **state)
{
	static const struct line lines[] = {
		{ "[PATCH] a", "1", NULL, "a1", NULL },
		{ "b", "2", NULL, "b1", NULL },
	};
	static const struct line single[] = {
		{ "[PATCH] a", "1", NULL, "a1", NULL },
		{ "[PATCH v2] a", "2", "1", "a2", NULL },
		{ "Re: [PATCH v2] a", "3", "2", NULL, "Acked-by: C <c@x>\n" },
	};

	(void)state;
	selects(lines, COUNT(lines), true, NULL, "v1 a1 b1");
	selects(lines, COUNT(lines), false, NULL, "two different patches have number 1 of 1");
	selects(single, COUNT(single), false, NULL, "v2 a2 (Acked-by: C <c@x>)");
}

static void test_base(void **state)
{
	static const char id[] = "0123456789abcdef0123456789abcdef01234567";
	struct mail mail = { .text = STRBUF_INIT, .patch = STRBUF_INIT };
	const struct mail *patches[] = { &mail };
	struct selection s = { .patches = patches, .count = 1 };
	char *base;

	(void)state;
	strbuf_adds(&mail.text, "see base-commit: no\nbase-commit: 0123\n");
	assert_null(selection_base(&s));
	strbuf_addf(&mail.patch, "-- \n2.39\nbase-commit: %s\n", id);
	base = selection_base(&s);
	assert_string_equal(base, id);
	free(base);
	mail_release(&mail);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tags),	   cmocka_unit_test(test_threading),
		cmocka_unit_test(test_encodings),  cmocka_unit_test(test_charset),
		cmocka_unit_test(test_unreadable), cmocka_unit_test(test_newest),
		cmocka_unit_test(test_not_whole),  cmocka_unit_test(test_fixup),
		cmocka_unit_test(test_doubtful),   cmocka_unit_test(test_without_numbers),
		cmocka_unit_test(test_base),
	};

	return cmocka_run_group_tests(tests, sandbox_setup, sandbox_teardown);
}
