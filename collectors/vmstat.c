// SPDX-License-Identifier: GPL-2.0-or-later
#include "vmstat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collect.h"
#include "lib/file.h"
#include "lib/strbuf.h"

/* All are work that a better kernel does less of for the same I/O. */
static const struct counter {
	const char *name; /* a '*' at the end: the sum over zones or orders */
	const char *metric;
	const char *unit;
} counters[] = {
	{ "pgalloc_*", "vm_pgalloc_pages", "pages" },
	{ "pgfree", "vm_pgfree_pages", "pages" },
	{ "pgfault", "vm_pgfault", "1" },
	{ "pgmajfault", "vm_pgmajfault", "1" },
	{ "pgscan_kswapd", "vm_pgscan_kswapd_pages", "pages" },
	{ "pgscan_direct", "vm_pgscan_direct_pages", "pages" },
	{ "pgsteal_kswapd", "vm_pgsteal_kswapd_pages", "pages" },
	{ "pgsteal_direct", "vm_pgsteal_direct_pages", "pages" },
	{ "allocstall_*", "vm_allocstall", "1" },
	{ "compact_stall", "vm_compact_stall", "1" },
	{ "compact_fail", "vm_compact_fail", "1" },
	{ "compact_migrate_scanned", "vm_compact_migrate_scanned_pages", "pages" },
	{ "compact_free_scanned", "vm_compact_free_scanned_pages", "pages" },
	{ "pgmigrate_success", "vm_pgmigrate_success_pages", "pages" },
	{ "oom_kill", "vm_oom_kill", "1" },
};

static bool counter_matches(const struct counter *c, const char *name, size_t len)
{
	size_t want = strlen(c->name);

	if (c->name[want - 1] == '*')
		return len >= want && !strncmp(name, c->name, want - 1);
	return len == want && !strncmp(name, c->name, want);
}

/* Adds up what the counter names; false when no line does, or when one is no number. */
static bool counter_read(const struct counter *c, const char *text, uint64_t *sum)
{
	bool found = false;

	*sum = 0;
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t len = strcspn(line, " \n");
		uint64_t value;
		char *end;

		if (line[len] != ' ' || !counter_matches(c, line, len))
			continue;
		errno = 0;
		value = strtoull(line + len + 1, &end, 10);
		if (errno || end == line + len + 1 || (*end != '\n' && *end))
			return false;
		if (__builtin_add_overflow(*sum, value, sum))
			return false;
		found = true;
	}
	return found;
}

void vmstat_compare(const char *workload, const char *before, const char *after,
		    struct observations *o)
{
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		const struct counter *c = &counters[i];
		uint64_t old, new;

		if (!counter_read(c, before, &old) || !counter_read(c, after, &new))
			continue;
		if (new < old)
			observe_finding(o, workload, "malformed-vmstat", SEVERITY_WARNING,
					"\"%s\" went from %" PRIu64 " to %" PRIu64, c->name, old,
					new);
		else
			observe_sample(o, workload, c->metric, c->unit, BETTER_LOWER,
				       (double)(new - old));
	}
}

/* A workload that was not measured has neither file; that is told by what it lacks itself. */
static int collect_workload(const struct rundir *run, const char *workload, struct observations *o)
{
	struct strbuf before = STRBUF_INIT, after = STRBUF_INIT;
	char *before_path = rundir_file(run, workload, "vmstat-before");
	char *after_path = rundir_file(run, workload, "vmstat-after");
	int no_before = file_read_optional(before_path, &before);
	int no_after = file_read_optional(after_path, &after);

	if (!no_before && !no_after)
		vmstat_compare(workload, before.data, after.data, o);
	free(after_path);
	free(before_path);
	strbuf_release(&after);
	strbuf_release(&before);
	return no_before < 0 || no_after < 0 ? -1 : 0;
}

static int vmstat_collect(const struct rundir *run, struct observations *o)
{
	for (size_t i = 0; i < run->workload_count; i++)
		if (collect_workload(run, run->workloads[i].name, o) < 0)
			return -1;
	return 0;
}

const struct collector vmstat_collector = { "vmstat", vmstat_collect };
