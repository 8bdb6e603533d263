// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "lib/progress.h"
#include "lib/strvec.h"

#define LONG_MS	 20000
#define LARGE	 (3 << 20)
#define FOR_EVER "exec sleep 1000"

/* "sh -c SCRIPT": the tests may use a shell, kab may not. */
static struct strvec shell(const char *script)
{
	struct strvec v = STRVEC_INIT;

	strvec_pushl(&v, "sh", "-c", script, NULL);
	return v;
}

static int run_status(const char *script)
{
	struct strvec v = shell(script);
	struct proc p = { .argv = v.items };
	int result = proc_run(&p, LONG_MS);

	strvec_release(&v);
	assert_int_equal(p.pidfd, -1);
	assert_int_equal(result, proc_ok(&p) ? 0 : -1);
	return p.status;
}

static int open_fds(void)
{
	struct strvec names = STRVEC_INIT;
	int count;

	assert_int_equal(dir_list("/proc/self/fd", &names), 0);
	count = (int)names.count;
	strvec_release(&names);
	return count;
}

/*
 * True when no child is left, in the group or (-1) at all. main() made this process the one that
 * inherits and collects orphans: init may take its time.
 */
static bool all_gone(pid_t group)
{
	for (int i = 0; i < 500; i++) {
		while (waitpid(group < 0 ? -1 : -group, NULL, WNOHANG) > 0)
			;
		if (errno == ECHILD)
			return true;
		usleep(10000);
	}
	return false;
}

/* Every test leaves the process as it found it. */
static int fds_before;

static int set_up(void **state)
{
	(void)state;
	fds_before = open_fds();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(open_fds(), fds_before);
	assert_true(all_gone(-1));
	return 0;
}

static void test_statuses(void **state)
{
	(void)state;
	assert_int_equal(run_status("exit 0"), 0);
	assert_int_equal(WEXITSTATUS(run_status("exit 3")), 3);
	assert_int_equal(WTERMSIG(run_status("kill -9 $$")), SIGKILL);
}

static void test_descriptions(void **state)
{
	struct proc p = { 0 };
	struct strbuf sb = STRBUF_INIT;

	(void)state;
	proc_describe(&p, &sb);
	p.pid = 1;
	p.pidfd = -1;
	p.status = 1 << 8;
	strbuf_adds(&sb, "; ");
	proc_describe(&p, &sb);
	p.status = SIGKILL;
	strbuf_adds(&sb, "; ");
	proc_describe(&p, &sb);
	assert_string_equal(sb.data, "not started; exit status 1; killed by signal 9 (Killed)");
	assert_false(proc_ok(&p));
	strbuf_release(&sb);
}

/* An exit status of 127 is the program's own; a program that is not there is an error. */
static void test_exec_failure_is_not_127(void **state)
{
	struct strvec v = STRVEC_INIT;
	struct capture c;
	struct proc p = { 0 };
	char *said;
	int result;

	(void)state;
	strvec_push(&v, "kab-no-such-program");
	p.argv = v.items;
	capture_begin(&c, STDERR_FILENO);
	result = proc_start(&p);
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_int_equal(p.pidfd, -1);
	assert_string_equal(said, "kab: error: cannot run \"kab-no-such-program\": "
				  "No such file or directory\n");
	assert_false(proc_ok(&p));
	proc_stop(&p, 0);
	free(said);
	strvec_release(&v);
	assert_int_equal(WEXITSTATUS(run_status("exit 127")), 127);
}

/* A file without a format is not handed to a shell. */
static void test_never_a_shell(void **state)
{
	char path[] = "/tmp/kab-test-proc-XXXXXX";
	struct strvec v = STRVEC_INIT;
	struct proc p = { 0 };
	struct capture c;
	char *said;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "exit 0\n", 7), 7);
	fchmod(fd, 0755);
	close(fd);
	strvec_push(&v, path);
	p.argv = v.items;
	capture_begin(&c, STDERR_FILENO);
	proc_run(&p, LONG_MS);
	said = capture_end(&c);
	unlink(path);
	assert_non_null(strstr(said, "Exec format error"));
	free(said);
	strvec_release(&v);
}

