/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session: one execution of a plan (a matrix of kernels x workloads x boots on a target). It is
 * a folder below the data directory's sessions/, holds its run directories, and can be continued
 * where it stopped.
 */
#ifndef KAB_RUNNER_SESSION_H
#define KAB_RUNNER_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan.h"
#include "rundir.h"

struct session_result {
	char *id;   /* of the session */
	char *path; /* its folder */
	size_t runs, failed, skipped, resumed;
	bool interrupted;
};

/*
 * Builds the kernels, boots what is not yet complete, and calls `stored` for every complete run
 * directory as soon as it is one (also for those of an earlier, interrupted execution: storing
 * is idempotent): 0; 1 with an error printed, and the run counts as failed; -1 with an error
 * printed, and the session stops. Continues the newest incomplete session of the same plan and
 * kernels unless `fresh`. Returns 0 when everything ran (perhaps with failed runs), -1 with an error
 * printed or when interrupted.
 */
int session_run(const struct plan *p, bool fresh, int (*stored)(const char *run_path, void *ctx),
		void *ctx, struct session_result *result);
void session_result_release(struct session_result *r);

#endif
