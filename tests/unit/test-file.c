// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/file.h"

/* Every test runs in an empty folder of its own. */
static int set_up(void **state)
{
	static char dir[] = "/tmp/kab-test-file-XXXXXX";

	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	*state = dir;
	return mkdtemp(dir) && !chdir(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	return chdir("/") || dir_remove(*state) || file_exists(*state);
}

static void expect_content(const char *path, const char *content)
{
	struct strbuf sb = STRBUF_INIT;

	assert_int_equal(file_read(path, &sb), 0);
	assert_string_equal(sb.data, content);
	strbuf_release(&sb);
}

/* The folder's names, joined by blanks: also shows that no temporary file stays. */
static void expect_names(const char *dir, const char *joined)
{
	struct strvec names = STRVEC_INIT;
	struct strbuf sb = STRBUF_INIT;

	assert_int_equal(dir_list(dir, &names), 0);
	for (size_t i = 0; i < names.count; i++)
		strbuf_addf(&sb, "%s%s", i ? " " : "", names.items[i]);
	assert_string_equal(sb.data, joined);
	strbuf_release(&sb);
	strvec_release(&names);
}

static void test_read(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	struct capture c;
	char *said;
	int missing, optional, folder;

	(void)state;
	strbuf_adds(&sb, "kept ");
	assert_int_equal(file_write("f", "a\0b", 3), 0);
	assert_int_equal(file_read("f", &sb), 0);
	assert_int_equal(sb.len, 8);
	assert_memory_equal(sb.data, "kept a\0b", 9);
	strbuf_reset(&sb);
	assert_int_equal(file_read("/proc/self/status", &sb), 0); /* has no size */
	assert_true(sb.len > 100);

	capture_begin(&c, STDERR_FILENO);
	missing = file_read("none", &sb);
	optional = file_read_optional("none", &sb);
	folder = file_read_optional(".", &sb);
	said = capture_end(&c);
	assert_int_equal(missing, -1);
	assert_int_equal(optional, 1);
	assert_int_equal(folder, -1);
	assert_string_equal(said, "kab: error: cannot open \"none\": No such file or directory\n"
				  "kab: error: cannot read \".\": Is a directory\n");
	free(said);
	strbuf_release(&sb);
}

static void test_write(void **state)
{
	mode_t mask = umask(027);
	struct stat st;
	ino_t before;

	(void)state;
	assert_int_equal(file_write_str("f", "one"), 0);
	umask(mask);
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	before = st.st_ino;
	assert_int_equal(link("f", "old"), 0);
	assert_int_equal(file_write_str("f", "two"), 0);
	assert_int_equal(stat("f", &st), 0);
	assert_int_not_equal(st.st_ino, before);
	expect_content("f", "two");
	expect_content("old", "one"); /* whoever had it open still has it whole */
	assert_int_equal(file_write("empty", NULL, 0), 0);
	assert_int_equal(file_size("empty"), 0);
	expect_names(".", "empty f old");
}

static void test_write_errors(void **state)
{
	struct capture c;
	char *said;
	int results;

	(void)state;
	assert_int_equal(dir_make("d"), 0);
	capture_begin(&c, STDERR_FILENO);
	results = file_write_str("none/f", "x");
	results += file_write_str("d", "x");
	said = capture_end(&c);
	assert_int_equal(results, -2);
	assert_string_equal(said, "kab: error: cannot write \"none/f\": No such file or directory\n"
				  "kab: error: cannot rename to \"d\": Is a directory\n");
	free(said);
	expect_names(".", "d");
}

/* A limit on the size of files stands for a disk that is full halfway. */
static void test_write_does_not_fit(void **state)
{
	struct rlimit old, small;
	struct capture c;
	char *said, *large = calloc(1, 100000);
	int result;

	(void)state;
	assert_non_null(large);
	assert_int_equal(file_write_str("f", "old"), 0);
	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){ 50000, old.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	capture_begin(&c, STDERR_FILENO);
	result = file_write("f", large, 100000);
	said = capture_end(&c);
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(result, -1);
	assert_string_equal(said, "kab: error: cannot write \"f\": File too large\n");
	expect_content("f", "old");
	expect_names(".", "f");
	free(said);
	free(large);
}

static int write_proc(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = write(fd, text, strlen(text));

	close(fd);
	return n > 0 ? 0 : -1;
}

/* Mounts of this process's own; files in them belong to the user that it was. */
static int enter_namespaces(void)
{
	char uids[32], gids[32];

	snprintf(uids, sizeof(uids), "0 %d 1", (int)getuid());
	snprintf(gids, sizeof(gids), "0 %d 1", (int)getgid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ||
	    write_proc("/proc/self/uid_map", uids) < 0 ||
	    write_proc("/proc/self/setgroups", "deny") < 0)
		return -1;
	return write_proc("/proc/self/gid_map", gids);
}

/* On a file system of 64 KiB, in a mount namespace; 77 when that is not permitted. */
static int on_full_disk(void)
{
	struct strvec names = STRVEC_INIT;
	struct strbuf sb = STRBUF_INIT;
	char *large = calloc(1, 100000);

	char dir[PATH_MAX];

	if (enter_namespaces() < 0 || mount("none", ".", "tmpfs", 0, "size=64k") < 0 ||
	    !getcwd(dir, sizeof(dir)) || chdir(dir) < 0)
		return 77;
	if (file_write_str("f", "old") < 0)
		return 1;
	if (file_write("f", large, 100000) != -1)
		return 2;
	if (dir_list(".", &names) < 0 || names.count != 1)
		return 3;
	if (file_read("f", &sb) < 0 || strcmp(sb.data, "old") != 0)
		return 4;
	free(large);
	strbuf_release(&sb);
	strvec_release(&names);
	return 0;
}

static void test_full_disk(void **state)
{
	struct capture c;
	char *said;
	int status;
	pid_t pid;

	(void)state;
	capture_begin(&c, STDERR_FILENO);
	pid = fork();
	if (!pid)
		_exit(on_full_disk());
	waitpid(pid, &status, 0);
	said = capture_end(&c);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		free(said);
		skip();
	}
	assert_int_equal(status, 0);
	assert_string_equal(said, "kab: error: cannot write \"f\": No space left on device\n");
	free(said);
}