static int failing_setup(void *ctx)
{
	errno = *(int *)ctx;
	return -1;
}

static int good_setup(void *ctx)
{
	return setenv("KAB_TEST_SETUP", ctx, 1);
}

static void test_directory_and_setup(void **state)
{
	struct strvec v = shell("test \"$PWD\" = /proc && test $KAB_TEST_SETUP = yes && "
				"test \"$KAB_TEST_ENV\" = 'a b'");
	struct strvec env = STRVEC_INIT;
	struct proc p = { .argv = v.items, .dir = "/proc", .setup = good_setup };
	char yes[] = "yes";
	int err = EPERM;
	struct capture c;
	char *said;

	(void)state;
	strvec_push(&env, "KAB_TEST_ENV=a b");
	p.env = env.items;
	p.setup_ctx = yes;
	assert_int_equal(proc_run(&p, LONG_MS), 0);
	assert_null(getenv("KAB_TEST_ENV"));
	assert_null(getenv("KAB_TEST_SETUP"));

	capture_begin(&c, STDERR_FILENO);
	p.setup = failing_setup;
	p.setup_ctx = &err;
	proc_run(&p, LONG_MS);
	p.dir = "/nonexistent";
	proc_run(&p, LONG_MS);
	said = capture_end(&c);
	assert_string_equal(said, "kab: error: cannot prepare the environment of \"sh\": "
				  "Operation not permitted\n"
				  "kab: error: cannot run \"sh\" in \"/nonexistent\": "
				  "No such file or directory\n");
	free(said);
	strvec_release(&env);
	strvec_release(&v);
}

static void test_large_output_on_both_pipes(void **state)
{
	struct strvec v = shell("head -c 3145728 /dev/zero | tr '\\0' e >&2 & "
				"head -c 3145728 /dev/zero | tr '\\0' o; wait; exit 5");
	struct strbuf out = STRBUF_INIT;
	struct strbuf err = STRBUF_INIT;

	(void)state;
	assert_int_equal(proc_capture(v.items, &out, &err, LONG_MS), -1);
	assert_int_equal(out.len, LARGE);
	assert_int_equal(err.len, LARGE);
	assert_int_equal(strspn(out.data, "o"), LARGE);
	assert_int_equal(strspn(err.data, "e"), LARGE);
	strbuf_reset(&out);
	assert_int_equal(proc_capture(v.items, &out, NULL, LONG_MS), -1);
	assert_int_equal(out.len, LARGE);
	strbuf_release(&out);
	strbuf_release(&err);
	strvec_release(&v);
}

static void test_capture_appends(void **state)
{
	struct strvec v = shell("echo out; echo err >&2; test ! -s /dev/stdin");
	struct strbuf out = STRBUF_INIT;
	struct strbuf err = STRBUF_INIT;

	(void)state;
	strbuf_adds(&out, "before ");
	assert_int_equal(proc_capture(v.items, &out, &err, LONG_MS), 0);
	assert_string_equal(out.data, "before out\n");
	assert_string_equal(err.data, "err\n");
	strbuf_release(&out);
	strbuf_release(&err);
	strvec_release(&v);
}

/* Something that the child left behind holds the pipes open: no reason to wait for it. */
static void test_capture_ends_with_the_child(void **state)
{
	struct strvec v = shell("echo $$; sleep 1000 & exit 0");
	struct strbuf out = STRBUF_INIT;
	int64_t start = clock_ms();

	(void)state;
	assert_int_equal(proc_capture(v.items, &out, NULL, LONG_MS), 0);
	assert_true(clock_ms() - start < 5000);
	/* And it is gone with its group. */
	assert_true(all_gone((pid_t)strtol(out.data, NULL, 10)));
	strbuf_release(&out);
	strvec_release(&v);
}

