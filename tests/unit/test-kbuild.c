// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "runner/kernel/kbuild.h"
#include "sandbox.h"

static void check_excerpt(const char *output, const char *expected)
{
	struct strbuf out = STRBUF_INIT;

	kbuild_excerpt(output, &out);
	assert_string_equal(out.data, expected);
	strbuf_release(&out);
}

static void test_excerpt(void **state)
{
	(void)state;
	check_excerpt("  CC      mm/a.o\n"
		      "mm/b.c: In function 'f':\n"
		      "mm/b.c:7:9: error: 'x' undeclared\n"
		      "    7 |         x = 1;\n"
		      "      |         ^\n"
		      "make[2]: *** [scripts/Makefile.build:250: mm/b.o] Error 1\n"
		      "  CC      mm/c.o\n"
		      "make: *** [Makefile:2047: .] Error 2\n",
		      "\n  mm/b.c: In function 'f':"
		      "\n  mm/b.c:7:9: error: 'x' undeclared"
		      "\n      7 |         x = 1;"
		      "\n        |         ^");
	check_excerpt("  LD      vmlinux\n"
		      "ld: mm/a.o: in function `f':\n"
		      "a.c:(.text+0x1): undefined reference to `g'\n"
		      "make: *** [vmlinux] Error 1\n",
		      "\n  a.c:(.text+0x1): undefined reference to `g'");
}

/* Where nothing is recognised, the end of what was said. */
static void test_excerpt_tail(void **state)
{
	struct strbuf long_text = STRBUF_INIT;
	struct strbuf out = STRBUF_INIT;

	(void)state;
	check_excerpt("make: something\nelse\n", "\n  make: something\n  else");
	check_excerpt("", "");
	for (int i = 0; i < 100; i++)
		strbuf_addf(&long_text, "line %d\n", i);
	kbuild_excerpt(long_text.data, &out);
	assert_non_null(strstr(out.data, "line 99"));
	assert_null(strstr(out.data, "line 80\n"));
	strbuf_reset(&out);
	strbuf_reset(&long_text);
	for (int i = 0; i < 100; i++)
		strbuf_addf(&long_text, "a.c:%d:1: error: x\n", i);
	kbuild_excerpt(long_text.data, &out);
	assert_non_null(strstr(out.data, "a.c:29:"));
	assert_null(strstr(out.data, "a.c:30:"));
	strbuf_release(&out);
	strbuf_release(&long_text);
}

static void test_touched(void **state)
{
	struct strvec files = STRVEC_INIT;

	(void)state;
	put("layer/mm/.a.o.cmd", "source_mm/a.o := mm/a.c\n\ndeps_mm/a.o := \\\n"
				 "  include/linux/gfp.h \\\n  include/linux/mm.h \\\n");
	put("layer/mm/.b.o.cmd", "source_mm/b.o := mm/b.c\n\ndeps_mm/b.o := \\\n"
				 "  include/linux/mm.h \\\n");
	put("layer/fs/.c.o.cmd", "source_fs/c.o := fs/c.c\n  xmm/a.c \\\n  mm/a.cc \\\n");
	put("layer/mm/.built-in.a.cmd", "x := mm/a.c\n");
	strvec_push(&files, "mm/a.c");
	assert_int_equal(kbuild_count_touched("layer", &files), 1);
	strvec_push(&files, "include/linux/mm.h");
	assert_int_equal(kbuild_count_touched("layer", &files), 2);
	strvec_release(&files);
	assert_int_equal(kbuild_count_touched("layer", &files), 0);
}

static void test_compiler(void **state)
{
	char *compiler, *linker;

	(void)state;
	assert_int_equal(kbuild_compiler(&compiler, &linker), 0);
	assert_non_null(strstr(compiler, "gcc"));
	assert_non_null(strstr(linker, "ld"));
	assert_null(strchr(compiler, '\n'));
	free(compiler);
	free(linker);
}

static void test_tools(void **state)
{
	char *path = xstrdup(getenv("PATH"));
	struct capture c;
	char *said;
	int result;

	(void)state;
	assert_int_equal(kbuild_check_tools(), 0);
	setenv("PATH", "/nonexistent", 1);
	capture_begin(&c, STDERR_FILENO);
	result = kbuild_check_tools();
	said = capture_end(&c);
	setenv("PATH", path, 1);
	assert_int_equal(result, -1);
	assert_non_null(strstr(said, "\"flex\" (package flex)"));
	free(said);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_excerpt),
		cmocka_unit_test(test_excerpt_tail),
		cmocka_unit_test_setup_teardown(test_touched, sandbox_setup, sandbox_teardown),
		cmocka_unit_test(test_compiler),
		cmocka_unit_test(test_tools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