static void test_copy(void **state)
{
	struct stat st;
	struct capture c;
	char *said, *large = malloc(1000000);
	struct strbuf sb = STRBUF_INIT;
	int result;

	(void)state;
	assert_non_null(large);
	for (int i = 0; i < 1000000; i++)
		large[i] = (char)(i * 7 + i / 1000);
	assert_int_equal(file_write("from", large, 1000000), 0);
	assert_int_equal(chmod("from", 0751), 0);
	assert_int_equal(file_write_str("to", "old"), 0);
	assert_int_equal(file_copy("from", "to"), 0);
	assert_int_equal(stat("to", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0751);
	assert_int_equal(file_read("to", &sb), 0);
	assert_int_equal(sb.len, 1000000);
	assert_memory_equal(sb.data, large, 1000000);
	capture_begin(&c, STDERR_FILENO);
	result = file_copy("none", "to") + file_copy(".", "to") + file_copy("from", "no/to");
	said = capture_end(&c);
	assert_int_equal(result, -3);
	assert_int_equal(file_size("to"), 1000000);
	expect_names(".", "from to");
	free(said);
	free(large);
	strbuf_release(&sb);
}

static void test_sizes(void **state)
{
	struct capture c;
	char *said;
	int64_t single, missing;

	(void)state;
	assert_int_equal(file_size("none"), -1);
	assert_int_equal(file_size("."), -1);
	assert_int_equal(dir_make("d/e"), 0);
	assert_int_equal(file_write("d/f", (char[5000]){ 0 }, 5000), 0);
	assert_int_equal(file_size("d/f"), 5000);
	single = dir_size("d");
	assert_true(single >= 5000);
	assert_int_equal(link("d/f", "d/e/again"), 0);
	assert_int_equal(link("d/f", "d/e/and again"), 0);
	assert_int_equal(symlink("/usr", "d/usr"), 0);
	assert_in_range(dir_size("d"), single, single + 4096);
	assert_true(disk_free("none/nor/this") > 0);
	assert_int_equal(disk_free("/proc"), 0);
	capture_begin(&c, STDERR_FILENO);
	missing = disk_free("d/f/x");
	said = capture_end(&c);
	assert_int_equal(missing, -1);
	free(said);
}

static void test_make(void **state)
{
	struct capture c;
	char *said;
	int result;

	(void)state;
	assert_int_equal(dir_make("a/b//c/"), 0);
	assert_int_equal(dir_make("a/b/c"), 0);
	assert_int_equal(dir_make("/proc/self"), 0); /* exists, though mkdir() says otherwise */
	assert_int_equal(dir_make("/"), 0);
	assert_int_equal(symlink("a/b", "link"), 0);
	assert_int_equal(dir_make("link/d"), 0);
	expect_names("a/b", "c d");
	assert_int_equal(file_write_str("f", ""), 0);
	capture_begin(&c, STDERR_FILENO);
	result = dir_make("f/x/y");
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_string_equal(said, "kab: error: cannot make the directory \"f\": File exists\n");
	free(said);
}

static void test_remove_keeps_what_links_name(void **state)
{
	(void)state;
	assert_int_equal(dir_make("precious/inner"), 0);
	assert_int_equal(file_write_str("precious/f", "x"), 0);
	assert_int_equal(dir_make("tree"), 0);
	assert_int_equal(symlink("../precious", "tree/link"), 0);
	assert_int_equal(symlink("precious", "direct"), 0);
	assert_int_equal(symlink("/nonexistent", "tree/dangling"), 0);
	assert_int_equal(dir_remove("tree"), 0);
	assert_int_equal(dir_remove("direct/"), 0);
	expect_names(".", "precious");
	expect_names("precious", "f inner");
	assert_int_equal(dir_remove("tree"), 0); /* missing is fine */
}

/* As another user than root, who is stopped by nothing. */
static int remove_without_rights(void)
{
	if (getuid() == 0 && (setgid(65534) || setuid(65534)))
		return 77;
	if (dir_make("own/tree/ro/deep") || file_write_str("own/tree/ro/f", "x") ||
	    chmod("own/tree/ro/deep", 0) || chmod("own/tree/ro", 0555) || chmod("own/tree", 0500))
		return 1;
	return dir_remove("own/tree") || file_exists("own/tree");
}

static void test_remove_read_only(void **state)
{
	int status;
	pid_t pid;

	assert_int_equal(chmod(*state, 0755), 0);
	assert_int_equal(mkdir("own", 0777), 0);
	assert_int_equal(chmod("own", 0777), 0);
	pid = fork();
	if (!pid)
		_exit(remove_without_rights());
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

/* What overlayfs leaves in its upper folder. */
static void test_remove_whiteouts(void **state)
{
	(void)state;
	assert_int_equal(dir_make("upper/work/work"), 0);
	assert_int_equal(mkfifo("upper/pipe", 0600), 0);
	if (mknod("upper/whiteout", S_IFCHR, makedev(0, 0)) < 0)
		assert_int_equal(errno, EPERM);
	assert_int_equal(chmod("upper/work/work", 0), 0);
	assert_int_equal(dir_remove("upper"), 0);
	expect_names(".", "");
}

static int remove_around_mount(void)
{
	if (enter_namespaces() < 0 || mount("none", "t/m", "tmpfs", 0, NULL) < 0)
		return 77;
	if (file_write_str("t/m/f", "x") < 0)
		return 1;
	return dir_remove("t") == -1 && file_exists("t/m/f") ? 0 : 2;
}

static void test_remove_stops_at_mounts(void **state)
{
	struct capture c;
	char *said;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(dir_make("t/m"), 0);
	capture_begin(&c, STDERR_FILENO);
	pid = fork();
	if (!pid)
		_exit(remove_around_mount());
	waitpid(pid, &status, 0);
	said = capture_end(&c);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		free(said);
		skip();
	}
	assert_int_equal(status, 0);
	assert_string_equal(said,
			    "kab: error: cannot remove \"t/m\": something is mounted there\n");
	free(said);
}

static void test_list(void **state)
{
	struct strvec names = STRVEC_INIT;
	struct capture c;
	char *said;
	int result;

	(void)state;
	assert_int_equal(dir_list("none", &names), 0);
	assert_int_equal(names.count, 0);
	file_write_str("b", "");
	file_write_str("a", "");
	file_write_str(".c", "");
	expect_names(".", ".c a b");
	capture_begin(&c, STDERR_FILENO);
	result = dir_list("a", &names);
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_string_equal(said, "kab: error: cannot open \"a\": Not a directory\n");
	free(said);
	strvec_release(&names);
}

/* Holds the lock for a while; the parent waits for the byte that says so. */
static pid_t hold_lock(int tell, int ms)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (file_lock("lock", "it", false) < 0 || write(tell, "", 1) != 1)
		_exit(1);
	usleep((useconds_t)ms * 1000);
	_exit(0);
}