static void test_timeout_kills_grandchildren(void **state)
{
	/* Deaf to TERM, all of them. */
	struct strvec v = shell("trap '' TERM; (trap '' TERM; sleep 1000) & sleep 1000");
	struct proc p = { .argv = v.items };
	int64_t start = clock_ms();

	(void)state;
	assert_int_equal(proc_start(&p), 0);
	assert_int_equal(getpgid(p.pid), p.pid);
	assert_int_equal(proc_wait(&p, 200), 1);
	proc_stop(&p, 200);
	assert_true(clock_ms() - start >= 400);
	assert_true(clock_ms() - start < 10000);
	assert_int_equal(WTERMSIG(p.status), SIGKILL);
	assert_true(all_gone(p.pid));
	proc_stop(&p, 0);
	assert_int_equal(proc_wait(&p, 0), 0);
	strvec_release(&v);
}

static void test_run_and_capture_time_out(void **state)
{
	struct strvec v = shell("echo started; " FOR_EVER);
	struct proc p = { .argv = v.items, .out = PROC_NULL };
	struct strbuf out = STRBUF_INIT;
	struct capture c;
	char *said;
	int result;

	(void)state;
	capture_begin(&c, STDERR_FILENO);
	result = proc_run(&p, 100);
	result += proc_capture(v.items, &out, NULL, 100);
	said = capture_end(&c);
	assert_int_equal(result, -2);
	assert_int_equal(WTERMSIG(p.status), SIGTERM);
	assert_string_equal(out.data, "started\n");
	assert_string_equal(said, "kab: error: \"sh\" was stopped: not finished after 0.1 s\n"
				  "kab: error: \"sh\" was stopped: not finished after 0.1 s\n");
	free(said);
	strbuf_release(&out);
	strvec_release(&v);
}

/* TERM comes first: a child that winds down within the grace is not killed. */
static void test_stop_is_gentle_first(void **state)
{
	struct strvec v = shell("trap 'exit 42' TERM; echo ready; while :; do sleep 0.05; done");
	struct proc p = { .argv = v.items, .out = PROC_PIPE };
	char line[8];

	(void)state;
	assert_int_equal(proc_start(&p), 0);
	assert_int_equal(read(p.out, line, sizeof(line)), 6);
	proc_stop(&p, LONG_MS);
	assert_int_equal(WEXITSTATUS(p.status), 42);
	close(p.out);
	strvec_release(&v);
}

static void test_stopped_child_ends(void **state)
{
	struct strvec v = shell(FOR_EVER);
	struct proc p = { .argv = v.items };
	int64_t start = clock_ms();

	(void)state;
	assert_int_equal(proc_start(&p), 0);
	kill(p.pid, SIGSTOP);
	proc_stop(&p, LONG_MS);
	assert_true(clock_ms() - start < LONG_MS / 2);
	assert_int_equal(WTERMSIG(p.status), SIGTERM);
	strvec_release(&v);
}

static void test_streams(void **state)
{
	struct strvec v = shell("cat; echo err >&2");
	struct proc p = { .argv = v.items, .in = PROC_PIPE, .out = PROC_PIPE, .err = PROC_STDOUT };
	struct strbuf got = STRBUF_INIT;

	(void)state;
	assert_int_equal(proc_start(&p), 0);
	assert_int_equal(write(p.in, "hello ", 6), 6);
	close(p.in);
	assert_int_equal(proc_wait(&p, LONG_MS), 0);
	while (strbuf_read_once(&got, p.out, 100) > 0)
		;
	assert_string_equal(got.data, "hello err\n");
	assert_true(proc_ok(&p));
	close(p.out);
	strbuf_release(&got);
	strvec_release(&v);
}

