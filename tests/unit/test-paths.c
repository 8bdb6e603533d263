// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/paths.h"

static char dir[] = "/tmp/kab-test-paths-XXXXXX";

static const char *const variables[] = { "KAB_SHARE", "KAB_CACHE", "KAB_DATA", "XDG_CACHE_HOME",
					 "XDG_DATA_HOME" };

/* An empty folder, which is also the home, and no other variable. */
static int set_up(void **state)
{
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	*state = dir;
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		unsetenv(variables[i]);
	return mkdtemp(dir) && !chdir(dir) && !setenv("HOME", dir, 1) ? 0 : -1;
}

static int tear_down(void **state)
{
	return chdir("/") || dir_remove(*state);
}

/* Frees `got`. `expected` is relative to the test's folder. */
static void expect(char *got, const char *expected)
{
	char *whole = xasprintf("%s/%s", dir, expected);

	assert_non_null(got);
	assert_string_equal(got, whole);
	free(whole);
	free(got);
}

static void test_home(void **state)
{
	(void)state;
	expect(path_cache("kernels/x"), ".cache/kab/kernels/x");
	assert_true(file_exists(".cache/kab/kernels"));
	assert_false(file_exists(".cache/kab/kernels/x"));
	expect(path_data("kab.db"), ".local/share/kab/kab.db");
	assert_true(file_exists(".local/share/kab"));
	expect(path_data("runs/"), ".local/share/kab/runs/");
	assert_true(file_exists(".local/share/kab/runs"));
	expect(path_data(NULL), ".local/share/kab");
	expect(path_cache(""), ".cache/kab");
}

static void test_variables_win(void **state)
{
	char *xdg = xasprintf("%s/xdg", dir);

	(void)state;
	setenv("XDG_CACHE_HOME", xdg, 1);
	setenv("XDG_DATA_HOME", xdg, 1);
	expect(path_cache("a"), "xdg/kab/a");
	expect(path_data("b"), "xdg/kab/b");
	setenv("XDG_CACHE_HOME", "relative/is/ignored", 1);
	expect(path_cache("a"), ".cache/kab/a");
	setenv("KAB_CACHE", "own", 1); /* relative to the working directory, and then absolute */
	expect(path_cache("a"), "own/a");
	setenv("KAB_DATA", xdg, 1);
	expect(path_data("b"), "xdg/b");
	setenv("KAB_DATA", "", 1); /* as if it were not set */
	expect(path_data("b"), "xdg/kab/b");
	free(xdg);
}

static void expect_failure(char *(*path)(const char *relative), const char *relative,
			   const char *message)
{
	struct capture c;
	char *got, *said;

	capture_begin(&c, STDERR_FILENO);
	got = path(relative);
	said = capture_end(&c);
	assert_null(got);
	assert_string_equal(said, message);
	free(said);
}

static void test_no_home(void **state)
{
	(void)state;
	unsetenv("HOME");
	expect_failure(path_cache, "a",
		       "kab: error: HOME is not set: set KAB_CACHE to a folder to write to\n");
	expect_failure(path_data, "a",
		       "kab: error: HOME is not set: set KAB_DATA to a folder to write to\n");
}

/* Something is in the way: nobody can make a folder there, root neither. */
static void test_home_is_no_folder(void **state)
{
	char *home = xasprintf("%s/f", dir);
	char *message = xasprintf("kab: error: cannot make the directory \"%s\": File exists\n"
				  "set KAB_CACHE to another folder\n",
				  home);

	(void)state;
	assert_int_equal(file_write_str("f", ""), 0);
	assert_int_equal(chmod("f", 0755), 0);
	setenv("HOME", home, 1);
	expect_failure(path_cache, "a", message);
	free(message);
	free(home);
}

static int as_nobody(void)
{
	if (getuid() == 0 && (setgid(65534) || setuid(65534)))
		return 77;
	return path_cache("a") ? 1 : 0;
}

static void test_home_of_others(void **state)
{
	struct capture c;
	char *said, *message;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(chmod(dir, 0555), 0);
	capture_begin(&c, STDERR_FILENO);
	pid = fork();
	if (!pid)
		_exit(as_nobody());
	waitpid(pid, &status, 0);
	said = capture_end(&c);
	assert_int_equal(chmod(dir, 0755), 0);
	message = xasprintf("kab: error: cannot write to \"%s/.cache/kab\" (set KAB_CACHE to "
			    "another folder): Permission denied\n",
			    dir);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 77) {
		assert_int_equal(status, 0);
		assert_string_equal(said, message);
	}
	free(message);
	free(said);
}

static void test_share_by_variable(void **state)
{
	char *message =
		xasprintf("kab: error: \"%s/s/none\" does not exist (KAB_SHARE is set)\n", dir);

	(void)state;
	setenv("KAB_SHARE", "s", 1);
	assert_int_equal(dir_make("s/configs/plans"), 0);
	expect(path_share("configs/plans"), "s/configs/plans");
	expect(path_share(NULL), "s");
	expect_failure(path_share, "none", message);
	free(message);
}

/* Runs this program from another place, where it prints its share. */
static char *share_seen_from(const char *program)
{
	struct capture out;
	pid_t pid;

	assert_int_equal(file_copy("/proc/self/exe", program), 0);
	capture_begin(&out, STDOUT_FILENO);
	pid = fork();
	if (!pid) {
		execl(program, program, "share", (char *)NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
	return capture_end(&out);
}

static void test_share_of_a_build_tree(void **state)
{
	(void)state;
	assert_int_equal(dir_make("src/build/sanitize"), 0);
	assert_int_equal(dir_make("src/configs"), 0);
	assert_int_equal(dir_make("src/patches"), 0);
	/* Not enough to be taken for the share. */
	assert_int_equal(dir_make("src/build/configs"), 0);
	expect(share_seen_from("src/build/sanitize/kab"), "src");
}

static void test_share_of_an_installation(void **state)
{
	(void)state;
	assert_int_equal(dir_make("usr/bin"), 0);
	assert_int_equal(dir_make("usr/share/kab/configs"), 0);
	assert_int_equal(dir_make("usr/share/kab/patches"), 0);
	expect(share_seen_from("usr/bin/kab"), "usr/bin/../share/kab");
}

static void test_no_share(void **state)
{
	char *share;

	(void)state;
	assert_int_equal(dir_make("alone"), 0);
	share = share_seen_from("alone/kab");
	assert_string_equal(share, "kab: error: cannot find kab's own files (configs/, patches/): "
				   "set KAB_SHARE\n");
	free(share);
}

static int print_share(void)
{
	char *share;

	dup2(STDOUT_FILENO, STDERR_FILENO);
	share = path_share(NULL);
	if (share)
		fputs(share, stdout);
	free(share);
	return !share;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_home),
		TEST(test_variables_win),
		TEST(test_no_home),
		TEST(test_home_is_no_folder),
		TEST(test_home_of_others),
		TEST(test_share_by_variable),
		TEST(test_share_of_a_build_tree),
		TEST(test_share_of_an_installation),
		TEST(test_no_share),
	};

	if (argc == 2 && !strcmp(argv[1], "share"))
		return print_share();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
