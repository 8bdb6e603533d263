// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/clean.h"
#include "collectors/dmesg.h"

static void scan(const char *log, size_t len, struct observations *o)
{
	struct dmesg d;

	dmesg_init(&d, o);
	dmesg_feed(&d, log, len);
	dmesg_end_log(&d);
	dmesg_finish(&d);
}

/* A line and what it is; NULL: nothing. The lines are the kernel's formats. */
static const struct {
	const char *line, *kind;
	enum severity severity;
} lines[] = {
	{ "[    1.234567] Kernel panic - not syncing: VFS: Unable to mount root fs", "panic",
	  SEVERITY_FAILURE },
	{ "[    4.800000][    T1] BUG: kernel NULL pointer dereference, address: 0000000000000008",
	  "oops", SEVERITY_FAILURE },
	{ "<1>[    4.8] BUG: unable to handle page fault for address: ffffc90000000000", "oops",
	  SEVERITY_FAILURE },
	{ "[    4.800001] Oops: 0000 [#1] PREEMPT SMP NOPTI", "oops", SEVERITY_FAILURE },
	{ "general protection fault, probably for non-canonical address 0xdead: 0000 [#1] SMP",
	  "oops", SEVERITY_FAILURE },
	{ "[ 9.9] kernel BUG at mm/slub.c:435!", "oops", SEVERITY_FAILURE },
	{ "[ 9.9] WARNING: CPU: 0 PID: 1 at mm/page_alloc.c:5527 __alloc_pages+0x2a1/0x330",
	  "warning", SEVERITY_WARNING },
	{ "[ 9.9] DMA-API: debugging out of memory - disabling", "warning", SEVERITY_WARNING },
	{ "[ 9.9] WARNING: possible circular locking dependency detected", "warning",
	  SEVERITY_WARNING },
	{ "[ 9.9] BUG: sleeping function called from invalid context at mm/mempool.c:393",
	  "warning", SEVERITY_WARNING },
	{ "[ 50.1] Out of memory: Killed process 88 (fio) total-vm:1024kB, anon-rss:512kB", "oom",
	  SEVERITY_FAILURE },
	{ "[ 50.1] Memory cgroup out of memory: Killed process 88 (fio) total-vm:1024kB", "oom",
	  SEVERITY_FAILURE },
	{ "[ 50.1] Out of memory (oom_kill_allocating_task): Killed process 88 (fio)", "oom",
	  SEVERITY_FAILURE },
	{ "[ 50.1] fio: page allocation failure: order:0, mode:0xc00(GFP_NOIO)",
	  "allocation-failure", SEVERITY_WARNING },
	{ "[ 242.0] INFO: task fio:88 blocked for more than 120 seconds.", "hung-task",
	  SEVERITY_FAILURE },
	{ "[ 48.0] watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [fio:88]", "soft-lockup",
	  SEVERITY_FAILURE },
	{ "[ 21.0] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:", "rcu-stall",
	  SEVERITY_FAILURE },
	{ "[ 21.0] rcu: INFO: rcu_sched self-detected stall on CPU", "rcu-stall",
	  SEVERITY_FAILURE },
	{ "[ 3.0] blk_update_request: I/O error, dev ram0, sector 8 op 0x1:(WRITE) flags 0x0",
	  "io-error", SEVERITY_FAILURE },
	{ "[ 3.0] critical space allocation error, dev dm-0, sector 8 op 0x1:(WRITE) flags 0x0",
	  "io-error", SEVERITY_FAILURE },
	{ "[ 3.0] Buffer I/O error on dev dm-0, logical block 1, lost async page write", "io-error",
	  SEVERITY_FAILURE },
	{ "[ 3.0] fio[88]: segfault at 0 ip 000055d0 sp 00007ffd error 4 in fio[55d0]", "segfault",
	  SEVERITY_WARNING },
	{ "[ 0.0] Kernel command line: console=ttyS0 panic=-1 oops=panic nokaslr", NULL, 0 },
	{ "[ 0.1] Console: says Kernel panic - not syncing", NULL, 0 },
	{ "[ 0.1] brd: module loaded", NULL, 0 },
	{ "<6>[    0.955668] DMA-API: preallocated 65536 debug entries", NULL, 0 },
	{ "<6>[    0.955685] DMA-API: debugging enabled by kernel config", NULL, 0 },
	{ "[not a time] WARNING: is not at the start", NULL, 0 },
	{ "", NULL, 0 },
};

static void test_patterns(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct observations o = { 0 };

		scan(lines[i].line, strlen(lines[i].line), &o);
		if (o.finding_count != (lines[i].kind ? 1 : 0))
			fail_msg("%zu findings in: %s", o.finding_count, lines[i].line);
		if (lines[i].kind) {
			assert_string_equal(o.findings[0].kind, lines[i].kind);
			assert_int_equal(o.findings[0].severity, lines[i].severity);
			assert_string_equal(o.findings[0].workload, "");
		}
		observations_release(&o);
	}
}

