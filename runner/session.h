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

#include "lib/strvec.h"
#include "rundir.h"

/* What to run. */
struct plan {
	char *name;
	struct strvec kernels;	 /* specs; the first is the base */
	struct strvec workloads; /* names */
	char *target;		 /* NULL: the default of this host */
	int64_t boots;		 /* per kernel and workload list; 0: the target's default */
};

/* From a file (docs/formats.md). 0, or -1 with an error printed. */
int plan_load(struct plan *p, const char *path);
/* That every kernel spec, workload and target in it exists and is well-formed: what fails here is
 * the user's to mend (exit status 2), what fails later is not. 0, or -1 with the errors printed. */
int plan_check(const struct plan *p);
void plan_release(struct plan *p);

struct session_result {
	char *id;   /* of the session */
	char *path; /* its folder */
	size_t runs, failed, resumed;
	bool interrupted;
};

/*
 * Builds the kernels, boots what is not yet complete, and calls `stored` for every complete run
 * directory as soon as it is one (also for those of an earlier, interrupted execution: storing
 * is idempotent). Continues the newest incomplete session of the same plan and kernels unless
 * `fresh`. Returns 0 when everything ran (perhaps with failed runs), -1 with an error printed.
 */
int session_run(const struct plan *p, bool fresh, int (*stored)(const char *run_path, void *ctx),
		void *ctx, struct session_result *result);
void session_result_release(struct session_result *r);

#endif
