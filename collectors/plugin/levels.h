/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The caches behind the first level, which code and data share: L2 and LLC, filled at each miss,
 * neither inclusive nor exclusive, and the L2's streamer. Lines are physical addresses divided by
 * the size of a line.
 *
 * The streamer: a load or store that comes here and goes on in the direction of the one before in
 * its page of 4 KiB brings the next lines into L2 and LLC. It knows the last used pages.
 */
#ifndef KAB_PLUGIN_LEVELS_H
#define KAB_PLUGIN_LEVELS_H

#include <stdbool.h>
#include <stdint.h>

#include "lru.h"

enum level { LEVEL_L2, LEVEL_LLC, LEVEL_MEMORY };

extern struct lru levels_l2, levels_llc;

/* False when they are more than there is room for. `pages` 0: no streamer. */
bool levels_stream(unsigned long pages, unsigned long lines);
/* A line of data will soon be asked for: the host's caches may get the part of the tables that it takes. */
void levels_prepare(uint64_t line);
/* Who had a line that the first level did not have. */
enum level levels_code(uint64_t line);
enum level levels_data(uint64_t line);

#endif
