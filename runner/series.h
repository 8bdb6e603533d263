/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Patch series: a folder with a `series` file (names of patches in order, "#" comments), a
 * single .patch, or an mbox (taken apart by git, so that quoted-printable and MIME come out as
 * they went in). The patches are held in memory: what is hashed is what is applied.
 */
#ifndef KAB_RUNNER_SERIES_H
#define KAB_RUNNER_SERIES_H

#include <stddef.h>

#include "lib/hash.h"
#include "lib/strbuf.h"
#include "lib/strvec.h"

struct overlay;

struct patch {
	char *name; /* file name, or the subject of a mail */
	struct strbuf text;
	int strip; /* leading path components to drop: 1 unless the series says "-p0" */
};

struct series {
	char *name; /* as in the spec, without the folders of a path */
	struct patch *patches;
	size_t count;
};

/*
 * Loads by name (from patches/) or by path (contains '/'). Returns 0, or -1 with an error
 * printed: no patches in it, a patch that is missing or changes no file.
 */
int series_load(struct series *s, const char *name);
void series_release(struct series *s);

/* Adds the patches to an identity: their texts in order, but no names. */
void series_hash(const struct series *s, struct hash *h);
/* Pushes the files that the patches change, create or delete, in the tree's terms; sorted. */
void series_files(const struct series *s, struct strvec *files);
/*
 * Applies all patches to the merged tree, without fuzz: a patch whose context is not there is not
 * for this kernel. Returns 0, or -1 with an error printed that names series, patch, file, hunk.
 */
int series_apply(const struct series *s, struct overlay *tree);

#endif
