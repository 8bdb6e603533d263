// SPDX-License-Identifier: GPL-2.0-or-later
#include "driver.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "file.h"
#include "lib/window.h"
#include "modules.h"

static const struct driver *const drivers[] = {
	&fio_driver, &module_driver, &mpt3sas_driver, &trouble_driver, &xdp_driver,
};

static const struct driver *driver_find(const char *name)
{
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (strcmp(drivers[i]->name, name) == 0)
			return drivers[i];
	return NULL;
}

struct json_object *spec_get(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *value;

	if (!json_object_object_get_ex(o, key, &value) || !json_object_is_type(value, type))
		return NULL;
	return value;
}

const char *spec_str(struct json_object *o, const char *key, const char *otherwise)
{
	struct json_object *value = spec_get(o, key, json_type_string);

	return value ? json_object_get_string(value) : otherwise;
}

int64_t spec_int(struct json_object *o, const char *key, int64_t otherwise)
{
	struct json_object *value = spec_get(o, key, json_type_int);

	return value ? json_object_get_int64(value) : otherwise;
}

int task_fail(struct task *t, const char *kind, const char *fmt, ...)
{
	struct strbuf message = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&message, fmt, ap);
	va_end(ap);
	/* A stream that is broken shows at the next record, which the caller has to send anyway. */
	(void)send_finding(t->out, t->name, kind, "%s", message.data);
	strbuf_addf(&t->failure, "%s: %s\n", kind, message.data);
	strbuf_release(&message);
	return -1;
}

/* One counter of /proc/vmstat; 0 when the kernel does not have it. */
static uint64_t counter(const char *vmstat, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = vmstat; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, name, len) == 0 && line[len] == ' ')
			return strtoull(line + len, NULL, 10);
	return 0;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The time that all CPUs together were idle since boot: the kernel tells it in units of 10 ms. */
static int64_t idle_ns(void)
{
	struct strbuf uptime = STRBUF_INIT;
	int64_t seconds = 0, hundredths = 0;
	char *at;

	/* "UPTIME IDLE", each with two decimals */
	read_fact("/proc/uptime", &uptime);
	at = uptime.data + strcspn(uptime.data, " ");
	seconds = strtoll(at, &at, 10);
	if (*at == '.')
		hundredths = strtoll(at + 1, NULL, 10);
	strbuf_release(&uptime);
	return seconds * 1000000000 + hundredths * 10000000;
}

/*
 * The measured part, a window, between two readings of /proc/vmstat. They are sent only after it:
 * the first one would otherwise leave its traces in what it is there to measure.
 */
static int measure(struct task *t, const struct driver *d)
{
	struct strbuf before = STRBUF_INIT, after = STRBUF_INIT, window = STRBUF_INIT;
	int64_t begin, end, idle = idle_ns();
	uint64_t kills;
	int ret;

	(void)read_file("/proc/vmstat", &before);
	WINDOW_MARK(WINDOW_BEGIN);
	begin = now_ns();
	ret = d->measure ? d->measure(t) : 0;
	end = now_ns();
	WINDOW_MARK(WINDOW_END);
	(void)read_file("/proc/vmstat", &after);

	idle = idle_ns() - idle;
	/* On the instruction clock, a profile of the window has as many instructions as it took
	 * nanoseconds, but for those that were spent idle. */
	strbuf_addf(&window, "%" PRId64 " %" PRId64 " %" PRId64 "\n", begin, end, idle);
	(void)send_file(t->out, t->name, "window", window.data, window.len);
	strbuf_release(&window);
	modules_send(t->out, t->name);
	if (before.len)
		(void)send_file(t->out, t->name, "vmstat-before", before.data, before.len);
	if (after.len)
		(void)send_file(t->out, t->name, "vmstat-after", after.data, after.len);
	kills = counter(after.data, "oom_kill") - counter(before.data, "oom_kill");
	if (kills)
		ret = task_fail(t, "oom",
				"the kernel ran out of memory and killed %" PRIu64 " processes",
				kills);
	strbuf_release(&before);
	strbuf_release(&after);
	return ret;
}

/* Windows are named by their order, so a workload that is not measured has one as well. */
static void empty_window(void)
{
	WINDOW_MARK(WINDOW_BEGIN);
	WINDOW_MARK(WINDOW_END);
}

static void run_steps(struct task *t)
{
	const char *name = spec_str(t->spec, "driver", "");
	const struct driver *d = driver_find(name);

	if (!d) {
		empty_window();
		(void)task_fail(t, "workload-failed", "no driver '%s' in the guest", name);
		return;
	}
	if (!d->prepare || d->prepare(t) == 0) {
		int measured = measure(t, d);

		/* What a program said is worth more when it failed, so this comes in any case. */
		if (d->report && d->report(t) < 0 && measured < 0)
			printf("kab-agent: %s: failed\n", t->name);
	} else {
		empty_window();
	}
	if (d->finish)
		d->finish(t);
}

int task_run(struct sender *out, struct json_object *spec, bool wall_clock)
{
	struct task t = { .out = out,
			  .name = spec_str(spec, "name", ""),
			  .wall_clock = wall_clock,
			  .spec = spec,
			  .failure = STRBUF_INIT,
			  .results = STRBUF_INIT };
	int ret = -1;

	printf("kab-agent: %s: begins\n", t.name);
	if (send_record(out, RECORD_BEGIN, t.name, NULL, 0) < 0)
		goto out;
	run_steps(&t);
	if (t.failure.len && send_file(out, t.name, "failure", t.failure.data, t.failure.len) < 0)
		goto out;
	ret = send_text(out, RECORD_END, t.name, t.failure.len ? "failed" : "ok");
	printf("kab-agent: %s: ends, %s\n", t.name, t.failure.len ? "failed" : "ok");
out:
	strbuf_release(&t.failure);
	strbuf_release(&t.results);
	return ret;
}