/* Descriptors of the caller, crosswise: what goes to 1 is kab's 2, and the other way round. */
static void test_streams_crosswise(void **state)
{
	struct strvec v = shell("echo out; echo err >&2");
	struct proc p = { .argv = v.items, .out = STDERR_FILENO, .err = STDOUT_FILENO };
	struct capture out, err;
	char *got_out, *got_err;
	int result;

	(void)state;
	capture_begin(&out, STDOUT_FILENO);
	capture_begin(&err, STDERR_FILENO);
	result = proc_run(&p, LONG_MS);
	got_err = capture_end(&err);
	got_out = capture_end(&out);
	assert_int_equal(result, 0);
	assert_string_equal(got_out, "err\n");
	assert_string_equal(got_err, "out\n");
	free(got_out);
	free(got_err);
	strvec_release(&v);
}

/* No blocked and no ignored signal; three descriptors, and the one by which ls reads the list. */
static void test_child_is_clean(void **state)
{
	struct strvec masks = STRVEC_INIT;
	struct strvec list = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	sigset_t block, old, now;
	int stray;

	(void)state;
	/* The two signals in the middle are the C library's own: nobody else can set or reset them,
	 * and a make may hand them down ignored. */
	strvec_pushl(&masks, "sed", "-n",
		     "s/^\\(Sig[BI][lg][kn]:\t0*\\)180000000$/\\1000000000/;"
		     "/^Sig[BI][lg][kn]/p",
		     "/proc/self/status", NULL);
	strvec_pushl(&list, "ls", "/proc/self/fd", NULL);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, &old);
	signal(SIGPIPE, SIG_IGN);
	stray = open("/dev/null", O_RDONLY); /* as kab's own parent may have left one */
	assert_int_equal(proc_capture(masks.items, &out, NULL, LONG_MS), 0);
	assert_int_equal(proc_capture(list.items, &out, NULL, LONG_MS), 0);
	close(stray);
	sigprocmask(SIG_SETMASK, &old, &now);
	signal(SIGPIPE, SIG_DFL);
	assert_string_equal(out.data, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"
				      "0\n1\n2\n3\n");
	assert_true(sigismember(&now, SIGUSR1));
	assert_false(sigismember(&now, SIGTERM));
	strbuf_release(&out);
	strvec_release(&masks);
	strvec_release(&list);
}

/*
 * The process that plays kab: starts a make-like tree, tells its group, and waits to be killed.
 */
static void play_kab(int tell)
{
	struct strvec v = shell("sleep 1000 & sh -c 'sleep 1000 & wait' & wait");
	struct proc p = { .argv = v.items };

	if (proc_start(&p) < 0 || write(tell, &p.pid, sizeof(p.pid)) < 0)
		_exit(1);
	pause();
	_exit(0);
}

static void test_nothing_outlives_kab(void **state)
{
	int fds[2];
	pid_t kab, group;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	kab = fork();
	if (!kab)
		play_kab(fds[1]);
	close(fds[1]);
	assert_int_equal(read(fds[0], &group, sizeof(group)), sizeof(group));
	assert_int_equal(kill(-group, 0), 0);
	usleep(100000); /* for the grandchildren to come up */
	kill(kab, SIGKILL);
	assert_int_equal(waitpid(kab, NULL, 0), kab);
	assert_true(all_gone(group));
	close(fds[0]);
}

/* A lock that kab lets go of is free, though children and guards were forked while it was held. */
static void test_locks_are_not_inherited(void **state)
{
	char path[] = "/tmp/kab-test-lock-XXXXXX";
	struct strvec v = shell(FOR_EVER);
	struct proc p = { .argv = v.items };
	int fd = mkstemp(path);
	int lock, again;

	(void)state;
	close(fd);
	lock = file_lock(path, "it", true);
	assert_true(lock >= 0);
	assert_int_equal(proc_start(&p), 0);
	close(lock);
	again = file_lock(path, "it", true);
	assert_true(again >= 0);
	close(again);
	proc_stop(&p, LONG_MS);
	unlink(path);
	strvec_release(&v);
}

