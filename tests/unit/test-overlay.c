// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "runner/source/overlay.h"
#include "sandbox.h"

/* Runs a program in the view. */
static int run(struct overlay *o, const char *program, const char *a, const char *b)
{
	struct strvec argv = STRVEC_INIT;
	struct proc p = { 0 };
	int result;

	strvec_pushl(&argv, program, a, b, NULL);
	p.argv = argv.items;
	overlay_enter(o, &p);
	result = proc_run(&p, 10000);
	strvec_release(&argv);
	return result;
}

static void expect_file(const struct overlay *o, const char *path, const char *content)
{
	struct strbuf text = STRBUF_INIT;
	char *found = overlay_find(o, path);

	if (!content) {
		assert_null(found);
		return;
	}
	assert_non_null(found);
	assert_int_equal(file_read(found, &text), 0);
	assert_string_equal(text.data, content);
	strbuf_release(&text);
	free(found);
}

static void make_source(void)
{
	put("source/kept", "kept\n");
	put("source/sub/removed", "removed\n");
	put("source/sub/changed", "old\n");
}

/* A layer over the source and a view over both; the same story for mounts and copies. */
static void tell(void)
{
	struct overlay o;

	make_source();
	assert_int_equal(dir_make("one") || dir_make("two, with: odd"), 0);
	assert_int_equal(overlay_open(&o, "one", "source", NULL), 0);
	assert_int_equal(run(&o, "rm", "sub/removed", NULL), 0);
	assert_int_equal(run(&o, "cp", "kept", "made"), 0);
	expect_file(&o, "sub/removed", NULL);
	expect_file(&o, "made", "kept\n");
	assert_int_equal(overlay_keep(&o, "layer"), 0);

	assert_int_equal(overlay_open(&o, "two, with: odd", "source", "layer"), 0);
	assert_int_equal(run(&o, "test", "-e", "sub/removed"), -1);
	assert_int_equal(run(&o, "cp", "made", "sub/changed"), 0);
	expect_file(&o, "sub/removed", NULL);
	expect_file(&o, "sub/changed", "kept\n");
	expect_file(&o, "kept", "kept\n");
	expect_file(&o, "nothing", NULL);
	overlay_close(&o);

	/* Nothing of it came down. */
	assert_true(file_exists("source/sub/removed"));
	assert_int_equal(file_size("source/sub/changed"), 4);
	assert_false(file_exists("source/made"));
}

static void test_mounted(void **state)
{
	(void)state;
	unsetenv("KAB_OVERLAY");
	assert_int_equal(dir_make("probe"), 0);
	if (!overlay_works("probe"))
		skip();
	assert_string_equal(overlay_kind("probe", "."), "upper");
	tell();
	/* No mount is left in this process' view. */
	assert_false(file_exists("/mnt/kept"));
}

static void test_copied(void **state)
{
	struct overlay o;
	struct capture c;
	char *said;
	int result;

	(void)state;
	setenv("KAB_OVERLAY", "no", 1);
	capture_begin(&c, STDERR_FILENO);
	result = overlay_open(&o, ".", ".", NULL);
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_non_null(strstr(said, "has spaces or colons"));
	free(said);
	setenv("KAB_CACHE", sandbox_dir, 1);
	assert_string_equal(overlay_kind(".", "."), "copy");
	tell();
	unsetenv("KAB_OVERLAY");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_mounted, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_copied, sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
