/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stored profiles of kernels, or new ones when there are none: what "explain" and "profile" work
 * from. A part of the commands, as results.h.
 */
#ifndef KAB_RUNNER_PROFILED_H
#define KAB_RUNNER_PROFILED_H

#include <stdbool.h>
#include <stdint.h>

#include "commands.h"
#include "db/query.h"
#include "lib/strvec.h"
#include "results.h"
#include "runner/session/profile.h"

struct profiled {
	struct results results;
	char *workload; /* its name, also when it was given as a path */
	struct db_sides sides;
	int64_t arms[2]; /* indices of the kernels' sides */
};

/*
 * Finds the newest session in which these one or two kernels, as they are now, were profiled with
 * the workload on the target (NULL: det), with what else `profile` asks for; when there is none,
 * or with `fresh`, runs it.
 * STATUS_OK, or another status with an error printed. profiled_close() is safe after all.
 */
enum status profiled_open(struct profiled *p, const struct strvec *kernels, const char *workload,
			  const char *target, struct profile_options profile, bool fresh);
void profiled_close(struct profiled *p);

#endif
