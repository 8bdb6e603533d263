/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A writable view of read-only folders: how a kernel is built in its source folder without
 * changing it, and on top of an earlier build without copying it.
 *
 * Each program that runs in the view mounts an overlayfs in a mount namespace of its own (for
 * users other than root also in a user namespace), so nothing is mounted outside of it and
 * nothing is left to unmount, whichever way the program ends. The view is at the same path in
 * every build: objtool's makefiles record absolute paths, and would rebuild everything elsewhere.
 *
 * Where the host permits no overlay, the view is a real copy: slower, and more space, but the same
 * products. Then the path must be the same too, so there is one copy at a time for a cache.
 */
#ifndef KAB_RUNNER_SOURCE_OVERLAY_H
#define KAB_RUNNER_SOURCE_OVERLAY_H

#include <stdbool.h>

#include "lib/proc.h"

struct overlay {
	char *source; /* the lowest folder */
	char *layer;  /* what lies between, or NULL */
	char *top;    /* what is written: the upper folder, or the copy */
	char *work;   /* overlayfs's own scratch folder; NULL for a copy */
	char *point;  /* where the programs see the view */
	int lock;     /* of the one copy, or -1 */
};

/*
 * Whether overlays work on the file system that holds the folder, which exists. Tried once per
 * process, with a warning if not. KAB_OVERLAY=no in the environment makes it false.
 */
bool overlay_works(const char *folder);

/*
 * Opens a view whose written files go below `folder`, which is empty and on the cache's file
 * system. `layer` is what overlay_keep() gave for the same source, or NULL.
 * Returns 0, or -1 with an error printed.
 */
int overlay_open(struct overlay *o, const char *folder, const char *source, const char *layer);
/* Makes p run in the view (its setup, with the working directory at the view's top). */
void overlay_enter(struct overlay *o, struct proc *p);
/* Where a file of the view really lies, for reading; a new string, NULL when there is none. */
char *overlay_find(const struct overlay *o, const char *path);
/* Moves what was written to `to`, to be a layer later; the view ends. 0, or -1 with an error. */
int overlay_keep(struct overlay *o, const char *to);
/* Removes what was written. */
void overlay_close(struct overlay *o);
/* The kind of layer that overlay_keep() makes of it: "upper" or "copy". They do not mix. */
const char *overlay_kind(const char *folder, const char *source);

#endif
