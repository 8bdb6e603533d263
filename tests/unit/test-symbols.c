// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which object a function of the kernel comes from: from System.map and real object files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/proc.h"
#include "lib/strbuf.h"
#include "runner/kernel/symbols.h"
#include "sandbox.h"

static void compile(const char *object, const char *source)
{
	char *const argv[] = { (char *)"gcc",  (char *)"-x",  (char *)"c",
			       (char *)"-c",   (char *)"-O0", (char *)"-o",
			       (char *)object, (char *)"x.c", NULL };
	struct strbuf out = STRBUF_INIT;

	put("x.c", source);
	put(object, "");
	assert_int_equal(proc_capture(argv, &out, NULL, 30000), 0);
	strbuf_release(&out);
}

static void test_objects(void **state)
{
	struct strvec trees = STRVEC_INIT;
	struct strbuf text = STRBUF_INIT;

	(void)state;
	compile("layer/mm/a.o",
		"static int show(void) { return 1; }\n"
		"int alpha(void) { return show(); }\nint first(void) { return 1; }\n");
	compile("layer/fs/b.o", "static int show(void) { return 2; }\n"
				"int beta(void) { return show(); }\n");
	/* The patched object stands for that of the layer. */
	compile("top/fs/b.o",
		"static int show(void) { return 3; }\n"
		"int beta(void) { return show(); }\nint gamma2(void) { return 1; }\n");
	/* None of these is a part of the kernel, and a name there must not confuse. */
	compile("layer/scripts/c.o", "int alpha(void) { return 1; }\n");
	compile("layer/vmlinux.o", "int alpha(void) { return 1; }\n");
	compile("layer/mm/x.mod.o", "int alpha(void) { return 1; }\n");
	put("layer/mm/built-in.o", "not an object");
	put("System.map", "ffffffff81000000 T first\nffffffff81000010 t show\n"
			  "ffffffff81000020 T alpha\nffffffff81000030 t show\n"
			  "ffffffff81000040 T beta\nffffffff81000050 W gamma2\n"
			  "ffffffff81000060 t unheard_of\nffffffff82000000 D data\n");
	strvec_push(&trees, "top");
	strvec_push(&trees, "layer");
	assert_int_equal(symbols_write("System.map", &trees, "symbols"), 0);
	assert_int_equal(file_read("symbols", &text), 0);
	assert_string_equal(text.data, "ffffffff81000000 mm/a.o first\n"
				       "ffffffff81000010 mm/a.o show\n"
				       "ffffffff81000020 mm/a.o alpha\n"
				       "ffffffff81000030 fs/b.o show\n"
				       "ffffffff81000040 fs/b.o beta\n"
				       "ffffffff81000050 fs/b.o gamma2\n"
				       "ffffffff81000060 fs/b.o unheard_of\n");
	strbuf_release(&text);
	strvec_release(&trees);
}

/* Without a tree the names are there, and the objects are not known. */
static void test_none(void **state)
{
	struct strvec trees = STRVEC_INIT;
	struct strbuf text = STRBUF_INIT;

	(void)state;
	put("System.map", "ffffffff81000000 T first\n");
	assert_int_equal(symbols_write("System.map", &trees, "symbols"), 0);
	assert_int_equal(file_read("symbols", &text), 0);
	assert_string_equal(text.data, "ffffffff81000000 - first\n");
	strbuf_release(&text);
}

static void test_bad(void **state)
{
	static const char *const bad[] = { "", "x\n", "ffffffff81000000 D data\n", "10 T\n" };
	struct strvec trees = STRVEC_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put("System.map", bad[i]);
		assert_int_equal(symbols_write("System.map", &trees, "symbols"), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, sandbox_setup, sandbox_teardown);
}