/* The message is the telling line, without what differs from boot to boot. */
static void test_message(void **state)
{
	static const char log[] =
		"[    9.900000] ------------[ cut here ]------------\r\n"
		"[    9.900001] WARNING: CPU: 0 PID: 1 at mm/mempool.c:393 mempool_alloc+0x1/0x2\r\n"
		"[    9.900002] Modules linked in:\r\n";
	struct observations o = { 0 };

	(void)state;
	scan(log, sizeof(log) - 1, &o);
	assert_int_equal(o.finding_count, 1);
	assert_string_equal(o.findings[0].message,
			    "WARNING: CPU: 0 PID: 1 at mm/mempool.c:393 mempool_alloc+0x1/0x2");
	observations_release(&o);
}

/* Two logs of one boot, cut into pieces of any size. */
static void test_two_logs_in_pieces(void **state)
{
	static const char first[] = "junk\n[    1.000000] WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1\n"
				    "[    2.000000] Kernel panic - not syncing: x";
	static const char second[] = "<4>[    1.000001] WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1\r\n"
				     "<0>[    2.000001] Kernel panic - not syncing: x\r\n";

	(void)state;
	for (size_t step = 1; step < sizeof(second); step++) {
		struct observations o = { 0 };
		struct dmesg d;

		dmesg_init(&d, &o);
		for (size_t i = 0; i < sizeof(first) - 1; i += step)
			dmesg_feed(&d, first + i,
				   sizeof(first) - 1 - i < step ? sizeof(first) - 1 - i : step);
		dmesg_end_log(&d);
		for (size_t i = 0; i < sizeof(second) - 1; i += step)
			dmesg_feed(&d, second + i,
				   sizeof(second) - 1 - i < step ? sizeof(second) - 1 - i : step);
		dmesg_end_log(&d);
		dmesg_finish(&d);
		assert_int_equal(o.finding_count, 2);
		assert_string_equal(o.findings[0].kind, "warning");
		assert_string_equal(o.findings[1].kind, "panic");
		observations_release(&o);
	}
}

static void test_binary_junk(void **state)
{
	static const char log[] = "\0\0\xff\xfe\x1b[2J\n[    1.0] \0BUG: kernel NULL pointer \xc3("
				  "\x01 dereference\n\0\0";
	struct observations o = { 0 };

	(void)state;
	scan(log, sizeof(log) - 1, &o);
	assert_int_equal(o.finding_count, 1);
	assert_string_equal(o.findings[0].message,
			    "BUG: kernel NULL pointer \xef\xbf\xbd( dereference");
	observations_release(&o);
}

static void test_flood(void **state)
{
	struct strbuf log = STRBUF_INIT;
	struct observations o = { 0 };

	(void)state;
	for (int i = 0; i < 5000; i++)
		strbuf_addf(&log, "[    %d.000000] WARNING: CPU: 0 PID: %d at a.c:1 f+0x1\n", i, i);
	/* One endless line: cut, and what follows is read again. */
	for (int i = 0; i < 100000; i++)
		strbuf_adds(&log, "WARNING: ");
	strbuf_adds(&log, "\n[    1.0] WARNING: CPU: 0 PID: 7 at a.c:1 f+0x1\n");
	scan(log.data, log.len, &o);
	assert_true(o.finding_count < 100);
	assert_string_equal(o.findings[o.finding_count - 1].kind, "log-flood");
	assert_int_equal(o.findings[o.finding_count - 1].severity, SEVERITY_WARNING);
	for (size_t i = 0; i < o.finding_count; i++)
		assert_true(strlen(o.findings[i].message) <= 400);
	observations_release(&o);

	/* It does not hide how that ended. */
	strbuf_adds(&log, "[    9.0] Kernel panic - not syncing: x\n");
	scan(log.data, log.len, &o);
	assert_true(observations_failed(&o));
	strbuf_release(&log);
	observations_release(&o);
}

/* What the supervisor has told is not told again. */
static void test_known_before(void **state)
{
	static const char log[] = "[    2.0] Kernel panic - not syncing: x\n";
	struct observations o = { 0 };

	(void)state;
	observe_finding(&o, "", "panic", SEVERITY_FAILURE, "Kernel panic - not syncing: x");
	scan(log, sizeof(log) - 1, &o);
	assert_int_equal(o.finding_count, 1);
	observations_release(&o);
}

static void test_clean_text(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "  a \t b\n", "a b" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7" },
		{ "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },		    /* overlong */
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* surrogate */
		{ "x\xe2\x82", "x\xef\xbf\xbd\xef\xbf\xbd" },		    /* cut */
		{ "", "" },
		{ "123456789012345678901234567890", "12345678901234567..." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *out = clean_text(cases[i].in, strlen(cases[i].in), 20);

		assert_string_equal(out, cases[i].out);
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_two_logs_in_pieces),
		cmocka_unit_test(test_binary_junk),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_known_before),
		cmocka_unit_test(test_clean_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