static void test_lock(void **state)
{
	int fds[2], fd, busy;
	struct capture c;
	char *said, byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = hold_lock(fds[1], 400);
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	capture_begin(&c, STDERR_FILENO);
	busy = file_lock("lock", "the cache", true);
	fd = file_lock("lock", "the cache", false);
	said = capture_end(&c);
	assert_int_equal(busy, -2);
	assert_true(fd >= 0);
	assert_string_equal(said, "waiting for the cache\n");
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	waitpid(pid, NULL, 0);
	close(fd);
	close(fds[0]);
	free(said);
}

static void test_shared_lock(void **state)
{
	int a, b;

	(void)state;
	a = file_lock_shared("lock", "it");
	b = file_lock_shared("lock", "it");
	assert_true(a >= 0 && b >= 0);
	assert_int_equal(file_lock("lock", "it", true), -2);
	close(a);
	close(b);
	a = file_lock("lock", "it", true);
	assert_true(a >= 0);
	close(a);
}

static void test_base(void **state)
{
	(void)state;
	assert_string_equal(path_base("a/b.c"), "b.c");
	assert_string_equal(path_base("b"), "b");
	assert_string_equal(path_base("/b"), "b");
	assert_string_equal(path_base("a/b//"), "b//");
	assert_string_equal(path_base(""), "");
	assert_string_equal(path_base("/"), "/");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_read),
		TEST(test_write),
		TEST(test_write_errors),
		TEST(test_write_does_not_fit),
		TEST(test_full_disk),
		TEST(test_copy),
		TEST(test_sizes),
		TEST(test_make),
		TEST(test_remove_keeps_what_links_name),
		TEST(test_remove_read_only),
		TEST(test_remove_whiteouts),
		TEST(test_remove_stops_at_mounts),
		TEST(test_list),
		TEST(test_lock),
		TEST(test_shared_lock),
		TEST(test_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
