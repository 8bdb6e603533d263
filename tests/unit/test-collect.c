// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole run directories, with one thing wrong each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "collectors/collect.h"
#include "lib/alloc.h"
#include "lib/file.h"

static const char manifest[] =
	"{\"format\": 1, \"run\": \"S/001\", \"session\": \"S\", \"plan\": \"p\","
	" \"started\": \"2026-11-20T19:00:00Z\", \"arm\": 0, \"boot\": 1, \"target\": \"det\","
	" \"clock\": \"instruction\", \"kernel\": {\"spec\": \"linux-6.1\", \"id\": \"aa\","
	" \"release\": \"6.1.192\", \"source\": \"linux-6.1\", \"series\": \"\","
	" \"image_sha256\": \"bb\", \"config_sha256\": \"cc\", \"compiler\": \"gcc 12\"},"
	" \"workloads\": [{\"name\": \"w\", \"title\": \"t\", \"sha256\": \"dd\","
	" \"headline\": [\"write_iops\"]}],"
	" \"guest\": {\"memory_mib\": 512, \"append\": \"a=b\", \"initramfs_sha256\": \"ee\","
	" \"command\": [\"qemu\", \"-append\", \"root=/dev/ram0\", \"-kernel\", \"/x/bzImage\","
	" \"-chardev\", \"file,id=c,path=/x/y/console.log,mux=on\", \"-m\", \"512\"]}}";

struct place {
	char path[64];
	struct rundir run;
	struct observations o;
};

static void put(struct place *p, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", p->path, name);

	assert_int_equal(file_write_str(path, text), 0);
	free(path);
}

static void put_fio(struct place *p, const char *fixture)
{
	char *from = xasprintf("tests/data/fio/%s.json", fixture);
	char *to = xasprintf("%s/files/w/fio.json", p->path);

	assert_int_equal(file_copy(from, to), 0);
	free(from);
	free(to);
}

/* A run that went well. */
static int setup(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	char *files;

	snprintf(p->path, sizeof(p->path), "/tmp/kab-test-collect-XXXXXX");
	if (!mkdtemp(p->path))
		return -1;
	files = xasprintf("%s/files/w", p->path);
	if (dir_make(files) < 0)
		return -1;
	free(files);
	put(p, "manifest.json", manifest);
	put(p, "environment.json", "{\"host.cpu\": \"cpu\"}");
	put(p, "console.log", "[    0.000000] Linux version 6.1.192\r\n");
	put(p, "outcome.json",
	    "{\"outcome\": \"ok\", \"wall_ms\": 1, \"first_record_ms\": 1,"
	    " \"exit\": \"exit status 0\", \"findings\": []}");
	put(p, "files/environment.json", "{\"guest.fio\": \"fio-3.33\"}");
	put(p, "files/dmesg", "[    0.000000] Linux version 6.1.192\n");
	put(p, "files/w/vmstat-before", "pgalloc_normal 5\npgfree 1\n");
	put(p, "files/w/vmstat-after", "pgalloc_normal 9\npgfree 2\n");
	put_fio(p, "single");
	put(p, "status", "complete\n");
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	int ret = dir_remove(p->path);

	observations_release(&p->o);
	rundir_close(&p->run);
	free(p);
	return ret;
}

static void observe(struct place *p)
{
	assert_int_equal(rundir_open(&p->run, p->path), 0);
	assert_int_equal(collect(&p->run, &p->o), 0);
}

static const struct sample *find_sample(const struct place *p, const char *metric)
{
	for (size_t i = 0; i < p->o.sample_count; i++)
		if (!strcmp(p->o.samples[i].metric, metric))
			return &p->o.samples[i];
	return NULL;
}

static const struct finding *find_finding(const struct place *p, const char *kind)
{
	for (size_t i = 0; i < p->o.finding_count; i++)
		if (!strcmp(p->o.findings[i].kind, kind))
			return &p->o.findings[i];
	return NULL;
}

static const char *fact(const struct place *p, const char *key)
{
	for (size_t i = 0; i < p->o.fact_count; i++)
		if (!strcmp(p->o.facts[i].key, key))
			return p->o.facts[i].value;
	return "(none)";
}

static void test_good_run(void **state)
{
	struct place *p = *state;

	observe(p);
	assert_int_equal(p->o.finding_count, 0);
	assert_true(find_sample(p, "write_iops")->headline);
	assert_false(find_sample(p, "write_bw_kib")->headline);
	assert_string_equal(find_sample(p, "write_iops")->workload, "w");
	assert_true(find_sample(p, "vm_pgalloc_pages")->value == 4);
	assert_true(p->o.bin_count > 10);
	assert_string_equal(fact(p, "host.cpu"), "cpu");
	assert_string_equal(fact(p, "guest.fio"), "fio-3.33");
	assert_string_equal(fact(p, "kernel.compiler"), "gcc 12");
	assert_string_equal(fact(p, "machine.memory_mib"), "512");
	assert_string_equal(fact(p, "machine.command"),
			    "qemu -chardev file,id=c,path=console.log,mux=on -m 512");
}

