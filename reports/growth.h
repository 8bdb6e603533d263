/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a figure grows with the size of the problem: the metrics of one workload whose names differ
 * only by a number ("rmmod_37000_ms", "rmmod_373959_ms") are points of a curve, to which a constant
 * and a power of the number are fitted: 1 is linear, 2 quadratic.
 */
#ifndef KAB_REPORTS_GROWTH_H
#define KAB_REPORTS_GROWTH_H

#include <stddef.h>

#include "judge.h"

#define GROWTH_POINTS_MIN 4

/* One curve. */
struct growth {
	const char *workload; /* borrowed from the judgement */
	char *family;	      /* "rmmod_N_ms" */
	size_t points;
	double base, new; /* exponents; NaN on a side that lacks a point or does not grow */
};

struct growths {
	struct growth *items;
	size_t count;
};

/* "rmmod_N_ms" for "rmmod_37000_ms", a new string, with the number; NULL when the name has none. */
char *growth_family(const char *metric, double *number);
/* The curves with enough points of which one is a headline metric, in the judgement's order; those
 * that grow on neither side are no news, and left out. */
void growths_fit(const struct judgement *j, struct growths *out);
void growths_release(struct growths *g);

#endif
