// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect.h"

#include <string.h>

/*
 * In the order in which findings are shown: how the run ended first, as that explains what others
 * miss; the kernel's log last.
 */
const struct collector *const collectors[] = {
	&outcome_collector, &environment_collector, &fio_collector,
	&vmstat_collector,  &dmesg_collector,	    NULL,
};

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
	if (!found && !observations_failed_for(o, workload))
		observe_finding(o, workload, "missing-metric", SEVERITY_FAILURE,
				"the headline metric \"%s\" is not there", metric);
}

int collect(const struct rundir *run, struct observations *o)
{
	for (size_t i = 0; collectors[i]; i++)
		if (collectors[i]->collect(run, o) < 0)
			return -1;
	for (size_t i = 0; i < run->workload_count; i++)
		for (size_t k = 0; k < run->workloads[i].headline.count; k++)
			mark_headline(o, run->workloads[i].name,
				      run->workloads[i].headline.items[k]);
	return 0;
}
