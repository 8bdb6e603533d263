/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session: one execution of a plan (a matrix of kernels x workloads x boots on a target). It is
 * a folder below the data directory's sessions/, holds its run directories, and can be continued
 * where it stopped.
 */
#ifndef KAB_RUNNER_SESSION_SESSION_H
#define KAB_RUNNER_SESSION_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan.h"
#include "runner/machine/rundir.h"

struct session_result {
	char *id;   /* of the session */
	char *path; /* its folder */
	size_t runs, failed, skipped, resumed;
	bool interrupted;
};

struct matrix;

/* What the session's owner does. */
struct session_events {
	/*
	 * Kernels, workloads and target are known, and nothing has been booted: 0 to go on, -1 with an error
	 * printed. May be NULL.
	 */
	int (*resolved)(const struct matrix *m, void *ctx);
	/*
	 * A run directory is complete (also one of an earlier, interrupted execution: storing is
	 * idempotent): 0; 1 with an error printed, and the run counts as failed; -1 with an error
	 * printed, and the session stops.
	 */
	int (*stored)(const char *run_path, void *ctx);
	/*
	 * A plan that runs until its figures are proven has come to a look, of which `session` has all
	 * runs: 1 when they are, 0 when boots are to be added, -1 with an error printed.
	 */
	int (*proven)(const char *session, void *ctx);
	void *ctx;
};

/*
 * Builds the kernels and boots what is not yet complete. Continues the newest incomplete session of
 * the same plan and kernels unless `fresh`. Returns 0 when everything ran (perhaps with failed runs), -1 with an error
 * printed or when interrupted.
 */
int session_run(const struct plan *p, bool fresh, const struct session_events *events,
		struct session_result *result);
void session_result_release(struct session_result *r);

#endif
