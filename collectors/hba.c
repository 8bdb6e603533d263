// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the emulated SAS adapter says of its guest (files/hba.json), what QEMU says of the two
 * (qemu.log), and how long the machine took to go down with the driver loaded (console.log).
 *
 * A driver that lost an access or was refused one may look well and not be: its figures are not
 * used. Without disks each load makes the same requests, each of which is one interrupt.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "collect.h"
#include "jsontext.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/strbuf.h"

#define REPORT	       "hba.json"
#define HANDSHAKES     4 /* IOC_FACTS twice, PORT_FACTS, IOC_INIT */
#define WORDS_MAX      200
#define SECONDS_MAX    1000000
#define US_IN_S	       1000000
#define LEFT_LOADED    "fact shutdown with the driver loaded\n"
#define LOST_AN_ACCESS "Blocked re-entrant IO"

static const char *const fact_keys[] = { "requests",   "interrupts",	"session_count",
					 "bytes_read", "bytes_written", "chain_segments",
					 "tasks",      "diag_resets" };

static uint64_t count(struct json_object *root, const char *key)
{
	uint64_t value = 0;

	(void)jsontext_count(root, key, &value);
	return value;
}

static void observe_facts(struct json_object *root, struct observations *o)
{
	for (size_t i = 0; i < sizeof(fact_keys) / sizeof(fact_keys[0]); i++) {
		char *key = xasprintf("hba.%s", fact_keys[i]);
		char *value = xasprintf("%" PRIu64, count(root, fact_keys[i]));

		observe_fact(o, key, value);
		free(value);
		free(key);
	}
}

static void check_refusals(struct json_object *root, struct observations *o)
{
	struct json_object *list = jsontext_array(root, "refusals");
	uint64_t refused = count(root, "refused");
	const char *first = "";
	char *words;

	if (!refused)
		return;
	if (list && json_object_array_length(list))
		first = json_object_get_string(json_object_array_get_idx(list, 0));
	words = clean_text(first ? first : "", first ? strlen(first) : 0, WORDS_MAX);
	observe_finding(o, "", "check-failed", SEVERITY_FAILURE,
			"the adapter refused %" PRIu64 " accesses, the first: %s", refused, words);
	free(words);
}

/* What is known of the loads of a run beforehand. */
struct expected {
	struct json_object *first; /* what the first load took */
	bool disks, resets;	   /* a driver that resets the adapter begins in the middle */
};

static void check_session(struct json_object *session, const struct expected *e, size_t number,
			  struct observations *o)
{
	uint64_t requests = count(session, "requests"), interrupts = count(session, "interrupts");

	if (!e->resets && count(session, "handshakes") != HANDSHAKES)
		observe_finding(o, "", "check-failed", SEVERITY_FAILURE,
				"load %zu: %" PRIu64 " handshakes with the adapter instead of %d",
				number, count(session, "handshakes"), HANDSHAKES);
	if (!e->disks && requests != interrupts)
		observe_finding(o, "", "check-failed", SEVERITY_FAILURE,
				"load %zu: %" PRIu64 " requests, but %" PRIu64 " interrupts",
				number, requests, interrupts);
	if (!e->disks && requests != count(e->first, "requests"))
		observe_finding(o, "", "check-failed", SEVERITY_FAILURE,
				"load %zu: %" PRIu64 " requests, load 1 made %" PRIu64, number,
				requests, count(e->first, "requests"));
}

static void check_sessions(struct json_object *root, struct observations *o)
{
	struct json_object *list = jsontext_array(root, "sessions");
	size_t sessions = list ? json_object_array_length(list) : 0;
	const struct expected e = { sessions ? json_object_array_get_idx(list, 0) : NULL,
				    count(root, "disks") > 0, count(root, "diag_resets") > 0 };

	if (!sessions)
		observe_finding(o, "", "check-failed", SEVERITY_FAILURE,
				"the driver has never spoken to the adapter");
	for (size_t i = 0; i < sessions; i++)
		check_session(json_object_array_get_idx(list, i), &e, i + 1, o);
}

static void observe_report(struct json_object *root, struct observations *o)
{
	observe_facts(root, o);
	check_refusals(root, o);
	/* Why a guest that failed did not come this far is known. */
	if (!observations_failed(o))
		check_sessions(root, o);
}

