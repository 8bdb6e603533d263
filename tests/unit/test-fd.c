// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/alloc.h"
#include "lib/fd.h"

#define MUCH (4 << 20) /* far more than a pipe holds */

static void on_alarm(int signal)
{
	(void)signal;
}

/* Reads in small pieces, and ends with 0 when each byte was the one expected. */
static void read_as_child(int fd)
{
	unsigned char piece[4096];
	size_t total = 0;
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) > 0)
		for (ssize_t i = 0; i < n; i++, total++)
			if (piece[i] != (unsigned char)(total * 7 >> 3))
				_exit(1);
	_exit(total == MUCH ? 0 : 2);
}

/* A pipe takes a part at a time, and signals break the writes off in between. */
static void test_parts(void **state)
{
	const struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { { 0, 0 }, { 0, 0 } };
	const struct sigaction interrupt = { .sa_handler = on_alarm };
	unsigned char *much = xcalloc(1, MUCH);
	int pipe[2], status;
	pid_t child;

	(void)state;
	for (size_t i = 0; i < MUCH; i++)
		much[i] = (unsigned char)(i * 7 >> 3);
	assert_int_equal(pipe2(pipe, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		close(pipe[1]);
		read_as_child(pipe[0]);
	}
	close(pipe[0]);
	assert_int_equal(sigaction(SIGALRM, &interrupt, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(fd_write_close(pipe[1], much, MUCH), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	free(much);
}

static void test_failure(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fd_write(fd, "x", 1), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(fd_write(fd, "", 0), 0);
	errno = 0;
	assert_int_equal(fd_write_close(fd, "x", 1), -1);
	assert_int_equal(errno, ENOSPC);
	errno = 0;
	assert_int_equal(fd_write_close(fd, "", 0), -1); /* closed already */
	assert_int_equal(errno, EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
