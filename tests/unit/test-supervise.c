// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The supervisor against small real machines: this program itself, started again with the name of
 * what it is to do. It writes the files that QEMU would write.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/progress.h"
#include "lib/record.h"
#include "lib/strbuf.h"
#include "runner/machine/rundir.h"
#include "runner/machine/supervise.h"

#define LONG_MS	  20000 /* for what shall end well on a busy host, too */
#define SHORT_MS  400
#define FOREVER_S 60

/*
 * The machines.
 */
struct pen {
	int records, console;
	uint32_t sequence;
};

static void put(int fd, const void *data, size_t len)
{
	if (write(fd, data, len) != (ssize_t)len)
		_exit(99);
}

static void say(const struct pen *p, const char *text)
{
	put(p->console, text, strlen(text));
}

static void send(struct pen *p, enum record_type type, const char *name, const char *data)
{
	struct strbuf frame = STRBUF_INIT;

	record_write(&frame, p->sequence++, type, name, data, strlen(data));
	put(p->records, frame.data, frame.len);
	strbuf_release(&frame);
}

static void send_job(struct pen *p)
{
	send(p, RECORD_HELLO, "", "1000");
	send(p, RECORD_FILE, "environment.json", "{}");
	send(p, RECORD_BEGIN, "w", "");
	send(p, RECORD_FILE, "w/fio.json", "{\"jobs\": []}");
	send(p, RECORD_END, "w", "ok");
	send(p, RECORD_DONE, "", "");
}

static void do_ok(struct pen *p)
{
	say(p, "[    0.000000] Linux\r\n");
	send_job(p);
}

/* Byte by byte, so that the follower sees every possible half. */
static void do_slowly(struct pen *p)
{
	struct strbuf all = STRBUF_INIT;

	record_write(&all, 0, RECORD_HELLO, "", "1", 1);
	record_write(&all, 1, RECORD_BEGIN, "w", "", 0);
	record_write(&all, 2, RECORD_FILE, "w/a", "aaa", 3);
	record_write(&all, 3, RECORD_END, "w", "ok", 2);
	record_write(&all, 4, RECORD_DONE, "", "", 0);
	for (size_t i = 0; i < all.len; i++) {
		put(p->records, all.data + i, 1);
		usleep(500);
	}
	strbuf_release(&all);
}

static void do_panic(struct pen *p)
{
	send(p, RECORD_HELLO, "", "1000");
	send(p, RECORD_BEGIN, "w", "");
	say(p, "[    1.000000] Kernel panic - not syncing: VFS: no root\r\n");
}

static void do_oops(struct pen *p)
{
	say(p, "[    1.0] BUG: kernel NULL pointer dereference, address: 0000000000000000\r\n"
	       "[    1.0] Oops: 0002 [#1] PREEMPT SMP\r\n"
	       "[    1.1] Kernel panic - not syncing: Fatal exception\r\n");
}

static void do_oom(struct pen *p)
{
	send(p, RECORD_HELLO, "", "1000");
	send(p, RECORD_BEGIN, "w", "");
	say(p, "[    2.000000] Out of memory: Killed process 77 (fio) total-vm:1kB\r\n");
	send(p, RECORD_END, "w", "failed");
	send(p, RECORD_DONE, "", "");
}

static void do_silent(struct pen *p)
{
	say(p, "first line\r\nlast line\r\n");
	sleep(FOREVER_S);
}

static void do_hang(struct pen *p)
{
	send(p, RECORD_HELLO, "", "1000");
	send(p, RECORD_BEGIN, "w", "");
	sleep(FOREVER_S);
}

static void do_late(struct pen *p)
{
	usleep(2 * SHORT_MS * 1000);
	send_job(p);
}

/* So late that a supervisor on a busy host has looked before. */
static void do_later(struct pen *p)
{
	usleep(LONG_MS / 2 * 1000);
	send_job(p);
}

static void do_stay(struct pen *p)
{
	send_job(p);
	/* Longer than a workload may take, shorter than a guest has for going away. */
	usleep(2 * SHORT_MS * 1000);
}

static void do_early(struct pen *p)
{
	send(p, RECORD_HELLO, "", "1000");
	send(p, RECORD_BEGIN, "w", "");
}

static void do_half(struct pen *p)
{
	struct strbuf frame = STRBUF_INIT;

	send(p, RECORD_HELLO, "", "1000");
	record_write(&frame, 1, RECORD_FILE, "dmesg", "0123456789", 10);
	put(p->records, frame.data, frame.len - 4);
	strbuf_release(&frame);
}

static void do_garbage(struct pen *p)
{
	send(p, RECORD_HELLO, "", "1000");
	put(p->records, "this is no record at all, is it?", 32);
	sleep(FOREVER_S);
}

