/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernels' part of the cache holds, for showing and pruning it.
 */
#ifndef KAB_RUNNER_KERNEL_INVENTORY_H
#define KAB_RUNNER_KERNEL_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum holding_kind {
	HOLDING_KERNEL,
	HOLDING_LAYER,
	HOLDING_SOURCE,
	HOLDING_HEADERS,
	HOLDING_OBJECTS,
	HOLDING_DOWNLOAD,
	HOLDING_RELEASE,
	HOLDING_LOG
};

struct holding {
	enum holding_kind kind;
	char *name;	 /* in its folder of the cache */
	char *title;	 /* a kernel's spec; for the others, whose they are */
	char *release;	 /* of a kernel, or "" */
	char *base_id;	 /* of a kernel: its layer */
	char *source_id; /* of a kernel: its source */
	int64_t bytes;
	int64_t used; /* seconds since 1970: last use of a kernel, otherwise when it was made */
};

struct inventory {
	struct holding *items; /* by kind, the last used first */
	size_t count;
};

/* Returns 0, or -1 with an error printed. */
int inventory_load(struct inventory *inv);
void inventory_release(struct inventory *inv);

/* "kernel", "layer", ... */
const char *holding_name(enum holding_kind kind);
/*
 * Whether it may go. Kernels: when not used since `before` (0: none). Layers and sources: when no
 * kernel that stays needs them. All else: when older than `before`. With `all`,
 * everything.
 */
bool holding_expired(const struct inventory *inv, const struct holding *h, int64_t before,
		     bool all);
/* Removes it. 1 when another process uses it, 0, or -1 with an error printed. */
int holding_remove(const struct holding *h);

#endif
