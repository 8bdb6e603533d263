// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect.h"

#include <stdlib.h>
#include <string.h>

#include "lib/file.h"

/*
 * In the order in which findings are shown: how the run ended first, as that explains what others
 * miss; the kernel's log last.
 */
const struct collector *const collectors[] = {
	&outcome_collector, &environment_collector, &fio_collector,
	&results_collector, &hba_collector,	    &vmstat_collector,
	&profile_collector, &dmesg_collector,	    NULL,
};

static bool skipped(const struct observations *o, const char *workload)
{
	for (size_t i = 0; i < o->finding_count; i++)
		if (strcmp(o->findings[i].kind, "skipped") == 0 &&
		    strcmp(o->findings[i].workload, workload) == 0)
			return true;
	return false;
}

/* What is missing is no news when the workload failed, or was not to run. */
static bool excused(const struct observations *o, const char *workload)
{
	return observations_failed_for(o, workload) || skipped(o, workload);
}

/* Every workload has figures, of fio or of its own. */
static void check_results(const struct rundir *run, const char *workload, struct observations *o)
{
	char *fio = rundir_file(run, workload, "fio.json");
	char *own = rundir_file(run, workload, "results");

	if (!file_exists(fio) && !file_exists(own) && !excused(o, workload))
		observe_finding(o, workload, "missing-results", SEVERITY_FAILURE,
				"the guest sent neither fio.json nor results");
	free(own);
	free(fio);
}

static void mark_headline(struct observations *o, const char *workload, const char *metric)
{
	bool found = false;

	for (size_t i = 0; i < o->sample_count; i++) {
		struct sample *s = &o->samples[i];

		if (strcmp(s->workload, workload) != 0 || strcmp(s->metric, metric) != 0)
			continue;
		s->headline = true;
		found = true;
	}
	if (!found && !excused(o, workload))
		observe_finding(o, workload, "missing-metric", SEVERITY_FAILURE,
				"the headline metric \"%s\" is not there", metric);
}

int collect(const struct rundir *run, struct observations *o)
{
	for (size_t i = 0; collectors[i]; i++)
		if (collectors[i]->collect(run, o) < 0)
			return -1;
	for (size_t i = 0; i < run->workload_count; i++)
		check_results(run, run->workloads[i].name, o);
	for (size_t i = 0; i < run->workload_count; i++)
		for (size_t k = 0; k < run->workloads[i].headline.count; k++)
			mark_headline(o, run->workloads[i].name,
				      run->workloads[i].headline.items[k]);
	return 0;
}
