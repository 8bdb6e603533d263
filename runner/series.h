/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Patch series: a folder with a `series` file (names of patches in order, "#" comments), a
 * single .patch, or an mbox (taken apart by git, so that quoted-printable and MIME come out as
 * they went in). The patches are held in memory: what is hashed is what is applied.
 *
 * "NAME:2" is a prefix of a series, its first two patches; ":0" is none of them. A path that
 * exists as it is written is never a prefix. The identity of a prefix is that of a series of just
 * these patches.
 */
#ifndef KAB_RUNNER_SERIES_H
#define KAB_RUNNER_SERIES_H

#include <stddef.h>
#include <stdint.h>

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
	char *name; /* as in the spec, without the folders of a path; with the ":2" of a prefix */
	struct patch *patches;
	size_t count;
};

#define SERIES_WHOLE SIZE_MAX

/* Takes the ":2" off a name; a new string. *limit is 2, or SERIES_WHOLE when there is none. */
char *series_split(const char *name, size_t *limit);
/*
 * Loads by name (from patches/) or by path (contains '/'). Returns 0, or -1 with an error
 * printed: no patches in it, fewer than the prefix has, a patch that is missing or changes no file.
 */
int series_load(struct series *s, const char *name);
void series_release(struct series *s);

/* What the patch says it is, without "[PATCH 1/5]"; its name when it does not say. A new string. */
char *patch_subject(const struct patch *p);
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
