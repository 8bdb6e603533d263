// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "sandbox.h"
#include <sys/wait.h>

#include "runner/source/cache.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_notes(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	put("file", "1");
	assert_false(cache_note_get("topic", "file", &text));
	cache_note_set("topic", "file", "one");
	assert_true(cache_note_get("topic", "file", &text));
	assert_string_equal(text.data, "one");
	assert_false(cache_note_get("other", "file", &text));
	put("file", "2");
	assert_false(cache_note_get("topic", "file", &text));
	strbuf_release(&text);
}

static void test_file_hash(void **state)
{
	char *hash;

	(void)state;
	put("file", "abc");
	for (int i = 0; i < 2; i++) {
		hash = cache_file_hash("file");
		assert_string_equal(
			hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
		free(hash);
	}
	put("file", "");
	hash = cache_file_hash("file");
	assert_string_equal(hash,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	free(hash);
}

/* What a process that is killed leaves, the next one removes; what lives, it does not. */
static void test_work(void **state)
{
	struct cache_work mine, other;
	char *left;
	int fds[2];
	int status;
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(cache_work_begin(&mine), 0);
	pid = fork();
	if (!pid) {
		/* Its own descriptors only: flock belongs to the open file. */
		if (cache_work_begin(&other) < 0 || write(fds[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(fds[0], &c, 1), 1);
	left = xasprintf("%.*s/%d-2", (int)(strrchr(mine.path, '/') - mine.path), mine.path, pid);
	assert_true(file_exists(left));
	assert_int_equal(cache_work_begin(&other), 0);
	assert_true(file_exists(left));
	cache_work_end(&other);

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	assert_int_equal(cache_work_begin(&other), 0);
	assert_false(file_exists(left));
	assert_true(file_exists(mine.path));
	cache_work_end(&other);
	cache_work_end(&mine);
	assert_null(mine.path);
	free(left);
	close(fds[0]);
	close(fds[1]);
}

static void test_remove(void **state)
{
	char *path = cache_path("layers", ID "-upper");
	char *file = xasprintf("%s/x", path);
	int lock;

	(void)state;
	put(file, "");
	lock = cache_lock("kernel", ID, CACHE_SHARED);
	assert_true(lock >= 0);
	assert_int_equal(cache_remove("layers", ID "-upper", "kernel", ID), 1);
	assert_true(file_exists(file));
	close(lock);
	assert_int_equal(cache_remove("layers", ID "-upper", "kernel", ID), 0);
	assert_false(file_exists(path));
	assert_int_equal(cache_remove("layers", ID "-upper", "kernel", ID), 0);
	free(file);
	free(path);
}

static void test_need(void **state)
{
	struct capture c;
	char *said;
	int result;

	(void)state;
	assert_int_equal(cache_need_mib(0, "it"), 0);
	capture_begin(&c, STDERR_FILENO);
	result = cache_need_mib(INT64_C(1) << 40, "it");
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_non_null(strstr(said, "it needs about 1099511627776 MiB"));
	assert_non_null(strstr(said, "MiB are missing"));
	free(said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_notes, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_file_hash, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_work, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_remove, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_need, sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
