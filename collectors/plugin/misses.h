/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the first places of L1 do not have, in the order in which it happened. The next access does not
 * depend on what comes of it, so it is only written down, and dealt with in loops when there is
 * much of it.
 */
#ifndef KAB_PLUGIN_MISSES_H
#define KAB_PLUGIN_MISSES_H

#include <stdint.h>

struct tally;

/* After the tables of behind.h have been made. */
void misses_open(void);
/*
 * A line of data, in 32 bits as lru.h keeps it, comes to the first places, and another, an
 * lru_entry(), goes from there to the others.
 */
void misses_data(struct tally *t, uint32_t line, uint32_t older);
/* The L1 of code does not have this line. */
void misses_code(struct tally *t, uint32_t line);
/* Deals with all: from then on the tallies are what they should be. */
void misses_settle(void);

#endif
