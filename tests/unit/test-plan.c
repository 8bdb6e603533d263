// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/paths.h"
#include "runner/machine/layout.h"
#include "runner/session/looks.h"
#include "runner/session/matrix.h"
#include "runner/session/plan.h"

static char root[] = "/tmp/kab-test-plan-XXXXXX";

/* Loads and checks a plan of this text; what was said is the caller's. */
static int try(const char *text, struct plan *p, char **said)
{
	char *path = xasprintf("%s/plan.json", root);
	struct capture c;
	int result;

	assert_int_equal(file_write_str(path, text), 0);
	capture_begin(&c, STDERR_FILENO);
	result = plan_load(p, path);
	if (result == 0)
		result = plan_check(p);
	*said = capture_end(&c);
	free(path);
	return result;
}

static void expect_error(const char *text, const char *message)
{
	struct plan p;
	char *said;

	assert_int_equal(try(text, &p, &said), -1);
	if (!strstr(said, message))
		fail_msg("%s", said);
	free(said);
	plan_release(&p);
}

static void test_good(void **state)
{
	struct plan p;
	char *said;

	(void)state;
	assert_int_equal(try("// a comment\n"
			     "{\"name\": \"x\", \"kernels\": [\"linux-6.1\", \"linux-6.1\"],\n"
			     " \"workloads\": [\"dmcrypt-1m\"], \"target\": \"det\", \"boots\": 3}",
			     &p, &said),
			 0);
	assert_string_equal(said, "");
	assert_string_equal(p.name, "x");
	assert_int_equal(p.kernels.count, 2);
	assert_string_equal(p.target, "det");
	assert_int_equal(p.boots, 3);
	free(said);
	plan_release(&p);
	assert_int_equal(try("{\"name\": \"x\", \"kernels\": [\"linux-6.1\"],"
			     " \"workloads\": [\"dmcrypt-1m\"]}",
			     &p, &said),
			 0);
	assert_null(p.target);
	assert_int_equal(p.boots, 0);
	free(said);
	plan_release(&p);
}

static void test_bad(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "{\"name\": \"x\",", "plan.json:1" },
		{ "{\"name\": \"x\"}", "kernels" },
		{ "{\"name\": \"x\", \"groups\": [{\"kernels\": [\"linux-6.1\"]}]}", "workloads" },
		{ "{\"name\": \"x\", \"groups\": [{\"kernels\": [], \"workloads\": [\"dmcrypt-1m\"]}]}",
		  "a group needs kernels and workloads" },
		{ "{\"name\": \"x\", \"kernels\": [\"linux-6.1\"], \"groups\": []}",
		  "either groups, or kernels and workloads" },
		{ "{\"name\": \"x\", \"kernels\": [], \"workloads\": [\"dmcrypt-1m\"]}",
		  "names no kernel" },
		{ "{\"name\": \"x\", \"kernels\": [\"linux-6.1\"], \"workloads\": []}",
		  "names no workload" },
		{ "{\"name\": \"x\",\n \"kernels\": \"linux-6.1\", \"workloads\": []}",
		  "plan.json:2: \"kernels\"" },
		{ "{\"name\": \"x\", \"kernels\": [\"linux-6.1\"], \"workload\": [\"a\"]}",
		  "\"workloads\"" },
		{ "{\"name\": \"x\", \"kernels\": [\"linux-6.l\"],"
		  " \"workloads\": [\"dmcrypt-1m\"]}",
		  "linux-6.1" },
		{ "{\"name\": \"x\", \"kernels\": [\"linux-6.1\"],"
		  " \"workloads\": [\"dmcript-1m\"]}",
		  "dmcrypt-1m" },
		{ "{\"name\": \"x\", \"kernels\": [\"linux-6.1\"],"
		  " \"workloads\": [\"dmcrypt-1m\", \"dmcrypt-1m\"]}",
		  "twice" },
		{ "{\"name\": \"x\", \"kernels\": [\"linux-6.1\"],"
		  " \"workloads\": [\"dmcrypt-1m\"], \"target\": \"dett\"}",
		  "did you mean \"det\"" },
		{ "{\"name\": \"x\", \"kernels\": [\"linux-6.1\"],"
		  " \"workloads\": [\"dmcrypt-1m\"], \"boots\": 0}",
		  "boots" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_error(cases[i].text, cases[i].message);
}

