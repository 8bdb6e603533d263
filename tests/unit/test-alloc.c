// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/alloc.h"

/* Volatile, so that the compiler does not see, and refuse, what is asked for. */
static volatile size_t huge = SIZE_MAX / 2;

/* ASan would stop there by itself. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void overflow_calloc(void)
{
	free(xcalloc(huge, 4));
}

static void overflow_realloc(void)
{
	free(xreallocarray(NULL, huge, 4));
}

static void check_null(void)
{
	xcheck(NULL);
}

/* No memory, and no caller that has to think of it. */
static void test_failure_ends_the_process(void **state)
{
	static void (*const ways[])(void) = { overflow_calloc, overflow_realloc, check_null };

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct capture c;
		char *said;
		int status;
		pid_t pid;

		capture_begin(&c, STDERR_FILENO);
		pid = fork();
		if (!pid) {
			ways[i]();
			_exit(0);
		}
		waitpid(pid, &status, 0);
		said = capture_end(&c);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 70);
		assert_non_null(strstr(said, "kab: error: out of memory\n"));
		free(said);
	}
}

static void test_results(void **state)
{
	char *s, *array;

	(void)state;
	s = xasprintf("%d-%s", 7, "x");
	assert_string_equal(s, "7-x");
	array = xreallocarray(s, 2, 50);
	assert_string_equal(array, "7-x");
	free(array);
	s = xstrndup("abcdef", 3);
	assert_string_equal(s, "abc");
	free(s);
	array = xcalloc(0, 8);
	assert_non_null(array);
	free(array);
	array = xreallocarray(NULL, 0, 0);
	assert_non_null(array);
	free(array);
	array = xcalloc(10, 10);
	for (int i = 0; i < 100; i++)
		assert_int_equal(array[i], 0);
	free(array);
	assert_ptr_equal(xcheck(state), state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failure_ends_the_process),
		cmocka_unit_test(test_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
