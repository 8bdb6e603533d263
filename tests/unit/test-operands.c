// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "repository.h"
#include "runner/source/operands.h"
#include "sandbox.h"

/* A kernel's repository with two commits; v1 is on the first. The test works inside of it. */
static int prepare(void **state)
{
	if (sandbox_setup(state))
		return -1;
	put("repo/Kconfig", "");
	put("repo/arch/x86/Makefile", "");
	git_do("repo", "init", "-q");
	commit("repo", "first");
	git_do("repo", "tag", "v1");
	commit("repo", "second");
	return chdir("repo");
}

/* What operands become, joined by a space; NULL with what was said in *said when refused. */
static char *pair_of(const char *a, const char *b, char **said)
{
	struct strvec operands = STRVEC_INIT;
	struct capture c;
	char *pair = NULL;
	int result;

	if (a)
		strvec_push(&operands, a);
	if (b)
		strvec_push(&operands, b);
	capture_begin(&c, STDERR_FILENO);
	result = operands_pair(&operands, "compare");
	*said = capture_end(&c);
	if (!result) {
		assert_int_equal(operands.count, 2);
		pair = xasprintf("%s %s", operands.items[0], operands.items[1]);
	}
	strvec_release(&operands);
	return pair;
}

static void becomes(const char *a, const char *b, const char *expected, const char *says)
{
	char *said, *pair = pair_of(a, b, &said);

	if (!pair)
		fail_msg("%s", said);
	assert_string_equal(pair, expected);
	if (says && !strstr(said, says))
		fail_msg("\"%s\" is not in: %s", says, said);
	free(pair);
	free(said);
}

static void refused(const char *a, const char *says)
{
	char *said;

	assert_null(pair_of(a, NULL, &said));
	if (!strstr(said, says))
		fail_msg("\"%s\" is not in: %s", says, said);
	free(said);
}

static void test_pairs(void **state)
{
	char *git = xasprintf("git:%s/repo@v1..HEAD", (const char *)*state);
	char *pair = xasprintf("git:%s/repo@v1 git:%s/repo@HEAD", (const char *)*state,
			       (const char *)*state);

	becomes("linux-6.1", "../x..y", "linux-6.1 ../x..y", NULL);
	becomes("v1..HEAD", NULL, "v1 HEAD", NULL);
	becomes("v1..HEAD+mempool-bulk", NULL, "v1 HEAD+mempool-bulk", NULL);
	becomes("v1..", NULL, "v1 HEAD", NULL);
	becomes("..v1", NULL, "HEAD v1", NULL);
	becomes("v1", NULL, "v1 HEAD", NULL);
	becomes("../tree", NULL, "../tree HEAD", NULL);
	becomes("git:.@v1..HEAD", NULL, "git:.@v1 git:.@HEAD", NULL);
	becomes(git, NULL, pair, NULL);
	becomes("git:../repo@v1..HEAD", NULL, "git:../repo@v1 git:../repo@HEAD", NULL);
	refused("..", "names no kernel");
	free(git);
	free(pair);
}

/* What is checked out, and where it came from. */
static void test_here(void **state)
{
	(void)state;
	becomes(NULL, NULL, "v1 HEAD", "comparing HEAD with v1, the nearest tag\n");
	put("Makefile", "dirty\n");
	becomes("v1", NULL, "v1 git:.", "the work tree differs from HEAD: 0 files changed, 1 new");
	becomes(NULL, NULL, "v1 git:.", NULL);
	git_do(".", "branch", "up", "HEAD");
	git_do(".", "checkout", "-q", "-b", "mine");
	git_do(".", "branch", "-q", "--set-upstream-to=up");
	commit(".", "mine");
	git_do(".", "tag", "-f", "base", "HEAD~1");
	becomes(NULL, NULL, "base HEAD", "the merge base with up");
	git_do(".", "tag", "-d", "base");
	git_do(".", "tag", "-d", "v1");
	git_do(".", "checkout", "-q", "up");
	refused(NULL, "there is nothing to compare HEAD with");
	assert_int_equal(chdir("/"), 0);
	refused(NULL, "compare needs two kernels, BASE and NEW");
	refused("v1", "compare needs two kernels, BASE and NEW");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pairs, prepare, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_here, prepare, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
