/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the adapter refused to do for its guest: addresses outside of memory, lists without an end,
 * registers that are not there. A driver that works causes none, so each is worth a line; a
 * hostile one causes millions, so only the first few are kept in words.
 */
#ifndef KAB_RUNNER_HBA_REFUSALS_H
#define KAB_RUNNER_HBA_REFUSALS_H

#include <stdint.h>

#include "lib/strvec.h"

#define REFUSALS_KEPT 8

struct refusals {
	uint64_t count;
	struct strvec first; /* at most REFUSALS_KEPT, no two in a row alike */
};

void refusals_release(struct refusals *r);
/* Counts it and returns -1. */
int refuse(struct refusals *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
