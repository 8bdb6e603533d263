/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two kernels of a comparison, as they are written on a command line:
 *
 *	BASE NEW	two specs
 *	BASE..NEW	the same; "git:DIR@BASE..NEW" are two revisions of one repository; a side that
 *			is left out is what is checked out
 *	BASE		inside a kernel's repository: against what is checked out
 *	SERIES		a series of patches: the kernel that it is made for, and it on top (base.h)
 *	(nothing)	inside a kernel's repository: what is checked out, against its merge base with
 *			the upstream of the branch, else against the nearest tag before it
 *
 * What is checked out is the work tree when it differs from HEAD ("git:."), otherwise HEAD.
 */
#ifndef KAB_RUNNER_SOURCE_OPERANDS_H
#define KAB_RUNNER_SOURCE_OPERANDS_H

#include "lib/strvec.h"

/*
 * Makes it, which is two at most, two specs, base first; says which base was found. 0, or -1 with an
 * error printed.
 */
int operands_pair(struct strvec *operands, const char *command);

#endif
