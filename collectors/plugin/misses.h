/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the first places of L1 do not have, in the order in which it happened. The next access does not
 * depend on what comes of it, so it is only written down, and dealt with in one loop when there is
 * much of it: there the host can fetch the tables of a miss before its turn.
 */
#ifndef KAB_PLUGIN_MISSES_H
#define KAB_PLUGIN_MISSES_H

#include <stdint.h>

#include "lru.h"

struct cache_tally;

/* The L1 of data without the last used two of each set. */
extern struct lru misses_l1d;

/* A line of data comes to the first places, and another, an lru_entry(), goes from there to the others. */
void misses_data(struct cache_tally *t, uint64_t line, uint32_t older);
/* The L1 of code does not have this line. */
void misses_code(struct cache_tally *t, uint64_t line);
/* Deals with all: from then on the tallies are what they should be. */
void misses_settle(void);

#endif