static void test_missing_metric(void **state)
{
	struct place *p = *state;

	put_fio(p, "mixed");
	observe(p);
	assert_true(observations_failed(&p->o));
	assert_int_equal(find_finding(p, "missing-metric")->severity, SEVERITY_FAILURE);
	assert_string_equal(find_finding(p, "missing-metric")->workload, "w");
}

/* No figures, no reason: that is the finding. */
static void test_missing_results(void **state)
{
	struct place *p = *state;
	char *path = xasprintf("%s/files/w/fio.json", p->path);

	assert_int_equal(unlink(path), 0);
	free(path);
	observe(p);
	assert_non_null(find_finding(p, "missing-results"));
	assert_null(find_finding(p, "missing-metric"));
	assert_true(observations_failed(&p->o));
}

/* With a reason, what is missing is no news. */
static void test_panic(void **state)
{
	struct place *p = *state;
	char *path = xasprintf("%s/files", p->path);

	assert_int_equal(dir_remove(path), 0);
	free(path);
	put(p, "console.log", "[    1.000000] Kernel panic - not syncing: x\r\n");
	put(p, "outcome.json",
	    "{\"outcome\": \"failed\", \"findings\": [{\"workload\": \"\", \"kind\": \"panic\","
	    " \"severity\": \"failure\", \"message\": \"Kernel panic - not syncing: x\"}]}");
	observe(p);
	assert_int_equal(p->o.finding_count, 1);
	assert_string_equal(p->o.findings[0].kind, "panic");
	assert_int_equal(p->o.sample_count, 0);
}

static void test_outcomes(void **state)
{
	static const struct {
		const char *outcome, *kind;
	} cases[] = {
		{ "{\"outcome\": \"failed\", \"findings\": []}", "failed" },
		{ "{\"outcome\": \"fine\"}", "failed" },
		{ "{}", "failed" },
		{ "", "malformed-outcome" },
		{ "{\"outcome\": \"ok\"", "malformed-outcome" },
		{ "{\"outcome\": \"ok\"} x", "malformed-outcome" },
		{ "{\"outcome\": \"ok\", \"findings\": [5]}", "unknown" },
		{ "{\"outcome\": \"ok\", \"findings\": [{\"kind\": \"k\", \"severity\": \"?\"}]}",
		  "k" },
	};
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(p, "outcome.json", cases[i].outcome);
		observe(p);
		if (!find_finding(p, cases[i].kind))
			fail_msg("no \"%s\" for: %s", cases[i].kind, cases[i].outcome);
		assert_true(observations_failed(&p->o));
		observations_release(&p->o);
		rundir_close(&p->run);
	}
}

static void test_workload_failure(void **state)
{
	struct place *p = *state;

	put(p, "files/w/failure", "dmsetup: exit status 1\n");
	put(p, "files/w/fio.stderr", "fio: oh\nno\n");
	observe(p);
	assert_string_equal(find_finding(p, "workload-failed")->message, "dmsetup: exit status 1");
	assert_string_equal(find_finding(p, "fio-message")->message, "fio: oh no");
	assert_true(observations_failed(&p->o));
}

static void test_kernel_warning(void **state)
{
	struct place *p = *state;

	put(p, "files/dmesg", "[    3.000000] WARNING: CPU: 0 PID: 1 at mm/x.c:1 f+0x1/0x2\n");
	put(p, "console.log", "[    3.000000] WARNING: CPU: 0 PID: 1 at mm/x.c:1 f+0x1/0x2\r\n");
	observe(p);
	assert_int_equal(p->o.finding_count, 1);
	assert_int_equal(p->o.findings[0].severity, SEVERITY_WARNING);
	assert_false(observations_failed(&p->o));
}

static void test_odd_environment(void **state)
{
	struct place *p = *state;

	/* A guest that wants to tell what its host is. */
	put(p, "files/environment.json",
	    "{\"host.cpu\": \"better\", \"guest.n\": 5,"
	    " \"guest.version\": \"Linux\"}");
	put(p, "environment.json", "[]");
	observe(p);
	assert_string_equal(fact(p, "host.cpu"), "(none)");
	assert_string_equal(fact(p, "guest.version"), "Linux");
	assert_int_equal(p->o.finding_count, 3);
	assert_false(observations_failed(&p->o));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good_run),	   TEST(test_missing_metric),  TEST(test_missing_results),
		TEST(test_panic),	   TEST(test_outcomes),	       TEST(test_workload_failure),
		TEST(test_kernel_warning), TEST(test_odd_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
