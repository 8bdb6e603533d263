// SPDX-License-Identifier: GPL-2.0-or-later
#include "noise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/progress.h"
#include "lib/strvec.h"

/* More than this is a disturbance. What is not here is recorded only: a guest's own threads wait for
 * a CPU too, and load counts the past. */
static const struct {
	const char *name;
	double most;
} rules[] = {
	{ "steal_pct", 2 },   { "others_cpu_pct", 20 }, { "psi_memory_pct", 1 },
	{ "psi_io_pct", 10 }, { "swapped_pages", 0 },	{ "throttled", 0 },
};

/* --- reading ----------------------------------------------------------------------------------- */

/* The number behind `key` in a file of lines; negative when there is none. */
static double number_in(const char *path, const char *key)
{
	struct strbuf text = STRBUF_INIT;
	double value = -1;

	if (access(path, R_OK) == 0 && file_read_optional(path, &text) == 0) {
		const char *at = strstr(text.data, key);

		if (at)
			value = strtod(at + strlen(key), NULL);
	}
	strbuf_release(&text);
	return value;
}

static void read_cpus(struct noise *n)
{
	enum { USER = 1, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, FIELDS };
	double tick_ms = 1000.0 / (double)sysconf(_SC_CLK_TCK);
	struct strbuf text = STRBUF_INIT;
	struct strvec fields = STRVEC_INIT;
	static const int busy[] = { USER, NICE, SYSTEM, IRQ, SOFTIRQ };

	n->busy_ms = n->steal_ms = -1;
	if (file_read_optional("/proc/stat", &text) == 0) {
		text.data[strcspn(text.data, "\n")] = '\0';
		strvec_split(&fields, text.data, " ");
	}
	if (fields.count >= FIELDS) {
		n->busy_ms = 0;
		for (size_t i = 0; i < sizeof(busy) / sizeof(busy[0]); i++)
			n->busy_ms += strtod(fields.items[busy[i]], NULL) * tick_ms;
		n->steal_ms = strtod(fields.items[STEAL], NULL) * tick_ms;
	}
	strvec_release(&fields);
	strbuf_release(&text);
}

static double used_ms(int who)
{
	struct rusage u;

	if (getrusage(who, &u) < 0)
		return 0;
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

/* A file of every CPU, or thermal zone: "BASE<n>REST" for n = 0, 1, ...; negative without any. */
static double over_all(const char *base, const char *rest, bool add)
{
	double result = -1;

	for (int i = 0;; i++) {
		char *path = xasprintf("%s%d%s", base, i, rest);
		double value = number_in(path, "");

		free(path);
		if (value < 0)
			return result;
		if (add && result >= 0)
			result += value;
		else if (value > result)
			result = value;
	}
}

void noise_read(struct noise *n)
{
	double in = number_in("/proc/vmstat", "\npswpin "),
	       out = number_in("/proc/vmstat", "\npswpout ");

	*n = (struct noise){ .at_ms = clock_ms() };
	read_cpus(n);
	n->own_ms = used_ms(RUSAGE_SELF) + used_ms(RUSAGE_CHILDREN);
	n->psi_cpu_us = number_in("/proc/pressure/cpu", "total=");
	n->psi_memory_us = number_in("/proc/pressure/memory", "total=");
	n->psi_io_us = number_in("/proc/pressure/io", "total=");
	n->swapped_pages = in >= 0 && out >= 0 ? in + out : -1;
	n->throttled = over_all("/sys/devices/system/cpu/cpu",
				"/thermal_throttle/core_throttle_count", true);
}

/* --- rates ------------------------------------------------------------------------------------- */

static void set_rate(struct json_object *o, const char *name, double before, double after,
		     double scale)
{
	if (before >= 0 && after >= 0)
		json_set_num(o, name, (after - before) * scale);
}

static void set_known(struct json_object *o, const char *name, double value)
{
	if (value >= 0)
		json_set_num(o, name, value);
}

struct json_object *noise_since(const struct noise *before)
{
	struct json_object *o = json_new_object();
	struct noise now;
	double ms, others;

	noise_read(&now);
	ms = now.at_ms > before->at_ms ? (double)(now.at_ms - before->at_ms) : 1;
	json_set_num(o, "wall_ms", ms);
	set_rate(o, "steal_pct", before->steal_ms, now.steal_ms, 100 / ms);
	if (before->busy_ms >= 0 && now.busy_ms >= 0) {
		/* Ticks are coarse: a little less than nothing is nothing. */
		others = now.busy_ms - before->busy_ms - (now.own_ms - before->own_ms);
		json_set_num(o, "others_cpu_pct", others > 0 ? 100 * others / ms : 0);
	}
	set_rate(o, "psi_cpu_pct", before->psi_cpu_us, now.psi_cpu_us, 0.1 / ms);
	set_rate(o, "psi_memory_pct", before->psi_memory_us, now.psi_memory_us, 0.1 / ms);
	set_rate(o, "psi_io_pct", before->psi_io_us, now.psi_io_us, 0.1 / ms);
	set_rate(o, "swapped_pages", before->swapped_pages, now.swapped_pages, 1);
	set_rate(o, "throttled", before->throttled, now.throttled, 1);
	set_known(o, "load", number_in("/proc/loadavg", ""));
	set_known(o, "frequency_mhz",
		  over_all("/sys/devices/system/cpu/cpu", "/cpufreq/scaling_cur_freq", false) /
			  1000);
	set_known(o, "temperature_c",
		  over_all("/sys/class/thermal/thermal_zone", "/temp", false) / 1000);
	return o;
}

bool noise_disturbs(struct json_object *rates, struct strbuf *why)
{
	bool disturbed = false;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct json_object *value = NULL;
		double rate;

		if (!json_object_object_get_ex(rates, rules[i].name, &value))
			continue;
		rate = json_object_get_double(value);
		if (rate <= rules[i].most)
			continue;
		strbuf_addf(why, "%s%s %.1f (at most %g)", disturbed ? ", " : "", rules[i].name,
			    rate, rules[i].most);
		disturbed = true;
	}
	return disturbed;
}