static void do_skip(struct pen *p)
{
	send(p, RECORD_HELLO, "", "1000");
	p->sequence++;
	send(p, RECORD_BEGIN, "w", "");
	sleep(FOREVER_S);
}

static void do_escape(struct pen *p)
{
	send(p, RECORD_HELLO, "", "1000");
	send(p, RECORD_FILE, "../manifest.json", "{}");
	sleep(FOREVER_S);
}

static void do_twice(struct pen *p)
{
	send(p, RECORD_HELLO, "", "1000");
	send(p, RECORD_FILE, "dmesg", "one");
	send(p, RECORD_FILE, "dmesg", "two");
	sleep(FOREVER_S);
}

static void do_foreign(struct pen *p)
{
	send(p, RECORD_HELLO, "", "1000");
	send(p, RECORD_BEGIN, "other", "");
	sleep(FOREVER_S);
}

static void do_leave_out(struct pen *p)
{
	send(p, RECORD_HELLO, "", "1000");
	send(p, RECORD_DONE, "", "");
}

static void do_more(struct pen *p)
{
	send_job(p);
	send(p, RECORD_FILE, "late", "x");
	sleep(FOREVER_S);
}

static void do_fail(struct pen *p)
{
	send(p, RECORD_HELLO, "", "1000");
	send(p, RECORD_BEGIN, "w", "");
	send(p, RECORD_FINDING, "w", "check-failed 3 pages, expected 4");
	send(p, RECORD_END, "w", "failed");
	send(p, RECORD_DONE, "", "");
}

static void do_warn(struct pen *p)
{
	send(p, RECORD_HELLO, "", "1000");
	send(p, RECORD_FINDING, "", "warning no clocksource");
	send(p, RECORD_BEGIN, "w", "");
	send(p, RECORD_END, "w", "ok");
	send(p, RECORD_DONE, "", "");
}

static void do_flood(struct pen *p)
{
	static const char line[1 << 16];

	for (;;)
		put(p->console, line, sizeof(line));
}

static void do_refuse(struct pen *p)
{
	(void)p;
	fputs("machine: no such accelerator\n", stderr);
	_exit(1);
}

static void do_crash(struct pen *p)
{
	send(p, RECORD_HELLO, "", "1000");
	raise(SIGKILL);
}

static const struct act {
	const char *name;
	void (*play)(struct pen *p);
} acts[] = {
	{ "ok", do_ok },	   { "late", do_late },	      { "later", do_later },
	{ "slowly", do_slowly },   { "panic", do_panic },     { "oops", do_oops },
	{ "oom", do_oom },	   { "silent", do_silent },   { "hang", do_hang },
	{ "stay", do_stay },	   { "early", do_early },     { "half", do_half },
	{ "garbage", do_garbage }, { "skip", do_skip },	      { "escape", do_escape },
	{ "twice", do_twice },	   { "foreign", do_foreign }, { "leave-out", do_leave_out },
	{ "more", do_more },	   { "fail", do_fail },	      { "warn", do_warn },
	{ "flood", do_flood },	   { "refuse", do_refuse },   { "crash", do_crash },
};

static int open_in(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	free(path);
	return fd;
}

static int play(const char *name, const char *dir)
{
	struct pen p = { open_in(dir, "records.bin"), open_in(dir, "console.log"), 0 };
	int pid = open_in(dir, "pid");

	dprintf(pid, "%d", (int)getpid());
	close(pid);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (!strcmp(acts[i].name, name)) {
			acts[i].play(&p);
			return 0;
		}
	return 98;
}

/*
 * The tests.
 */
static char root[] = "/tmp/kab-test-supervise-XXXXXX";
static char workload[] = "w";
static char *workloads[] = { workload, NULL };
static int64_t timeout_ms = LONG_MS; /* of the guests that are made next */

static int make_rundir(struct guest *g, void *ctx)
{
	struct json_object *manifest = json_new_object();
	int result = rundir_create(g->run_path, manifest);

	(void)ctx;
	json_object_put(manifest);
	return result;
}

/* The array of strings is all that is ours; the caller frees argv[3] and argv. */
static void set_guest(struct guest *g, const char *act, const char *name)
{
	char **argv = xcalloc(5, sizeof(*argv));

	argv[0] = (char *)"/proc/self/exe";
	argv[1] = (char *)"machine";
	argv[2] = (char *)act;
	argv[3] = xasprintf("%s/%s", root, name);
	*g = (struct guest){ .run_path = argv[3],
			     .argv = argv,
			     .boot_timeout_ms = timeout_ms,
			     .workloads = workloads,
			     .timeout_ms = &timeout_ms };
}

static void clear_guest(struct guest *g)
{
	free(g->argv[3]);
	free((void *)g->argv);
}

