/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a run directory with every collector. Nothing is booted and nothing in the directory is
 * changed, so it can be repeated at any time, to the same result.
 */
#ifndef KAB_COLLECTORS_COLLECT_H
#define KAB_COLLECTORS_COLLECT_H

#include "observations.h"
#include "runner/machine/rundir.h"

/* A source of observations. To add one: one file, a line here and one in collect.c. */
struct collector {
	const char *name;
	/* 0, or -1 with an error printed when the directory cannot be read at all. What is missing
	 * or malformed inside is a finding, not an error. */
	int (*collect)(const struct rundir *run, struct observations *o);
};

extern const struct collector outcome_collector, environment_collector, fio_collector,
	hba_collector, results_collector, vmstat_collector, profile_collector, dmesg_collector;

extern const struct collector *const collectors[]; /* NULL-terminated */

/*
 * Runs all of them, and marks the headline metrics that the manifest names. One that nothing has
 * produced, in a run that is not a failure for another reason, is the finding "missing-metric".
 * Returns 0, or -1 with an error printed. observations_release() is the caller's after both.
 */
int collect(const struct rundir *run, struct observations *o);

#endif
