// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guard: what two sides differ in besides the code, and what two configurations say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reports/judge.h"
#include "runner/kernel/configdiff.h"
#include "runner/kernel/kconfig.h"

#define FACTS(...)                                             \
	((struct db_facts){ (struct db_fact[]){ __VA_ARGS__ }, \
			    sizeof((struct db_fact[]){ __VA_ARGS__ }) / sizeof(struct db_fact) })

static struct differences find_between(const char *base_spec, const char *new_spec,
				       const char *new_source, struct db_facts base,
				       struct db_facts new)
{
	const struct db_side sides[2] = {
		{ .spec = (char *)base_spec, .source = (char *)"linux-6.1" },
		{ .spec = (char *)new_spec, .source = (char *)new_source }
	};
	struct differences d;

	differences_find(&sides[0], &base, &sides[1], &new, &d);
	return d;
}

static struct differences find(const char *new_source, struct db_facts base, struct db_facts new)
{
	return find_between("linux-6.1", new_source, new_source, base, new);
}

static void equal_facts_are_no_difference(void **state)
{
	struct differences d = find(
		"linux-6.1",
		FACTS({ (char *)"host.cpu", (char *)"A" }, { (char *)"host.load", (char *)"1" }),
		FACTS({ (char *)"host.cpu", (char *)"A" }, { (char *)"host.load", (char *)"2" }));

	(void)state;
	assert_int_equal(d.count, 0);
	differences_release(&d);
}

/* Each of what a figure depends on is found. */
static void what_matters_is_serious(void **state)
{
	static const char *const keys[] = { "host.cpu",
					    "qemu.version",
					    "machine.memory_mib",
					    "machine.command",
					    "machine.append",
					    "machine.programs_sha256",
					    "guest.fio",
					    "kernel.compiler",
					    "kernel.debug",
					    "kernel.config_differences",
					    "guest.mitigations.retbleed" };

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct differences d = find("linux-6.1", FACTS({ (char *)keys[i], (char *)"A" }),
					    FACTS({ (char *)keys[i], (char *)"B" }));

		assert_int_equal(d.count, 1);
		assert_int_equal(d.serious, 1);
		assert_string_equal(d.items[0].base, "A");
		assert_string_equal(d.items[0].new, "B");
		differences_release(&d);
	}
}

static void other_sources_may_be_configured_otherwise(void **state)
{
	struct differences d =
		find("linux-6.12",
		     FACTS({ (char *)"guest.mitigations.mds", (char *)"A" },
			   { (char *)"kernel.compiler", (char *)"gcc 12" }),
		     FACTS({ (char *)"guest.mitigations.mds", (char *)"B" },
			   { (char *)"kernel.compiler", (char *)"gcc 13" },
			   { (char *)"kernel.config_differences", (char *)"HZ=250" }));

	(void)state;
	assert_int_equal(d.count, 3);
	assert_int_equal(d.serious, 1);
	assert_string_equal(d.items[0].what, "compiler");
	assert_string_equal(d.items[2].what, "mitigation of mds");
	differences_release(&d);
}

/* An image without a config says nothing of a compiler; debug options on one side say much. */
static void what_is_not_known_is_no_difference(void **state)
{
	struct differences d =
		find("linux-6.1", FACTS({ (char *)"kernel.compiler", (char *)"gcc" }),
		     FACTS({ (char *)"kernel.debug", (char *)"KASAN" },
			   { (char *)"kernel.compiler", (char *)"" }));

	(void)state;
	assert_int_equal(d.count, 1);
	assert_string_equal(d.items[0].what, "debug options of the kernel");
	assert_string_equal(d.items[0].base, "none");
	differences_release(&d);
}

static void a_judgement_warns_and_can_be_refused(void **state)
{
	struct judgement j = {
		.base = { .spec = (char *)"a",
			  .source = (char *)"s",
			  .clock = (char *)"wall",
			  .target = (char *)"kvm" },
		.base_facts = FACTS({ (char *)"kernel.compiler", (char *)"gcc 12" }),
		.new_facts = FACTS({ (char *)"kernel.compiler", (char *)"gcc 13" }),
	};

	(void)state;
	j.new = j.base;
	assert_int_equal(judgement_compare(&j, -1), 0);
	assert_int_equal(j.warnings.count, 1);
	assert_string_equal(j.warnings.items[0],
			    "not comparable: compiler differs: \"gcc 12\" and \"gcc 13\"");
	assert_int_equal(judgement_refuse(&j, ""), 1);
	differences_release(&j.differences);
	strvec_release(&j.warnings);
	free(j.items);
}

/* --- configurations ---------------------------------------------------------------------------- */

static void expect_differences(const char *base, const char *config, const char *want)
{
	char *have = config_differences(base, config);

	assert_string_equal(have, want);
	free(have);
}

