/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan: a matrix of kernels x workloads x boots on a target, as the user writes it.
 */
#ifndef KAB_RUNNER_PLAN_H
#define KAB_RUNNER_PLAN_H

#include <stdint.h>

#include "lib/strvec.h"

struct plan {
	char *name;
	struct strvec kernels;	 /* specs, one per arm; the first is the base */
	struct strvec workloads; /* names */
	char *target;		 /* NULL: the default of this host */
	int64_t boots;		 /* per arm and workload; 0: the target's default */
	int64_t boot_timeout_s;	 /* wall clock until the guest's first record; 0: the default */
};

/* From a file (docs/formats.md). 0, or -1 with an error printed; plan_release() is safe after
 * both. */
int plan_load(struct plan *p, const char *path);
/*
 * That every kernel spec, workload and target in it exists and is well-formed: what fails here is
 * the user's to mend (exit status 2), what fails later is not. 0, or -1 with the errors printed.
 */
int plan_check(const struct plan *p);
void plan_release(struct plan *p);

#endif
