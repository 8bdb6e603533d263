/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Estimated cycles: what instructions and the misses of a model of caches would take on a machine
 * that does one thing after the other.
 *
 *	cycles = instructions * cycles of one + sum over all kinds of misses (misses * cycles of one)
 *
 * It is the equation of processor time with memory stalls (Hennessy and Patterson, Computer
 * Architecture: A Quantitative Approach, appendix B.1), and KCachegrind's "Cycle Estimation"
 * with other weights. The figures belong to the machine (configs/targets/, where their sources are) and
 * come with each profile. What a processor does at the same time is not known to it: misses that
 * do not wait for each other cost less than here, wrongly predicted jumps cost more.
 */
#ifndef KAB_COLLECTORS_CYCLES_H
#define KAB_COLLECTORS_CYCLES_H

#include <stdbool.h>
#include <stdint.h>

#include "observations.h"

struct cycle_costs {
	double instruction;
	double event[CACHED_EVENTS]; /* accesses cost nothing by themselves */
};

/* From "INSTRUCTION:L1D:L1I:L2:LLC:DTLB:STLB"; false when it is not that. */
bool cycles_read(struct cycle_costs *c, const char *text);
/* To the nearest whole cycle; `events` has CACHED_EVENTS figures. */
uint64_t cycles_estimate(const struct cycle_costs *c, uint64_t instructions,
			 const uint64_t *events);

#endif
