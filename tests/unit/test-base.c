// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a series is, and what it is compared with inside a kernel's repository.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/proc.h"
#include "lib/strvec.h"
#include "runner/source/base.h"
#include "sandbox.h"

#define GIT_MS 60000

#define PATCH(old, new)                                                               \
	"From: A <a@x>\nSubject: [PATCH] x\n\nwhy\n---\n--- a/mm/x.c\n+++ b/mm/x.c\n" \
	"@@ -1,3 +1,3 @@\n one\n-" old "\n+" new "\n three\n"

/* git with these words, in the sandbox. */
static void git(const char *words)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT, err = STRBUF_INIT;

	strvec_pushl(&argv, "git", "-c", "user.name=A", "-c", "user.email=a@x", NULL);
	strvec_split(&argv, words, " ");
	if (proc_capture(argv.items, &out, &err, GIT_MS) < 0)
		fail_msg("git %s: %s", words, err.data);
	strvec_release(&argv);
	strbuf_release(&out);
	strbuf_release(&err);
}

/* A line that git prints, a new string. */
static char *git_line(const char *words)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;

	strvec_push(&argv, "git");
	strvec_split(&argv, words, " ");
	assert_int_equal(proc_capture(argv.items, &out, NULL, GIT_MS), 0);
	strbuf_rtrim(&out);
	strvec_release(&argv);
	return strbuf_detach(&out);
}

static int setup(void **state)
{
	if (sandbox_setup(state) < 0)
		return -1;
	put("Makefile", "VERSION = 6\n");
	put("Kconfig", "\n");
	put("arch/x86/Makefile", "\n");
	put("mm/x.c", "one\ntwo\nthree\n");
	put(".git/info/exclude", "share\ncache*\n*.mbox\n");
	git("init -q .");
	git("add -A");
	git("commit -q -m first");
	git("tag v6.0");
	put("mm/y.c", "more\n");
	git("add -A");
	git("commit -q -m second");
	git("tag -a -m 6.1 v6.1");
	put("mm/x.c", "one\nzwei\nthree\n");
	git("commit -q -a -m third");
	git("tag v6.2");
	return 0;
}

/* The two operands that a single one becomes, "A B", or what is said; a new string. */
static char *completed(const char *operand)
{
	struct strvec operands = STRVEC_INIT;
	struct strbuf got = STRBUF_INIT;
	struct capture c;
	char *said;

	strvec_push(&operands, operand);
	capture_begin(&c, STDERR_FILENO);
	if (base_complete(&operands) == 0)
		for (size_t i = 0; i < operands.count; i++)
			strbuf_addf(&got, "%s%s", i ? " " : "", operands.items[i]);
	said = capture_end(&c);
	if (!got.len)
		strbuf_adds(&got, said);
	strvec_release(&operands);
	free(said);
	return strbuf_detach(&got);
}

static void completes(const char *operand, const char *wanted)
{
	char *got = completed(operand);

	if (!strstr(got, wanted))
		fail_msg("\"%s\" becomes \"%s\" and not \"%s\"", operand, got, wanted);
	free(got);
}

static void test_what_is_a_series(void **state)
{
	(void)state;
	put("a.mbox", PATCH("two", "2"));
	put("plain.patch", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n");
	put("text", "no patch\n");
	put("folder/0001-x.patch", PATCH("two", "2"));
	put("md/cur/1", PATCH("two", "2"));
	assert_int_equal(dir_make("md/new"), 0);
	assert_true(base_is_series("lore:a@b"));
	assert_true(base_is_series("mempool-bulk"));
	assert_true(base_is_series("./a.mbox"));
	assert_true(base_is_series("./plain.patch"));
	assert_true(base_is_series("./folder"));
	assert_true(base_is_series("./md"));
	assert_true(base_is_series("./share/patches/mempool-bulk"));
	assert_false(base_is_series("linux-6.1"));
	assert_false(base_is_series("./text"));
	assert_false(base_is_series("./share"));
	assert_false(base_is_series("./nothing"));
	assert_false(base_is_series(""));
	completes("linux-6.1", "linux-6.1");
}

static void test_newest_tag(void **state)
{
	char *wanted =
		xasprintf("git:%s@v6.1 git:%s@v6.1+./a.mbox", (char *)*state, (char *)*state);

	put("a.mbox", PATCH("two", "2"));
	completes("./a.mbox", wanted);
	free(wanted);
	wanted = xasprintf("git:%s@v6.2 git:%s@v6.2+./b.mbox", (char *)*state, (char *)*state);
	put("b.mbox", PATCH("zwei", "2"));
	completes("./b.mbox", wanted);
	free(wanted);
}

static void test_named_base(void **state)
{
	char *first = git_line("rev-parse v6.0");
	char *mail = xasprintf("%s-- \n2.39\nbase-commit: %s\n", PATCH("two", "2"), first);
	char *wanted = xasprintf("git:%s@%s ", (char *)*state, first);

	put("c.mbox", mail);
	completes("./c.mbox", wanted);
	free(wanted);
	free(mail);
	/* One that the repository does not have: the tags. */
	mail = xasprintf("%s-- \n2.39\nbase-commit: %s\n", PATCH("two", "2"),
			 "0123456789012345678901234567890123456789");
	wanted = xasprintf("git:%s@v6.1 ", (char *)*state);
	put("d.mbox", mail);
	completes("./d.mbox", wanted);
	free(wanted);
	free(mail);
	free(first);
}

static void test_nowhere(void **state)
{
	(void)state;
	put("e.mbox", PATCH("drei", "3"));
	completes("./e.mbox",
		  "applies to none of the newest 3 tags; to \"v6.2\", patch \"x\" does not "
		  "apply:\n  mm/x.c: the hunk at line 1");
	put("f.mbox",
	    "From: A <a@x>\nSubject: [PATCH] x\n\nwhy\n---\n--- a/mm/none.c\n+++ b/mm/none.c\n"
	    "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n");
	completes("./f.mbox", "mm/none.c: does not exist in index");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_a_series, setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_newest_tag, setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_named_base, setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_nowhere, setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