static const struct supervise_events events = { .starting = make_rundir };

static void load_outcome(struct json_doc *doc, const char *run_path)
{
	char *path = xasprintf("%s/outcome.json", run_path);

	assert_int_equal(json_load(doc, path), 0);
	free(path);
}

static const char *text(const struct json_at *object, const char *key)
{
	struct json_at at = json_member(object, key);

	return at.value ? json_object_get_string(at.value) : NULL;
}

/* Runs one machine; it must end with exactly this first finding ("": none) and outcome. */
static void expect(const char *act, const char *outcome, const char *kind,
		   const char *workload_name, const char *message_part)
{
	struct guest g;
	struct json_doc doc;
	struct json_at at, list, first;

	set_guest(&g, act, act);
	assert_int_equal(supervise(&g, 1, 1, &events), 0);
	assert_int_equal(g.state, !strcmp(outcome, "ok") ? GUEST_OK : GUEST_FAILED);
	assert_true(rundir_is_complete(g.run_path));
	load_outcome(&doc, g.run_path);
	at = json_root(&doc);
	assert_string_equal(text(&at, "outcome"), outcome);
	list = json_member(&at, "findings");
	first = json_element(&list, 0);
	if (*kind) {
		assert_non_null(first.value);
		assert_string_equal(text(&first, "kind"), kind);
		assert_string_equal(text(&first, "workload"), workload_name);
		if (!strstr(text(&first, "message"), message_part))
			fail_msg("%s: \"%s\"", act, text(&first, "message"));
	} else {
		assert_null(first.value);
	}
	json_release(&doc);
	clear_guest(&g);
}

static char *read_in(const char *run, const char *name)
{
	char *path = xasprintf("%s/%s/%s", root, run, name);
	struct strbuf sb = STRBUF_INIT;

	assert_int_equal(file_read(path, &sb), 0);
	free(path);
	return strbuf_detach(&sb);
}

static void test_ok(void **state)
{
	char *file;

	(void)state;
	expect("ok", "ok", "", "", "");
	file = read_in("ok", "files/w/fio.json");
	assert_string_equal(file, "{\"jobs\": []}");
	free(file);
	file = read_in("ok", "files/environment.json");
	assert_string_equal(file, "{}");
	free(file);
	expect("slowly", "ok", "", "", "");
	file = read_in("slowly", "files/w/a");
	assert_string_equal(file, "aaa");
	free(file);
	expect("stay", "ok", "", "", "");
}

static void test_kernel_dies(void **state)
{
	(void)state;
	expect("panic", "failed", "panic", "", "VFS: no root");
	expect("oops", "failed", "oops", "", "NULL pointer dereference");
	expect("oom", "failed", "oom", "", "Killed process 77 (fio)");
}

static void test_hangs(void **state)
{
	(void)state;
	timeout_ms = SHORT_MS;
	expect("silent", "failed", "hang", "",
	       "no first record within 0.4 s\nfirst line\nlast line");
	expect("hang", "failed", "hang", "w", "did not end within 0.4 s");
	timeout_ms = LONG_MS;
}

static void test_streams(void **state)
{
	(void)state;
	expect("early", "failed", "early-poweroff", "w", "before its job was through");
	expect("half", "failed", "truncated-record", "", "into record 1");
	expect("garbage", "failed", "corrupt-record", "", "record 1");
	expect("skip", "failed", "corrupt-record", "", "record 1");
	expect("escape", "failed", "corrupt-record", "", "bad name");
	expect("twice", "failed", "corrupt-record", "", "repeated file");
	expect("foreign", "failed", "corrupt-record", "", "unexpected begin of \"other\"");
	expect("more", "failed", "corrupt-record", "", "behind the last one");
}

static void test_workloads(void **state)
{
	(void)state;
	expect("fail", "failed", "check-failed", "w", "3 pages, expected 4");
	expect("leave-out", "failed", "workload-failed", "w", "left the workload out");
	expect("warn", "ok", "warning", "", "no clocksource");
}

static void test_machines(void **state)
{
	(void)state;
	expect("flood", "failed", "flood", "", "on the console");
	expect("refuse", "failed", "start-failed", "", "no such accelerator");
	expect("crash", "failed", "machine-died", "", "signal 9");
}

static void test_no_program(void **state)
{
	struct guest g;
	struct json_doc doc;
	char *own;

	(void)state;
	set_guest(&g, "none", "none");
	own = g.argv[0];
	((char **)(uintptr_t)g.argv)[0] = (char *)"kab-no-such-program";
	assert_int_equal(supervise(&g, 1, 1, &events), 0);
	assert_int_equal(g.state, GUEST_FAILED);
	load_outcome(&doc, g.run_path);
	json_release(&doc);
	((char **)(uintptr_t)g.argv)[0] = own;
	clear_guest(&g);
}

