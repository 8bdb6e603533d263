// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What modules need, and in which order; they are compiled here, with the section that says it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/proc.h"
#include "lib/strvec.h"
#include "runner/kernel/kmodule.h"
#include "sandbox.h"

#define COMPILE_MS 60000

static void make_module(const char *name, const char *info)
{
	char *source = xasprintf("%s.c", name), *file = xasprintf("m/%s.ko", name);
	char *text =
		xasprintf("const char info[] __attribute__((section(\".modinfo\"))) = %s;\n", info);
	char *argv[] = { (char *)"gcc", (char *)"-c", (char *)"-o", file, source, NULL };
	struct strbuf said = STRBUF_INIT;

	put(source, text);
	assert_int_equal(dir_make("m"), 0);
	assert_int_equal(proc_capture(argv, &said, NULL, COMPILE_MS), 0);
	strbuf_release(&said);
	free(text);
	free(source);
	free(file);
}

static void assert_order(const char *module, const char *wanted)
{
	struct strvec files = STRVEC_INIT;
	struct strbuf got = STRBUF_INIT;

	assert_int_equal(kmodule_dependencies("m", module, &files), 0);
	for (size_t i = 0; i < files.count; i++)
		strbuf_addf(&got, "%s%s", i ? " " : "", path_base(files.items[i]));
	assert_string_equal(got.data, wanted);
	strbuf_release(&got);
	strvec_release(&files);
}

static void test_find(void **state)
{
	char *path;

	(void)state;
	put("f/dm-crypt.ko", "");
	put("f/sd_mod.ko", "");
	path = kmodule_find("f", "dm_crypt");
	assert_string_equal(path, "f/dm-crypt.ko");
	free(path);
	path = kmodule_find("f", "sd-mod");
	assert_string_equal(path, "f/sd_mod.ko");
	free(path);
	assert_null(kmodule_find("f", "dm"));
	assert_null(kmodule_find("nowhere", "dm_crypt"));
	assert_null(kmodule_find(NULL, "dm_crypt"));
}

/* top needs left and right, both need bottom; other is only wished for; builtin has no file. */
static void test_order(void **state)
{
	(void)state;
	make_module("bottom", "\"depends=\"");
	make_module("other", "\"license=GPL\"");
	make_module("left", "\"depends=bottom,builtin\"");
	make_module("ri-ght", "\"depends=bottom\"");
	make_module("top", "\"depends=ri_ght,left\\0softdep=pre: other nowhere post: late\"");
	make_module("late", "\"depends=\"");
	assert_order("m/top.ko", "bottom.ko ri-ght.ko left.ko other.ko");
	assert_order("m/bottom.ko", "");
}

static void test_bad(void **state)
{
	struct strvec files = STRVEC_INIT;
	struct capture c;
	char *said;
	int results[2];

	(void)state;
	make_module("hen", "\"depends=egg\"");
	make_module("egg", "\"depends=hen\"");
	put("m/text.ko", "no module");
	capture_begin(&c, STDERR_FILENO);
	results[0] = kmodule_dependencies("m", "m/hen.ko", &files);
	results[1] = kmodule_dependencies("m", "m/text.ko", &files);
	said = capture_end(&c);
	assert_int_equal(results[0], -1);
	assert_int_equal(results[1], -1);
	assert_non_null(strstr(said, "lead in a circle"));
	assert_non_null(strstr(said, "\"m/text.ko\" cannot be read"));
	strvec_release(&files);
	free(said);
}

static void test_builtin(void **state)
{
	(void)state;
	put("k/modules.builtin", "kernel/crypto/crypto_null.ko\nkernel/drivers/md/dm-mod.ko\n");
	put("k/modules/x.ko", "");
	assert_true(kmodule_is_builtin("k/modules", "crypto_null"));
	assert_true(kmodule_is_builtin("k/modules", "dm_mod"));
	assert_false(kmodule_is_builtin("k/modules", "null"));
	assert_false(kmodule_is_builtin("k/modules", "dm_crypt"));
	assert_true(kmodule_is_builtin("f", "anything"));
}

static void test_symbols(void **state)
{
	(void)state;
	assert_string_equal(kmodule_of_symbol("BLK_DEV_RAM"), "brd");
	assert_string_equal(kmodule_of_symbol("TMPFS"), "");
	assert_null(kmodule_of_symbol("BLK_DEV"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),	cmocka_unit_test(test_order),
		cmocka_unit_test(test_bad),	cmocka_unit_test(test_builtin),
		cmocka_unit_test(test_symbols),
	};

	return cmocka_run_group_tests(tests, sandbox_setup, sandbox_teardown);
}
