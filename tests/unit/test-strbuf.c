// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/strbuf.h"

static void test_empty(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	char *s;

	(void)state;
	assert_string_equal(sb.data, "");
	strbuf_reset(&sb);
	strbuf_rtrim(&sb);
	strbuf_consume(&sb, 0);
	strbuf_add(&sb, NULL, 0);
	strbuf_adds(&sb, "");
	assert_int_equal(sb.len, 0);
	s = strbuf_detach(&sb);
	assert_string_equal(s, "");
	free(s);
	strbuf_release(&sb);
	strbuf_release(&sb);
	assert_int_equal(strbuf_empty[0], 0);
}

/* Every length around the points where it grows, and the NUL at each. */
static void test_grows(void **state)
{
	struct strbuf sb = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		strbuf_addch(&sb, (char)('a' + i % 26));
		assert_int_equal(sb.len, i + 1);
		assert_int_equal(sb.data[i + 1], 0);
	}
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(sb.data[i], 'a' + i % 26);
	strbuf_release(&sb);
}

static void test_addf(void **state)
{
	struct strbuf sb = STRBUF_INIT;

	(void)state;
	strbuf_addf(&sb, "%d", 1);
	strbuf_addf(&sb, "%s", "");
	strbuf_addf(&sb, "-%0200d-%s", 7, "end");
	assert_int_equal(sb.len, 1 + 1 + 200 + 1 + 3);
	assert_string_equal(sb.data + 198, "0007-end");
	strbuf_release(&sb);
}

static void test_consume_and_reset(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	const char *memory;

	(void)state;
	strbuf_add(&sb, "abc\0def", 7);
	strbuf_consume(&sb, 4);
	assert_int_equal(sb.len, 3);
	assert_string_equal(sb.data, "def");
	strbuf_consume(&sb, 3);
	assert_string_equal(sb.data, "");
	strbuf_adds(&sb, "x");
	memory = sb.data;
	strbuf_reset(&sb);
	assert_ptr_equal(sb.data, memory);
	assert_string_equal(sb.data, "");
	strbuf_release(&sb);
}

static void test_detach(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	char *s;

	(void)state;
	strbuf_adds(&sb, "mine");
	s = strbuf_detach(&sb);
	strbuf_adds(&sb, "other");
	assert_string_equal(s, "mine");
	free(s);
	strbuf_release(&sb);
}

static void test_rtrim(void **state)
{
	struct strbuf sb = STRBUF_INIT;

	(void)state;
	strbuf_adds(&sb, " a b \t\r\n");
	strbuf_rtrim(&sb);
	assert_string_equal(sb.data, " a b");
	assert_int_equal(sb.len, 4);
	strbuf_reset(&sb);
	strbuf_adds(&sb, " \n ");
	strbuf_rtrim(&sb);
	assert_int_equal(sb.len, 0);
	strbuf_release(&sb);
}

static void test_read_once(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "hello", 5), 5);
	assert_int_equal(strbuf_read_once(&sb, fds[0], 3), 3);
	assert_string_equal(sb.data, "hel");
	assert_int_equal(strbuf_read_once(&sb, fds[0], 100), 2);
	assert_string_equal(sb.data, "hello");
	close(fds[1]);
	assert_int_equal(strbuf_read_once(&sb, fds[0], 100), 0);
	close(fds[0]);
	assert_int_equal(strbuf_read_once(&sb, -1, 100), -1);
	assert_string_equal(sb.data, "hello");
	strbuf_release(&sb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),	  cmocka_unit_test(test_grows),
		cmocka_unit_test(test_addf),	  cmocka_unit_test(test_consume_and_reset),
		cmocka_unit_test(test_detach),	  cmocka_unit_test(test_rtrim),
		cmocka_unit_test(test_read_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