/* The plans of the tree are good ones. */
static void test_fetch(void **state)
{
	struct plan p;
	struct capture c;
	char *said;
	int result;

	(void)state;
	assert_int_equal(try("{\"name\": \"x\", \"kernels\": [\"linux-6.1\"], "
			     "\"workloads\": [\"dmcrypt-1m\"], \"fetch\": [{\"repository\": "
			     "\"/nowhere\", \"remote\": \"origin\", \"branch\": \"master\"}]}",
			     &p, &said),
			 0);
	free(said);
	assert_int_equal(p.fetch_count, 1);
	assert_string_equal(p.fetches[0].branch, "master");
	capture_begin(&c, STDERR_FILENO);
	result = plan_fetch_all(&p);
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_non_null(strstr(said, "/nowhere"));
	free(said);
	plan_release(&p);
	expect_error("{\"name\": \"x\", \"kernels\": [\"linux-6.1\"], \"workloads\": "
		     "[\"dmcrypt-1m\"], \"fetch\": [{\"remote\": \"origin\"}]}",
		     "repository");
	expect_error("{\"name\": \"x\", \"kernels\": [\"linux-6.1\"], \"workloads\": "
		     "[\"dmcrypt-1m\"], \"fetch\": {}}",
		     "expected an array");
}

static void test_shipped(void **state)
{
	static const char *const names[] = { "nightly", "seeds" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *file = xasprintf("configs/plans/%s.json", names[i]);
		char *path = path_share(file);
		struct plan p;

		assert_non_null(path);
		assert_int_equal(plan_load(&p, path), 0);
		assert_int_equal(plan_check(&p), 0);
		assert_string_equal(p.name, names[i]);
		plan_release(&p);
		free(path);
		free(file);
	}
}

/* Each cell comes once; arms alternate, and every second boot goes backwards. */
static void test_cells(void **state)
{
	const struct plan p = { 0 };
	struct matrix m = { .plan = &p, .arm_count = 2, .workload_count = 3, .boots = 2 };
	size_t seen[2][3][2] = { 0 };

	(void)state;
	matrix_pair(&m);
	assert_int_equal(matrix_cell_count(&m), 12);
	for (size_t n = 1; n <= 12; n++) {
		struct cell c = matrix_cell(&m, n);

		assert_int_equal(c.number, n);
		assert_in_range(c.boot, 1, 2);
		seen[c.arm][c.workload][c.boot - 1]++;
		assert_int_equal(c.arm, (n - 1) % 2 == (size_t)c.boot - 1 ? 0 : 1);
	}
	for (size_t i = 0; i < 12; i++)
		assert_int_equal(((size_t *)seen)[i], 1);
	free(m.pairs);
}

/* What groups have in common is one arm and runs once, against each group's own base. */
static void test_groups(void **state)
{
	static const char text[] =
		"{\"name\": \"x\", \"groups\": ["
		"{\"kernels\": [\"linux-6.1\", \"linux-6.1+mempool-bulk\"],"
		" \"workloads\": [\"dmcrypt-1m\", \"dmcrypt-4k\"]},"
		"{\"kernels\": [\"linux-6.1+mempool-bulk\", \"linux-6.1\", \"linux-6.1\"],"
		" \"workloads\": [\"dmcrypt-1m\"]}]}";
	char *path = xasprintf("%s/groups.json", root);
	struct matrix m = { .boots = 2 };
	struct plan p;

	(void)state;
	assert_int_equal(file_write_str(path, text), 0);
	assert_int_equal(plan_load(&p, path), 0);
	assert_int_equal(plan_check(&p), 0);
	/* The kernel that comes twice in one group is an A/A comparison: an arm of its own. */
	assert_int_equal(p.kernels.count, 3);
	assert_string_equal(p.kernels.items[2], "linux-6.1");
	assert_int_equal(p.workloads.count, 2);
	assert_true(plan_has(&p, 0, 1));
	assert_false(plan_has(&p, 2, 1));
	assert_true(plan_compares(&p, 0, 1, 0));
	assert_true(plan_compares(&p, 0, 1, 1));
	assert_true(plan_compares(&p, 1, 0, 0));
	assert_false(plan_compares(&p, 1, 0, 1));
	assert_true(plan_compares(&p, 1, 2, 0));
	assert_false(plan_compares(&p, 0, 2, 0));

	m.plan = &p;
	m.arm_count = p.kernels.count;
	m.workload_count = p.workloads.count;
	matrix_pair(&m);
	assert_int_equal(m.pair_count, 5);
	assert_int_equal(matrix_cell_count(&m), 10);
	/* The second boot goes through the arms of each workload backwards. */
	assert_int_equal(matrix_cell(&m, 6).arm, 2);
	assert_int_equal(matrix_cell(&m, 9).workload, 1);
	assert_int_equal(matrix_cell(&m, 9).arm, 1);
	free(m.pairs);
	plan_release(&p);
	free(path);
}