/* The command that ran the machine: "kab hba ... -- qemu-system-x86_64 ...". */
static bool had_adapter(const struct rundir *run)
{
	struct json_at root = json_root(&run->manifest);
	struct json_at guest = json_member(&root, "guest");
	struct json_at command = json_member(&guest, "command");
	struct json_at second = json_element(&command, 1);

	return second.value && json_object_is_type(second.value, json_type_string) &&
	       strcmp(json_object_get_string(second.value), "hba") == 0;
}

static int collect_report(const struct rundir *run, struct observations *o)
{
	char *path = rundir_file(run, NULL, REPORT);
	struct json_object *root = NULL;
	const char *why = "";
	int ret = jsontext_load(path, &root, &why);

	if (ret == 0)
		observe_report(root, o);
	else if (ret > 0 && !observations_failed(o))
		observe_finding(o, "", "check-failed", SEVERITY_FAILURE,
				"the adapter left no report: " REPORT ": %s",
				ret == 1 ? "missing" : why);
	json_object_put(root);
	free(path);
	return ret < 0 ? -1 : 0;
}

static int collect_qemu(const struct rundir *run, struct observations *o)
{
	char *path = xasprintf("%s/qemu.log", run->path);
	struct strbuf text = STRBUF_INIT;
	int ret = file_read_optional(path, &text);

	if (ret == 0 && strstr(text.data, LOST_AN_ACCESS))
		observe_finding(o, "", "check-failed", SEVERITY_FAILURE,
				"QEMU dropped accesses to the adapter (\"" LOST_AN_ACCESS "\")");
	strbuf_release(&text);
	free(path);
	return ret < 0 ? -1 : 0;
}

/*
 * Shutdown.
 */

/* "[   12.345678] ..." in microseconds; 0 when it is not that. */
static uint64_t line_time(const char *line)
{
	uint64_t seconds, us;
	char *end;

	if (*line != '[')
		return 0;
	seconds = strtoull(line + 1, &end, 10);
	if (*end != '.' || seconds > SECONDS_MAX)
		return 0;
	us = strtoull(end + 1, &end, 10);
	return *end == ']' && us < US_IN_S ? seconds * US_IN_S + us : 0;
}

/* The time of the console's last line with this text, in microseconds; 0 when there is none. */
static uint64_t time_of(const char *console, const char *text)
{
	uint64_t time = 0;

	for (const char *at = console; (at = strstr(at, text)); at += strlen(text)) {
		const char *line = at;

		while (line > console && line[-1] != '\n')
			line--;
		time = line_time(line);
	}
	return time;
}

static bool stayed_loaded(const struct rundir *run, const char *workload)
{
	char *path = rundir_file(run, workload, "results");
	struct strbuf text = STRBUF_INIT;
	bool stayed = file_read_optional(path, &text) == 0 && strstr(text.data, LEFT_LOADED);

	strbuf_release(&text);
	free(path);
	return stayed;
}

static int collect_shutdown(const struct rundir *run, const char *workload, struct observations *o)
{
	char *path = xasprintf("%s/console.log", run->path);
	struct strbuf text = STRBUF_INIT;
	int ret = file_read_optional(path, &text);
	uint64_t begin = 0, end = 0;

	if (ret == 0) {
		begin = time_of(text.data, "kab-agent: leaves");
		end = time_of(text.data, "reboot: Restarting system");
		end = end ? end : time_of(text.data, "reboot: Power down");
	}
	if (begin && end >= begin)
		ret = observe_sample(o, workload, "shutdown_ms", "ms", BETTER_LOWER,
				     (double)(end - begin) / 1000);
	strbuf_release(&text);
	free(path);
	return ret < 0 ? -1 : 0;
}

static int hba_collect(const struct rundir *run, struct observations *o)
{
	if (had_adapter(run) && (collect_report(run, o) < 0 || collect_qemu(run, o) < 0))
		return -1;
	for (size_t i = 0; i < run->workload_count; i++)
		if (stayed_loaded(run, run->workloads[i].name) &&
		    collect_shutdown(run, run->workloads[i].name, o) < 0)
			return -1;
	return 0;
}

const struct collector hba_collector = { "hba", hba_collect };