static void test_available(void **state)
{
	char *path = xstrdup(getenv("PATH"));

	(void)state;
	assert_true(proc_available("sh"));
	assert_true(proc_available("/bin/sh"));
	assert_false(proc_available("kab-no-such-program"));
	assert_false(proc_available("/etc"));
	assert_false(proc_available("/etc/passwd"));
	setenv("PATH", "/nonexistent:/proc", 1);
	assert_false(proc_available("sh"));
	assert_false(proc_available("self")); /* a folder */
	setenv("PATH", path, 1);
	free(path);
}

/*
 * Interruption changes the process for good: each case runs in one of its own, whose exit status
 * is 0 when all went as it should.
 */
static int in_child(int (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(body());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int wakes_a_wait(void)
{
	struct strvec v = shell("kill -INT $PPID; " FOR_EVER);
	struct strvec quiet = shell(FOR_EVER);
	struct proc p = { .argv = v.items };
	struct pollfd fd;

	if (interrupt_fd() != -1 || interrupted() || interrupt_setup() < 0 || interrupt_fd() < 0)
		return 1;
	if (proc_run(&p, LONG_MS) != -1)
		return 2;
	fd = (struct pollfd){ .fd = interrupt_fd(), .events = POLLIN };
	if (!interrupted() || poll(&fd, 1, 0) != 1)
		return 3;
	if (p.pidfd != -1 || WTERMSIG(p.status) != SIGTERM)
		return 4;
	/* From now on every wait gives up at once, and a child that has ended is still seen. */
	p.argv = quiet.items;
	if (proc_start(&p) < 0 || proc_wait(&p, LONG_MS) != 1)
		return 5;
	kill(p.pid, SIGKILL);
	usleep(100000);
	return proc_wait(&p, 0) == 0 ? 0 : 6;
}

static int second_signal_ends(void)
{
	interrupt_setup();
	raise(SIGTERM);
	if (!interrupted())
		return 1;
	raise(SIGINT);
	return 2;
}

static int wakes_a_capture(void)
{
	struct strvec v = shell("kill -TERM $PPID; " FOR_EVER);
	struct strbuf out = STRBUF_INIT;

	interrupt_setup();
	return proc_capture(v.items, &out, NULL, -1) == -1 && interrupted() ? 0 : 1;
}

static void test_interruption(void **state)
{
	(void)state;
	assert_int_equal(in_child(wakes_a_wait), 0);
	assert_int_equal(in_child(wakes_a_capture), 0);
	assert_int_equal(in_child(second_signal_ends), SIGINT);
	assert_false(interrupted());
}

/* Started by something that closed the standard streams. */
static int without_streams(void)
{
	struct strvec v = shell("echo x");
	struct proc p = { .argv = v.items, .out = PROC_PIPE, .err = PROC_NULL };
	char c;

	close(0);
	close(1);
	close(2);
	if (proc_start(&p) < 0)
		return 1;
	if (read(p.out, &c, 1) != 1 || c != 'x')
		return 2;
	return proc_wait(&p, LONG_MS) || !proc_ok(&p);
}

static void test_without_streams(void **state)
{
	(void)state;
	assert_int_equal(in_child(without_streams), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_statuses),
		TEST(test_descriptions),
		TEST(test_exec_failure_is_not_127),
		TEST(test_never_a_shell),
		TEST(test_directory_and_setup),
		TEST(test_large_output_on_both_pipes),
		TEST(test_capture_appends),
		TEST(test_capture_ends_with_the_child),
		TEST(test_timeout_kills_grandchildren),
		TEST(test_run_and_capture_time_out),
		TEST(test_stop_is_gentle_first),
		TEST(test_stopped_child_ends),
		TEST(test_streams),
		TEST(test_streams_crosswise),
		TEST(test_child_is_clean),
		TEST(test_nothing_outlives_kab),
		TEST(test_locks_are_not_inherited),
		TEST(test_available),
		TEST(test_interruption),
		TEST(test_without_streams),
	};

	/* valgrind 3.19 does not know it; nor do kernels before 5.3. */
	if (syscall(SYS_pidfd_open, getpid(), 0) < 0 && errno == ENOSYS)
		return 77;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
