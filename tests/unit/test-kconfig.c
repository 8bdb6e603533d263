// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "runner/kernel/kconfig.h"
#include "sandbox.h"

static const char config[] = "#\n# Automatically generated\n"
			     "CONFIG_SMP=y\n"
			     "CONFIG_SMP_X=m\n"
			     "# CONFIG_SWAP is not set\n"
			     "CONFIG_NR_CPUS=16\n"
			     "CONFIG_NAME=\"a \\\"b\\\"\"\n";

static void check_value(const char *symbol, const char *expected)
{
	char *value = kconfig_value(config, symbol);

	assert_string_equal(value, expected);
	free(value);
}

static void test_value(void **state)
{
	(void)state;
	check_value("CONFIG_SMP", "y");
	check_value("SMP", "y");
	check_value("SMP_X", "m");
	check_value("SMP_", "n");
	check_value("SWAP", "n");
	check_value("NR_CPUS", "16");
	check_value("CPUS", "n");
	check_value("NAME", "a \"b\"");
	check_value("NOWHERE", "n");
}

static void make(struct kconfig *k, const char *text)
{
	*k = (struct kconfig){ 0 };
	assert_int_equal(kconfig_add(k, "one", text), 0);
	kconfig_seal(k);
}

static void test_identity(void **state)
{
	struct kconfig a, b, c;

	(void)state;
	make(&a, "CONFIG_A=y\nCONFIG_B=n\n");
	make(&b, "# a comment\n\nCONFIG_A=y  \n# another\nCONFIG_B=n");
	make(&c, "CONFIG_A=y\nCONFIG_B=y\n");
	assert_string_equal(a.id, b.id);
	assert_string_not_equal(a.id, c.id);
	kconfig_release(&a);
	kconfig_release(&b);
	kconfig_release(&c);
}

/* What is said about the configuration; "" when it is honoured. */
static char *verify(const char *fragment)
{
	struct kconfig k;
	struct capture c;
	char *said;
	int result;

	make(&k, fragment);
	capture_begin(&c, STDERR_FILENO);
	result = kconfig_verify(&k, config, "linux-x");
	said = capture_end(&c);
	assert_int_equal(result, *said ? -1 : 0);
	kconfig_release(&k);
	return said;
}

static void test_verify(void **state)
{
	char *said;

	(void)state;
	said = verify("CONFIG_SMP=y\nCONFIG_SWAP=n\nCONFIG_GONE=n\nCONFIG_NR_CPUS=16\n");
	assert_string_equal(said, "");
	free(said);
	/* Every one that is not honoured is named, with its line. */
	said = verify("CONFIG_SMP=n\n\nCONFIG_GONE=y\nCONFIG_NR_CPUS=8\n");
	assert_non_null(strstr(said, "\"linux-x\" does not honour 3 of 3"));
	assert_non_null(strstr(said, "one.config:1: CONFIG_SMP: wanted n, got y"));
	assert_non_null(strstr(said, "one.config:3: CONFIG_GONE: wanted y, got n"));
	assert_non_null(strstr(said, "one.config:4: CONFIG_NR_CPUS: wanted 8, got 16"));
	free(said);
	/* The last one counts. */
	said = verify("CONFIG_SMP=n\nCONFIG_SMP=y\n");
	assert_string_equal(said, "");
	free(said);
}

static void test_optional(void **state)
{
	char *said;

	(void)state;
	said = verify("# optional: only in old kernels\nCONFIG_GONE=y\n");
	assert_string_equal(said, "");
	free(said);
	/* It reaches one line only, and excuses absence only. */
	said = verify("# optional: x\nCONFIG_GONE=y\nCONFIG_GONE_TOO=y\n");
	assert_non_null(strstr(said, "1 of 2"));
	free(said);
	said = verify("# optional: x\nCONFIG_SMP_X=y\n");
	assert_non_null(strstr(said, "wanted y, got m"));
	free(said);
	/* A symbol that is off is not absent. */
	said = verify("# optional: x\nCONFIG_SWAP=y\n");
	assert_non_null(strstr(said, "wanted y, got n"));
	free(said);
}

static void test_errors(void **state)
{
	static const char *const bad[] = { "CONFIG_A", "A=y", "CONFIG_=y", "CONFIG_A-B=y",
					   "CONFIG_A=" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct kconfig k = { 0 };
		char *text = xasprintf("\n%s\n", bad[i]);
		struct capture c;
		char *said;
		int result;

		capture_begin(&c, STDERR_FILENO);
		result = kconfig_add(&k, "one", text);
		said = capture_end(&c);
		assert_int_equal(result, -1);
		assert_non_null(strstr(said, "one.config:2: "));
		assert_int_equal(k.count, 0);
		free(said);
		free(text);
		kconfig_release(&k);
	}
}

static void test_load(void **state)
{
	struct strvec names = STRVEC_INIT;
	struct strbuf text = STRBUF_INIT;
	struct capture c;
	struct kconfig k;
	char *said;
	int result;

	(void)state;
	strvec_push(&names, "boot");
	assert_int_equal(kconfig_load(&k, &names), 0);
	kconfig_print(&k, &text);
	assert_string_equal(text.data, "CONFIG_64BIT=y\nCONFIG_SMP=y\n");
	kconfig_release(&k);
	strbuf_release(&text);

	strvec_push(&names, "boto");
	capture_begin(&c, STDERR_FILENO);
	result = kconfig_load(&k, &names);
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_non_null(strstr(said, "did you mean \"boot\"?"));
	free(said);
	kconfig_release(&k);
	strvec_release(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_verify),
		cmocka_unit_test(test_optional),
		cmocka_unit_test(test_errors),
		cmocka_unit_test_setup_teardown(test_load, sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