static void configs_are_compared_by_what_both_know(void **state)
{
	static const char base[] = "CONFIG_HZ=1000\n# CONFIG_DEBUG_LIST is not set\nCONFIG_SMP=y\n"
				   "CONFIG_CC_VERSION_TEXT=\"gcc 12\"\n";

	(void)state;
	expect_differences(base, base, "");
	expect_differences(base,
			   "CONFIG_HZ=250\nCONFIG_DEBUG_LIST=y\n# CONFIG_SMP is not set\n"
			   "CONFIG_CC_VERSION_TEXT=\"gcc 13\"\n",
			   "HZ=250 (base 1000), DEBUG_LIST=y (base n), SMP=n (base y)");
	/* A series brings a symbol, and takes one away. */
	expect_differences(base, "CONFIG_HZ=1000\nCONFIG_NEW=y\nCONFIG_SMP=y\n", "");
}

static void new_symbols_are_listed(void **state)
{
	static const char base[] = "CONFIG_HZ=1000\n# CONFIG_OFF is not set\n";
	struct kconfig named = { 0 };
	char *have;

	(void)state;
	assert_int_equal(kconfig_add(&named, "x", "CONFIG_NAMED=y\n"), 0);
	have = config_new(base,
			  "CONFIG_HZ=250\nCONFIG_OFF=y\nCONFIG_NAMED=y\nCONFIG_ADDED=y\n"
			  "# CONFIG_UNSET is not set\nCONFIG_NUMBER=7\nCONFIG_GCC_VERSION=1\n",
			  &named);
	assert_string_equal(have, "ADDED=y, NUMBER=7, UNSET=n");
	free(have);
	/* An image without a configuration says nothing. */
	have = config_new("", "CONFIG_ADDED=y\n", &named);
	assert_string_equal(have, "");
	free(have);
	kconfig_release(&named);
}

static void long_lists_are_cut(void **state)
{
	struct strbuf texts[2] = { STRBUF_INIT, STRBUF_INIT };
	char *have;

	(void)state;
	for (int i = 0; i < 23; i++) {
		strbuf_addf(&texts[0], "CONFIG_X%d=y\n", i);
		strbuf_addf(&texts[1], "# CONFIG_X%d is not set\n", i);
	}
	have = config_differences(texts[0].data, texts[1].data);
	assert_non_null(strstr(have, "X19=n (base y) and 3 more"));
	free(have);
	strbuf_release(&texts[0]);
	strbuf_release(&texts[1]);
}

static void debug_options_are_listed(void **state)
{
	char *have = config_debug("CONFIG_PROVE_LOCKING=y\n# CONFIG_KASAN is not set\n"
				  "CONFIG_DEBUG_LIST=y\nCONFIG_DEBUG_INFO=y\n");

	(void)state;
	assert_string_equal(have, "PROVE_LOCKING DEBUG_LIST");
	free(have);
}

/* Two distribution's kernels are labelled with what differs; one and a built one are refused. */
static void ready_kernels_are_what_they_are(void **state)
{
	static const struct {
		const char *base, *new;
		bool serious;
	} cases[] = {
		{ "deb:linux-image-a", "deb:linux-image-b", false },
		{ "image:/boot/a", "deb:linux-image-b", false },
		{ "deb:linux-image-a", "linux-6.1", true },
		{ "linux-6.1", "deb:linux-image-b", true },
	};
	static const char *const keys[] = { "kernel.compiler", "kernel.debug" };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
			struct differences d =
				find_between(cases[i].base, cases[i].new, "other",
					     FACTS({ (char *)keys[k], (char *)"A" }),
					     FACTS({ (char *)keys[k], (char *)"B" }));

			assert_int_equal(d.count, 1);
			assert_int_equal(d.items[0].serious, cases[i].serious);
			differences_release(&d);
		}
}

/* The machine and the guest stay what must not differ. */
static void ready_kernels_need_the_same_machine(void **state)
{
	struct differences d = find_between("deb:a", "deb:b", "other",
					    FACTS({ (char *)"machine.append", (char *)"A" }),
					    FACTS({ (char *)"machine.append", (char *)"B" }));

	(void)state;
	assert_int_equal(d.serious, 1);
	differences_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_facts_are_no_difference),
		cmocka_unit_test(what_matters_is_serious),
		cmocka_unit_test(ready_kernels_are_what_they_are),
		cmocka_unit_test(ready_kernels_need_the_same_machine),
		cmocka_unit_test(other_sources_may_be_configured_otherwise),
		cmocka_unit_test(what_is_not_known_is_no_difference),
		cmocka_unit_test(a_judgement_warns_and_can_be_refused),
		cmocka_unit_test(configs_are_compared_by_what_both_know),
		cmocka_unit_test(new_symbols_are_listed),
		cmocka_unit_test(long_lists_are_cut),
		cmocka_unit_test(debug_options_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
