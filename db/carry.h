/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rebuild takes over what only the old database knows: runs whose directories were pruned.
 */
#ifndef KAB_DB_CARRY_H
#define KAB_DB_CARRY_H

#include <stdbool.h>
#include <stddef.h>

#include "store.h"

/*
 * Copies runs from the database at `path` into `new` (of db_create_beside()): those that are not in
 * it, and of which gone(id) is true. How many is added to *count. Returns 0, also when there is no
 * old database; 1 with the reason printed when that cannot be read, and nothing was copied; -1 with
 * an error printed.
 */
int db_carry(struct db *new, const char *path, bool (*gone)(const char *run_id, void *ctx),
	     void *ctx, size_t *count);

#endif