/* Built in and modular both serve; an image without a config is given the benefit of the doubt. */
static void test_needs(void **state)
{
	char *config = xasprintf("%s/config", root);
	char spec[] = "linux-6.1";
	struct variant v = { .config = config, .spec = spec };
	struct workload w = { 0 };
	struct provision p;

	(void)state;
	assert_int_equal(file_write_str(config, "CONFIG_AIO=y\nCONFIG_BLK_DEV_RAM=m\n"
						"# CONFIG_DM_CRYPT is not set\n"),
			 0);
	strvec_push(&w.needs, "CONFIG_AIO");
	strvec_push(&w.needs, "CONFIG_BLK_DEV_RAM");
	assert_int_equal(provision_make(&p, &v, &w), 0);
	assert_null(p.lack);
	strvec_push(&w.needs, "CONFIG_DM_CRYPT");
	assert_int_equal(provision_make(&p, &v, &w), 0);
	assert_non_null(strstr(p.lack, "CONFIG_DM_CRYPT"));
	provision_release(&p);
	v.config = NULL;
	assert_int_equal(provision_make(&p, &v, &w), 0);
	assert_null(p.lack);
	/* Without a folder of modules, none is there. */
	strvec_push(&w.modules, "mpt3sas");
	assert_int_equal(provision_make(&p, &v, &w), 0);
	assert_non_null(strstr(p.lack, "mpt3sas"));
	provision_release(&p);
	strvec_release(&w.modules);
	strvec_release(&w.needs);
	free(config);
}

/* An old kernel is told from a newer one by its release; an image may have none. */
static void test_since(void **state)
{
	static const struct {
		const char *release;
		bool old;
	} cases[] = {
		{ "5.10.262", true }, { "5.10.0-46-cloud-amd64", true }, { "5.9.1", true },
		{ "5.18.0", false },  { "5.18.0-rc1", false },		 { "6.1.192", false },
		{ "", false },
	};
	char spec[] = "linux-x";
	struct workload w = { .since = "5.18" };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *release = xstrdup(cases[i].release);
		struct variant v = { .spec = spec, .release = release };
		struct provision p;

		assert_int_equal(provision_make(&p, &v, &w), 0);
		assert_int_equal(p.lack != NULL, cases[i].old);
		if (cases[i].old)
			assert_non_null(strstr(p.lack, "needs Linux 5.18 or newer"));
		provision_release(&p);
		free(release);
	}
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return dir_remove(root);
}

/* Blocks of A B B A or B A A B, both of them, and each the same again from the same seed. */
static void the_order_is_random_and_balanced(void **state)
{
	struct workload workloads[2] = { 0 };
	struct plan p = { 0 };
	struct matrix m = { .plan = &p,
			    .boots = 64,
			    .arm_count = 2,
			    .workload_count = 2,
			    .workloads = workloads,
			    .seed = 7 };
	size_t forwards[2] = { 0 };

	(void)state;
	matrix_pair(&m);
	for (size_t w = 0; w < 2; w++)
		for (size_t block = 0; block < 32; block++) {
			size_t first[2];

			for (size_t k = 0; k < 2; k++) {
				size_t number = (2 * block + k) * 4 + 2 * w + 1;
				struct cell c = matrix_cell(&m, number);

				assert_int_equal(c.workload, w);
				assert_int_equal(c.boot, 2 * block + k + 1);
				first[k] = c.arm;
				assert_int_equal(matrix_cell(&m, number + 1).arm, !c.arm);
			}
			assert_int_not_equal(first[0], first[1]);
			forwards[w] += first[0] == 0;
		}
	for (size_t w = 0; w < 2; w++)
		assert_in_range(forwards[w], 8, 24);
	free(m.pairs);
}

static void layouts_are_the_same_for_all_kernels(void **state)
{
	struct layout first = layout_make(1, 1024), a = layout_make(2, 1024);
	struct layout again = layout_make(2, 1024), b = layout_make(3, 1024);

	(void)state;
	assert_true(first.memory_mib == 1024 && first.padding_kib == 0);
	assert_true(a.memory_mib > 1024 && a.memory_mib <= 1088);
	assert_true(a.padding_kib > 0 && a.padding_kib % 4 == 0);
	assert_true(a.memory_mib == again.memory_mib && a.padding_kib == again.padding_kib);
	assert_true(a.memory_mib != b.memory_mib || a.padding_kib != b.padding_kib);
}

static void looks_are_few_and_whole_blocks(void **state)
{
	static const int64_t want[] = { 6, 10, 16, 24, 36, 54, 80, 80 };

	(void)state;
	for (size_t k = 0; k < sizeof(want) / sizeof(want[0]); k++)
		assert_int_equal(looks_boots(k + 1, 80), want[k]);
	assert_int_equal(looks_boots(1, 4), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_fetch),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_since),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(the_order_is_random_and_balanced),
		cmocka_unit_test(layouts_are_the_same_for_all_kernels),
		cmocka_unit_test(looks_are_few_and_whole_blocks),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
