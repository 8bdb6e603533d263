/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Removing run directories that the database has (retention.h). A part of the commands, as results.h.
 */
#ifndef KAB_RUNNER_PRUNING_H
#define KAB_RUNNER_PRUNING_H

#include <stdio.h>

#include "runner/session/retention.h"

struct pruned {
	size_t sessions, runs;
	int64_t bytes;
};

/* Says on `out` (or not, when NULL) which sessions go. 0, or -1 with an error printed. */
int prune_runs(const struct retention *r, bool dry_run, FILE *out, struct pruned *pruned);

#endif
