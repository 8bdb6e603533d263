/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a bisection measures: its two ends, and kernels between them, one at a time. A part of the
 * commands, as results.h.
 *
 * The ends run in one session, in turn, and are judged as any two kernels. Each other kernel has
 * sessions of its own. DATA/bisections/KEY.json says which sessions measured what; KEY is that of
 * the ends' kernels, workload, target and machine. What is there is not measured again.
 */
#ifndef KAB_RUNNER_BISECTION_H
#define KAB_RUNNER_BISECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "commands.h"
#include "lib/json.h"
#include "lib/strbuf.h"
#include "reports/judge.h"
#include "results.h"

struct bisection_options {
	const char *good, *bad; /* specs */
	const char *workload;
	const char *metric; /* NULL: the headline metric that differs most */
	const char *target;
	double threshold_pct; /* negative: the metric's own */
	bool fresh;
};

struct bisection {
	const struct bisection_options *options;
	struct results results;
	char *workload; /* its name */
	char *key;	/* of the state */
	char *path;	/* likewise */
	struct json_object *state;
	struct judgements ends;		   /* one: good is the base */
	const struct comparison *compared; /* of the metric; proven to differ */
	bool exact;
};

/*
 * Measures the ends, or finds that done. STATUS_OK when the metric is proven to differ;
 * STATUS_SAME with a message when it is not; another status with an error printed.
 * bisection_close() is safe after all.
 */
enum status bisection_open(struct bisection *p, const struct bisection_options *o);
void bisection_close(struct bisection *p);

/*
 * Writes down what is searched for, for search_load(): a step of p->compared along the row from GOOD to
 * BAD; `all`: also between commits whose figures are equal. 0, or -1 with an error printed.
 */
struct commits;
int bisection_describe(struct bisection *p, const struct commits *row, bool all);

/*
 * Builds the kernel and boots it once more; on the instruction clock, and when it has a fault, only
 * if it was not measured before. `name` stands for it in the state. Returns 0; 1 when it has no figure
 * and never will (it does not build or boot); -1 with an error printed, or when interrupted.
 */
int bisection_measure(struct bisection *p, const char *name, const char *spec);
/* Why it has no figure; NULL when it has one, or was not measured. Borrowed. */
const char *bisection_fault(const struct bisection *p, const char *name);
/*
 * What its boots gave, in their order: *values is a new array, and the number is returned. -1 with an
 * error printed.
 */
int64_t bisection_values(const struct bisection *p, const char *name, double **values);

#endif
