/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A boot for its own sake: whether a kernel starts on a target at all, or what it tells of itself.
 */
#ifndef KAB_RUNNER_MACHINE_PROBE_H
#define KAB_RUNNER_MACHINE_PROBE_H

#include <stdint.h>

#include "lib/json.h"
#include "target.h"

struct probe {
	const struct target *target;
	const char *image; /* modules/ beside it has the modules that the machine needs, if any */
	struct json_object *job; /* without workloads */
	int64_t memory_mib;
	int64_t timeout_ms;
	int patience;	 /* as in supervise.h */
	int64_t wall_ms; /* that it took */
};

/*
 * Boots it; `dir` exists and becomes the run directory. Returns 0; 1 with the first finding in *why,
 * a new string, when the guest failed; -1 with an error printed when it could not be tried, or the
 * user interrupted.
 */
int probe_boot(struct probe *p, const char *dir, char **why);

#endif