/* Asleep it uses no CPU: with patience it may be late, without it may not. */
static void test_patience(void **state)
{
	struct guest g;

	(void)state;
	timeout_ms = SHORT_MS;
	set_guest(&g, "late", "late-patient");
	g.patience = LONG_MS / SHORT_MS;
	assert_int_equal(supervise(&g, 1, 1, &events), 0);
	assert_int_equal(g.state, GUEST_OK);
	clear_guest(&g);
	set_guest(&g, "later", "late-strict");
	assert_int_equal(supervise(&g, 1, 1, &events), 0);
	assert_int_equal(g.state, GUEST_FAILED);
	clear_guest(&g);
	timeout_ms = LONG_MS;
}

static size_t ended_order[3];
static size_t ended_count;

static int on_ended(struct guest *g, void *ctx)
{
	const struct guest *all = ctx;

	assert_true(rundir_is_complete(g->run_path));
	ended_order[ended_count++] = (size_t)(g - all);
	return 0;
}

/* Two places: the hanging one holds its place while the others go through the other. */
static void test_parallel(void **state)
{
	struct guest g[3];
	struct supervise_events ev = { make_rundir, on_ended, g };
	const int64_t while_others_end = 3000;

	(void)state;
	ended_count = 0;
	set_guest(&g[0], "hang", "p0");
	g[0].timeout_ms = &while_others_end;
	set_guest(&g[1], "ok", "p1");
	set_guest(&g[2], "ok", "p2");
	assert_int_equal(supervise(g, 3, 2, &ev), 0);
	assert_int_equal(ended_count, 3);
	assert_int_equal(ended_order[0], 1);
	assert_int_equal(ended_order[1], 2);
	assert_int_equal(ended_order[2], 0);
	assert_int_equal(g[0].state, GUEST_FAILED);
	for (size_t i = 0; i < 3; i++)
		clear_guest(&g[i]);
}

static bool alive(const char *run)
{
	char *pid = read_in(run, "pid");
	bool is = !kill((pid_t)strtol(pid, NULL, 10), 0);

	free(pid);
	return is;
}

/* A kab of its own: two guests, one that ends and one that does not, until a signal ends it. */
static pid_t start_kab(struct guest *g)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (interrupt_setup() < 0)
		_exit(97);
	g[1].boot_timeout_ms = FOREVER_S * 1000;
	_exit(supervise(g, 2, 2, &events));
}

static bool wait_until(bool (*true_of)(const char *), const char *what, bool wanted)
{
	for (int i = 0; i < 2000; i++) {
		if (true_of(what) == wanted)
			return true;
		usleep(10000);
	}
	return false;
}

static bool has_started(const char *run)
{
	char *path = xasprintf("%s/%s/pid", root, run);
	bool is = file_size(path) > 0;

	free(path);
	return is;
}

static bool complete(const char *run)
{
	char *path = xasprintf("%s/%s", root, run);
	bool is = rundir_is_complete(path);

	free(path);
	return is;
}

/* Whatever ends kab: what was complete stays so, the rest is not, and nothing runs on. */
static int end_kab_by(int sig, const char *done, const char *open)
{
	struct guest g[2];
	int status = -1;
	pid_t kab;

	set_guest(&g[0], "ok", done);
	set_guest(&g[1], "silent", open);
	kab = start_kab(g);
	assert_true(wait_until(complete, done, true));
	assert_true(wait_until(has_started, open, true));
	kill(kab, sig);
	assert_int_equal(waitpid(kab, &status, 0), kab);
	assert_true(complete(done));
	assert_false(complete(open));
	assert_true(wait_until(alive, open, false));
	clear_guest(&g[0]);
	clear_guest(&g[1]);
	return status;
}

static void test_interrupt(void **state)
{
	int status = end_kab_by(SIGINT, "int-done", "int-open");

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

static void test_kill(void **state)
{
	int status = end_kab_by(SIGKILL, "kill-done", "kill-open");

	(void)state;
	assert_true(WIFSIGNALED(status));
}

static int set_up(void **state)
{
	(void)state;
	log_level_set(LOG_QUIET);
	return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return dir_remove(root);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ok),	   cmocka_unit_test(test_kernel_dies),
		cmocka_unit_test(test_hangs),	   cmocka_unit_test(test_streams),
		cmocka_unit_test(test_workloads),  cmocka_unit_test(test_machines),
		cmocka_unit_test(test_no_program), cmocka_unit_test(test_patience),
		cmocka_unit_test(test_parallel),   cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_kill),
	};

	if (argc == 4 && !strcmp(argv[1], "machine"))
		return play(argv[2], argv[3]);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
