// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

#include "capture.h"
#include "runner/hba/memory.h"

#define PAGE 4096ull

struct fixture {
	struct memory m;
	int fd;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->fd = memfd_create("guest", MFD_CLOEXEC);
	assert_int_equal(ftruncate(f->fd, 8 * PAGE), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	memory_release(&f->m);
	close(f->fd);
	free(f);
	return 0;
}

/* Two pieces that touch in the guest, but not in the file, and one above 4 GiB. */
static void map(struct fixture *f)
{
	const struct memory_share shares[] = {
		{ 0, 2 * PAGE, 0, f->fd },
		{ 2 * PAGE, PAGE, 4 * PAGE, f->fd },
		{ 1ull << 32, PAGE, 5 * PAGE, f->fd },
	};

	assert_int_equal(memory_map(&f->m, shares, 3), 0);
}

static void test_reaches_the_file(void **state)
{
	struct fixture *f = *state;
	char text[8];

	map(f);
	assert_true(memory_write(&f->m, (1ull << 32) + 16, "abcdefg", 8));
	assert_int_equal(pread(f->fd, text, 8, 5 * PAGE + 16), 8);
	assert_string_equal(text, "abcdefg");
	assert_int_equal(pwrite(f->fd, "hijklmn", 8, 4 * PAGE), 8);
	assert_true(memory_read(&f->m, 2 * PAGE, text, 8));
	assert_string_equal(text, "hijklmn");
}

static void test_spans_pieces(void **state)
{
	struct fixture *f = *state;
	char text[8];

	map(f);
	assert_true(memory_write(&f->m, 2 * PAGE - 4, "abcdefg", 8));
	assert_int_equal(pread(f->fd, text, 4, 2 * PAGE - 4), 4);
	assert_memory_equal(text, "abcd", 4);
	assert_int_equal(pread(f->fd, text, 4, 4 * PAGE), 4);
	assert_memory_equal(text, "efg", 4);
	memset(text, 0, sizeof(text));
	assert_true(memory_read(&f->m, 2 * PAGE - 4, text, 8));
	assert_string_equal(text, "abcdefg");
}

/* Nothing is written when the end of it would be outside. */
static void test_refuses_the_rest(void **state)
{
	struct fixture *f = *state;
	char text[8] = "";

	map(f);
	assert_false(memory_write(&f->m, 3 * PAGE - 4, "abcdefg", 8));
	assert_true(memory_read(&f->m, 3 * PAGE - 4, text, 4));
	assert_memory_equal(text, "\0\0\0", 4);
	assert_false(memory_read(&f->m, 3 * PAGE, text, 1));
	assert_false(memory_read(&f->m, UINT64_MAX - 3, text, 8));
	assert_false(memory_read(&f->m, UINT64_MAX, text, 1));
	assert_true(memory_read(&f->m, 12345 * PAGE, text, 0));
}

static void test_refuses_bad_maps(void **state)
{
	struct fixture *f = *state;
	const struct memory_share bad[][2] = {
		{ { 0, PAGE, 0, f->fd }, { 0x800, PAGE, PAGE, f->fd } }, /* overlap */
		{ { 0, PAGE, 0, f->fd },
		  { PAGE, 2 * PAGE, 7 * PAGE, f->fd } }, /* beyond the file */
		{ { 0, PAGE, 0, f->fd }, { PAGE, PAGE, -4096, f->fd } },
		{ { 0, PAGE, 0, f->fd }, { PAGE, 0, 0, f->fd } },
		{ { 0, PAGE, 0, f->fd }, { UINT64_MAX - 10, PAGE, 0, f->fd } },
		{ { 0, PAGE, 0, f->fd }, { PAGE, PAGE, 0, -1 } },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct capture c;
		char *said, byte;
		int result;

		capture_begin(&c, STDERR_FILENO);
		result = memory_map(&f->m, bad[i], 2);
		said = capture_end(&c);
		assert_int_equal(result, -1);
		assert_non_null(strstr(said, "guest memory"));
		free(said);
		/* No memory is left at all, not half of it. */
		assert_false(memory_read(&f->m, 0, &byte, 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reaches_the_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_spans_pieces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refuses_the_rest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refuses_bad_maps, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
