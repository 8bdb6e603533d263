/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's noise floor: one kernel against itself on a wall clock, and what that means for the
 * smallest effect that can be proven here. A part of the commands.
 */
#ifndef KAB_RUNNER_CMD_NOISE_H
#define KAB_RUNNER_CMD_NOISE_H

#include <stdint.h>

struct floor_options {
	const char *kernel, *workload; /* a spec, a name */
	const char *target;	       /* NULL: kvm where it works, else tcg */
	int64_t boots;		       /* of each side */
};

/* Prints what the host does now, then boots and prints the floor. A status of commands.h. */
int floor_measure(const struct floor_options *o);

#endif
