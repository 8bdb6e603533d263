// SPDX-License-Identifier: GPL-2.0-or-later
/* What is made of an adapter's report, of QEMU's words, and of the console's last lines. */
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
#include "lib/json.h"

struct fixture {
	char path[32];
	struct rundir run;
	struct rundir_workload workload;
	struct observations o;
};

static int set_up(void **state)
{
	static const char manifest[] =
		"{\"guest\": {\"command\": [\"/usr/bin/kab\", \"hba\", \"--disks=0\"]}}";
	struct fixture *f = xcalloc(1, sizeof(*f));

	snprintf(f->path, sizeof(f->path), "/tmp/test-hba-run.XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->workload.name = (char *)"loop";
	f->run = (struct rundir){ .path = f->path, .workloads = &f->workload, .workload_count = 1 };
	assert_int_equal(json_parse(&f->run.manifest, "m", manifest, sizeof(manifest) - 1), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	observations_release(&f->o);
	json_release(&f->run.manifest);
	dir_remove(f->path);
	free(f);
	return 0;
}

static void put(const struct fixture *f, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", f->path, name);
	char *dir = xstrndup(path, (size_t)(strrchr(path, '/') - path));

	assert_int_equal(dir_make(dir), 0);
	assert_int_equal(file_write_str(path, text), 0);
	free(dir);
	free(path);
}

static void collect_hba(struct fixture *f)
{
	observations_release(&f->o);
	assert_int_equal(hba_collector.collect(&f->run, &f->o), 0);
}

static void finds(struct fixture *f, const char *message)
{
	collect_hba(f);
	assert_int_equal(f->o.finding_count, 1);
	assert_int_equal(f->o.findings[0].severity, SEVERITY_FAILURE);
	assert_string_equal(f->o.findings[0].kind, "check-failed");
	if (!strstr(f->o.findings[0].message, message))
		fail_msg("%s", f->o.findings[0].message);
}

#define LOAD(r, i, h) "{\"requests\": " r ", \"interrupts\": " i ", \"handshakes\": " h "}"
#define REPORT(disks, loads, rest) \
	"{\"disks\": " disks ", \"requests\": 42, \"sessions\": [" loads "]" rest "}"
#define GOOD LOAD("21", "21", "4")

static const char *fact(const struct fixture *f, const char *key)
{
	for (size_t i = 0; i < f->o.fact_count; i++)
		if (!strcmp(f->o.facts[i].key, key))
			return f->o.facts[i].value;
	return "";
}

static void test_good(void **state)
{
	struct fixture *f = *state;

	put(f, "files/hba.json", REPORT("0", GOOD ", " GOOD, ", \"refused\": 0"));
	collect_hba(f);
	assert_int_equal(f->o.finding_count, 0);
	assert_string_equal(fact(f, "hba.requests"), "42");
	assert_int_equal(f->o.sample_count, 0);
}

static void test_bad(void **state)
{
	struct fixture *f = *state;

	finds(f, "left no report: hba.json: missing");
	put(f, "files/hba.json", "{\"disks\": ");
	finds(f, "left no report: hba.json: ");
	put(f, "files/hba.json", REPORT("0", "", ""));
	finds(f, "never spoken to the adapter");
	put(f, "files/hba.json", REPORT("0", GOOD ", " LOAD("20", "20", "4"), ""));
	finds(f, "load 2: 20 requests, load 1 made 21");
	put(f, "files/hba.json", REPORT("0", LOAD("21", "20", "4"), ""));
	finds(f, "load 1: 21 requests, but 20 interrupts");
	put(f, "files/hba.json", REPORT("0", LOAD("21", "21", "3"), ""));
	finds(f, "load 1: 3 handshakes");
	put(f, "files/hba.json",
	    REPORT("0", GOOD, ", \"refused\": 3, \"refusals\": [\"doorbell\\u001b 0x1\"]"));
	finds(f, "refused 3 accesses, the first: doorbell");
	assert_null(strchr(f->o.findings[0].message, '\033'));
}

/* With disks every load is different; and a driver that resets begins in the middle. */
static void test_disks(void **state)
{
	struct fixture *f = *state;

	put(f, "files/hba.json", REPORT("4", LOAD("300", "299", "4") ", " GOOD, ""));
	collect_hba(f);
	assert_int_equal(f->o.finding_count, 0);
	put(f, "files/hba.json", REPORT("4", GOOD ", " LOAD("9", "9", "2"), ""));
	finds(f, "load 2: 2 handshakes");
	put(f, "files/hba.json",
	    REPORT("4", GOOD ", " LOAD("9", "9", "2"), ", \"diag_resets\": 1"));
	collect_hba(f);
	assert_int_equal(f->o.finding_count, 0);
}

static void test_lost_access(void **state)
{
	struct fixture *f = *state;

	put(f, "files/hba.json", REPORT("0", GOOD, ""));
	put(f, "qemu.log", "qemu-system-x86_64: warning: Blocked re-entrant IO on MemoryRegion\n");
	finds(f, "QEMU dropped accesses");
}

static void test_shutdown(void **state)
{
	struct fixture *f = *state;

	put(f, "files/hba.json", REPORT("0", GOOD, ""));
	put(f, "console.log",
	    "[    1.000100] kab-agent: leaves\r\n[    3.000000] reboot: Restarting system\r\n");
	put(f, "files/loop/results", "fact depth 7\n");
	collect_hba(f);
	assert_int_equal(f->o.sample_count, 0); /* the driver was not loaded */
	put(f, "files/loop/results", "fact shutdown with the driver loaded\n");
	collect_hba(f);
	assert_int_equal(f->o.sample_count, 1);
	assert_string_equal(f->o.samples[0].metric, "shutdown_ms");
	assert_string_equal(f->o.samples[0].workload, "loop");
	assert_true(f->o.samples[0].value > 1999.8999 && f->o.samples[0].value < 1999.9001);
	put(f, "console.log", "[    1.000100] kab-agent: leaves\r\n");
	collect_hba(f);
	assert_int_equal(f->o.sample_count, 0);
}

/* A run without an adapter has no report, and needs none. */
static void test_no_adapter(void **state)
{
	struct fixture *f = *state;

	json_release(&f->run.manifest);
	assert_int_equal(
		json_parse(&f->run.manifest, "m",
			   "{\"guest\": {\"command\": [\"qemu-system-x86_64\", \"-m\"]}}",
			   strlen("{\"guest\": {\"command\": [\"qemu-system-x86_64\", \"-m\"]}}")),
		0);
	collect_hba(f);
	assert_int_equal(f->o.finding_count, 0);
	assert_int_equal(f->o.fact_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_good),	TEST(test_bad),	     TEST(test_disks),
		TEST(test_lost_access), TEST(test_shutdown), TEST(test_no_adapter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
