// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PID 1 of the kernel under test: a sequence of steps, below. Results go to the host as records
 * over a virtio-serial port of their own; the console is only a log. A step that fails is sent
 * as a finding and ends the guest without the final record. An agent that crashes is a panic of
 * the kernel ("attempted to kill init"), which the host sees on the console.
 *
 * Nothing here depends on the host's time, on random numbers or on the run: on the instruction
 * clock two boots of one kernel send the same bytes.
 */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/alloc.h"

#include "driver.h"
#include "facts.h"
#include "file.h"
#include "modules.h"

#define JOB_PATH "/job.json"

struct agent {
	struct sender out;
	struct json_object *job;
	struct strbuf why; /* of the step that failed */
};

void agent_power_off(void)
{
	static const char last_words[] = "<0>kab-agent: leaves\n";

	sync();
	/* On the console with its time: from here to the kernel's own last line is the shutdown. */
	(void)write_file("/dev/kmsg", last_words, sizeof(last_words) - 1);
	/* Without ACPI the kernel would turn "power off" into "halt", and the machine would stay.
	 * A restart ends it as well: the host starts it with -no-reboot. */
	reboot(access("/sys/firmware/acpi", F_OK) == 0 ? RB_POWER_OFF : RB_AUTOBOOT);
	_exit(1);
}

static int failed(struct agent *a, const char *what)
{
	strbuf_addf(&a->why, "%s: %s", what, strerror(errno));
	return -1;
}

static int mount_at(struct agent *a, const char *type, const char *dir)
{
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return failed(a, dir);
	/* EBUSY: the kernel was there first. */
	if (mount(type, dir, type, MS_NOSUID, NULL) < 0 && errno != EBUSY)
		return failed(a, dir);
	return 0;
}

/* What the port needs, and no more: the first record shall come early. */
static int mount_devices(struct agent *a)
{
	return mount_at(a, "sysfs", "/sys") < 0 ? -1 : mount_at(a, "devtmpfs", "/dev");
}

static int open_port(struct agent *a)
{
	return send_open(&a->out) < 0 ? failed(a, "no port '" SEND_PORT "'") : 0;
}

static int say_hello(struct agent *a)
{
	struct timespec up;
	char ns[32];

	clock_gettime(CLOCK_MONOTONIC, &up);
	snprintf(ns, sizeof(ns), "%" PRId64, (int64_t)up.tv_sec * 1000000000 + up.tv_nsec);
	return send_text(&a->out, RECORD_HELLO, "", ns) < 0 ? failed(a, "port") : 0;
}

static int mount_rest(struct agent *a)
{
	if (mount_at(a, "proc", "/proc") < 0 || mount_at(a, "tmpfs", "/tmp") < 0)
		return -1;
	/* A kernel may have been built without debugfs. */
	(void)mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	return 0;
}

/* The same addresses in every boot: the layout of a program must not be a part of its figures. */
static int fix_layout(struct agent *a)
{
	(void)a;
	(void)write_file("/proc/sys/kernel/randomize_va_space", "0", 1);
	return 0;
}

/* In a distribution's kernel, the port and the bus that it is on may be modules. */
static int load_machine(struct agent *a)
{
	return modules_load(MODULES_MACHINE, &a->why);
}

static int load_modules(struct agent *a)
{
	return modules_load(MODULES_LOADED, &a->why);
}

static int read_job(struct agent *a)
{
	a->job = json_object_from_file(JOB_PATH);
	if (a->job && spec_get(a->job, "workloads", json_type_array))
		return 0;
	strbuf_adds(&a->why, "'" JOB_PATH "' is missing or not a job");
	return -1;
}

static int send_facts(struct agent *a)
{
	struct json_object *facts = facts_read();
	const char *text = json_object_to_json_string_ext(facts, JSON_C_TO_STRING_PRETTY);
	int ret = send_file(&a->out, NULL, "environment.json", text, strlen(text));

	json_object_put(facts);
	return ret < 0 ? failed(a, "port") : 0;
}

static int run_workloads(struct agent *a)
{
	struct json_object *list = spec_get(a->job, "workloads", json_type_array);
	bool wall_clock = strcmp(spec_str(a->job, "clock", ""), "wall") == 0;

	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (task_run(&a->out, json_object_array_get_idx(list, i), wall_clock) < 0)
			return failed(a, "port");
	return 0;
}

/*
 * The kernel's own code, when the job asks for it: the host has a kernel without System.map. Lines
 * are "ADDRESS TYPE NAME", and those of modules have a fourth word.
 */
static int send_symbols(struct agent *a)
{
	struct strbuf all = STRBUF_INIT, code = STRBUF_INIT;
	struct json_object *wanted = spec_get(a->job, "symbols", json_type_boolean);
	int ret = 0;

	if (!wanted || !json_object_get_boolean(wanted))
		return 0;
	(void)read_file("/proc/kallsyms", &all);
	for (const char *line = all.data; *line;) {
		size_t len = strcspn(line, "\n");
		const char *type = memchr(line, ' ', len);

		if (type && strchr("tTwW", type[1]) && !memchr(line, '[', len))
			strbuf_addf(&code, "%.*s\n", (int)len, line);
		line += len + (line[len] == '\n');
	}
	if (code.len)
		ret = send_file(&a->out, NULL, "symbols", code.data, code.len);
	strbuf_release(&all);
	strbuf_release(&code);
	return ret < 0 ? failed(a, "port") : 0;
}

/* The kernel's log; also after a failure, when it is wanted most. */
static int send_log(struct agent *a)
{
	enum { READ_ALL = 3, BUFFER_SIZE = 10 };
	int size = klogctl(BUFFER_SIZE, NULL, 0);
	struct strbuf log = STRBUF_INIT;
	char *text;
	int len, ret;

	if (size <= 0)
		return 0; /* no CONFIG_PRINTK */
	text = xcalloc((size_t)size, 1);
	len = klogctl(READ_ALL, text, size);
	strbuf_add(&log, text, len > 0 ? (size_t)len : 0);
	ret = send_file(&a->out, NULL, "dmesg", log.data, log.len);
	free(text);
	strbuf_release(&log);
	return ret < 0 ? failed(a, "port") : 0;
}

static int say_done(struct agent *a)
{
	return send_record(&a->out, RECORD_DONE, "", NULL, 0) < 0 ? failed(a, "port") : 0;
}

static const struct step {
	const char *name;
	int (*run)(struct agent *a);
} steps[] = {
	{ "mount devices", mount_devices },
	{ "load the machine's modules", load_machine },
	{ "open the port", open_port },
	{ "say hello", say_hello },
	{ "mount file systems", mount_rest },
	{ "fix the layout", fix_layout },
	{ "load modules", load_modules },
	{ "read the job", read_job },
	{ "describe the guest", send_facts },
	{ "run the workloads", run_workloads },
	{ "send the symbols", send_symbols },
	{ "send the kernel log", send_log },
	{ "say done", say_done },
};

int main(void)
{
	struct agent a = { .out = { .fd = -1 }, .why = STRBUF_INIT };

	/* json-c's other hash takes a random seed, and a kernel that has just booted may let its
	 * reader wait a second for one. */
	json_global_set_string_hash(JSON_C_STR_HASH_PERLLIKE);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].run(&a) == 0)
			continue;
		(void)send_finding(&a.out, "", "agent-failed", "%s: %s", steps[i].name, a.why.data);
		(void)send_log(&a);
		break;
	}
	agent_power_off();
}
