/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set-associative cache of which the least recently used line of a set goes. Only which lines
 * are there is kept, not what is in them.
 *
 * A set is `ways` places, the last used line first; behind the lines free places, which are 0. A
 * line is its address divided by its size; its low 32 bits, plus one, are kept: half the space, as
 * the host has caches as well, and enough for 256 GiB in lines of 64 bytes.
 */
#ifndef KAB_PLUGIN_LRU_H
#define KAB_PLUGIN_LRU_H

#include <stdbool.h>
#include <stdint.h>

#include "exchange.h"

#define LRU_WAYS_MAX   64
#define LRU_LINE_SHIFT 6 /* all processors with x86-64 have lines of 64 bytes */

struct lru {
	uint32_t *places;
	uint64_t mask; /* sets - 1 */
	uint64_t last; /* 1 << (ways - 1): for exchange() */
	uint32_t ways;
	uint32_t stride;  /* places of a set: more than ways, so that vectors fit */
	uint32_t vectors; /* places that exchange() looks at in vectors: 8, 24, or 0 */
	exchange_fn *exchange;
};

/* `sets` is a power of two. All places are free, and live until the process ends. */
void lru_make(struct lru *l, uint64_t sets, uint32_t ways);
/* The set that a line belongs to: its first place. */
uint32_t *lru_set(const struct lru *l, uint64_t line);
/* What a place has for a line. Never 0 but for the last of 2^32 lines. */
uint32_t lru_entry(uint64_t line);
/*
 * Makes a line the last used of its set. False when it was not there: the least recently used, or
 * a free place, has gone for it.
 */
bool lru_touch(const struct lru *l, uint64_t line);
/*
 * For a set whose first places are kept elsewhere: an entry leaves this part of it, or the last
 * used does, and another comes to its front. False when it was not there. `ways` 0 is allowed.
 */
bool lru_exchange(const struct lru *l, uint32_t *set, uint32_t leaves, uint32_t comes);

#endif
