// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Machines whose caches are modelled: what is read, what is refused, what the plugin is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "runner/machine/hierarchy.h"
#include "runner/session/profile.h"
#include "sandbox.h"

#define L1D  "\"l1d\": {\"kib\": 32, \"ways\": 8}"
#define L2   "\"l2\": {\"kib\": 256, \"ways\": 8}"
#define STLB "\"stlb\": {\"entries\": 1536, \"ways\": 6}"
#define COSTS \
	"\"l1i_miss\": 8, \"l2_miss\": 35, \"llc_miss\": 153, \"dtlb_miss\": 8, \"stlb_miss\": 8.5"

#define FILE_OF(line, l1d, l2, stlb, cycles)                                                       \
	"{\"cache\": {\"machine\": \"M\", \"line\": " line ", " l1d                                \
	", \"l1i\": {\"kib\": 32, \"ways\": 8}, " l2                                               \
	", \"llc\": {\"kib\": 20480, \"ways\": 20}, \"dtlb_4k\": {\"entries\": 64, \"ways\": 4}, " \
	"\"dtlb_2m\": {\"entries\": 32, \"ways\": 4}, " stlb ", \"cycles\": {" cycles "}}}"

#define GOOD FILE_OF("64", L1D, L2, STLB, "\"instruction\": 1, \"l1d_miss\": 8, " COSTS)

static void test_good(void **state)
{
	static const char *const expected[] = {
		"line=64",     "l1d=64:8",   "l1i=64:8",   "l2=512:8",	 "llc=16384:20",
		"dtlb4k=16:4", "dtlb2m=8:4", "stlb=256:6", "stream=0:0", "cost=1:8:8:35:153:8:8.5",
	};
	struct strvec options = STRVEC_INIT;
	struct hierarchy h;

	(void)state;
	put("machine.json", GOOD);
	assert_int_equal(hierarchy_load_file(&h, "machine.json"), 0);
	assert_string_equal(h.machine, "M");
	hierarchy_push(&h, &options);
	assert_int_equal(options.count, sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < options.count; i++)
		assert_string_equal(options.items[i], expected[i]);
	strvec_release(&options);
	hierarchy_release(&h);
}

static void test_bad(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "{}", "cache" },
		{ FILE_OF("128", L1D, L2, STLB, "\"instruction\": 1, \"l1d_miss\": 8, " COSTS),
		  "must be 64" },
		{ FILE_OF("64", "\"l1d\": {\"kib\": 48, \"ways\": 8}", L2, STLB,
			  "\"instruction\": 1, \"l1d_miss\": 8, " COSTS),
		  "\"cache.l1d\": 768 lines in 8 ways: the number of sets must be a power of two" },
		{ FILE_OF("64", "\"l1d\": {\"kib\": 64, \"ways\": 8}", L2, STLB,
			  "\"instruction\": 1, \"l1d_miss\": 8, " COSTS),
		  "no larger than a page" },
		{ FILE_OF("64", L1D, L2, "\"stlb\": {\"entries\": 1536, \"ways\": 5}",
			  "\"instruction\": 1, \"l1d_miss\": 8, " COSTS),
		  "1536 entries in 5 ways" },
		{ FILE_OF("64", L1D, "\"l2\": {\"kib\": 256, \"way\": 8}", STLB,
			  "\"instruction\": 1, \"l1d_miss\": 8, " COSTS),
		  "ways" },
		{ FILE_OF("64", L1D, L2, STLB, "\"instruction\": 1, \"l1d_miss\": -8, " COSTS),
		  "l1d_miss" },
		{ FILE_OF("64", L1D, L2, STLB, "\"instruction\": 1, " COSTS), "l1d_miss" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct hierarchy h;
		struct capture c;
		char *said;
		int ret;

		put("machine.json", bad[i].text);
		capture_begin(&c, STDERR_FILENO);
		ret = hierarchy_load_file(&h, "machine.json");
		said = capture_end(&c);
		assert_int_equal(ret, -1);
		if (!strstr(said, bad[i].says))
			fail_msg("%s", said);
		free(said);
		hierarchy_release(&h);
	}
}

/* What counts calls or misses counts functions. */
static void test_options(void **state)
{
	const struct profile_options none = { 0 }, calls = { .calls = true },
				     cache = { .cache = true };

	(void)state;
	assert_string_equal(profile_describe(profile_join(none, none)), "");
	assert_string_equal(profile_describe(profile_join(none, calls)), "functions calls");
	assert_string_equal(profile_describe(profile_join(cache, calls)), "functions calls cache");
	assert_true(profile_join(none, cache).functions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, sandbox_setup, sandbox_teardown);
}
