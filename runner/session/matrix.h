/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan resolved: its kernels built, its workloads read and checked, its target chosen. Everything
 * that a figure depends on goes into one identity, so that an interrupted session is continued only
 * by what would have given the same figures.
 */
#ifndef KAB_RUNNER_SESSION_MATRIX_H
#define KAB_RUNNER_SESSION_MATRIX_H

#include <stddef.h>
#include <stdint.h>

#include "lib/hash.h"
#include "plan.h"
#include "runner/kernel/variant.h"
#include "runner/machine/initramfs.h"
#include "runner/machine/provision.h"
#include "runner/machine/target.h"
#include "workload.h"

/* An arm with a workload that it runs. */
struct pair {
	size_t arm, workload;
	struct provision provision;
	struct profile_options profile;
};

struct matrix {
	const struct plan *plan; /* borrowed */
	const struct target *target;
	int64_t boots;
	uint64_t seed; /* of the order of boots: set when the session is opened */
	int64_t boot_timeout_s;
	struct variant *arms; /* the kernels; the first is the base */
	size_t arm_count;
	struct workload *workloads;
	char **workload_ids; /* SHA-256 */
	size_t workload_count;
	struct pair *pairs; /* of all cells, in the order of the first boot */
	size_t pair_count;
	struct initramfs base;
	char *plugin;		   /* of a plan that profiles; otherwise NULL */
	struct hierarchy caches;   /* of one that counts their misses */
	struct json_object *facts; /* of the host */
	struct kernel_facts {
		char *debug;	   /* config_debug() */
		char *differences; /* config_differences() to the first arm */
		char *appeared;	   /* config_new() to the first arm */
	} * kernel_facts;	   /* by arm; all "" where a kernel has no config */
	struct hash_hex identity;
};

/* Fetches, builds and checks. 0, or -1 with an error printed; matrix_release() is safe after both.
 */
int matrix_resolve(struct matrix *m, const struct plan *p);
void matrix_release(struct matrix *m);

/* One boot of the matrix: an arm, a workload, and which of the boots. */
struct cell {
	size_t number; /* 1, 2, ...: in the order in which they run */
	size_t pair;
	size_t arm, workload; /* of the pair */
	int64_t boot;	      /* 1, 2, ... */
};

size_t matrix_cell_count(const struct matrix *m);
/*
 * The cell of a number from 1. Arms take turns, so that what drifts on the host meets all of them:
 * two boots of each are a block, and the second goes through the arms backwards (A B B A). Which
 * direction comes first is drawn from the seed for every block and workload, so that nothing on the
 * host can keep step with it.
 */
struct cell matrix_cell(const struct matrix *m, size_t number);
/* Sets the facts of an arm among those of the host, in place of those of another arm. */
void matrix_set_kernel_facts(const struct matrix *m, size_t arm);
/* Lists the pairs of the plan; part of matrix_resolve(). */
void matrix_pair(struct matrix *m);

#endif
