/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Patch series: a folder with a `series` file (names of patches in order, "#" comments), a
 * single .patch; or mails, of which the newest whole revision is taken (thread.h): an mbox, a
 * maildir, a folder of what git format-patch writes, a thread of a public-inbox server (lore.h).
 * The patches are held in memory: what is hashed is what is applied.
 *
 * "NAME:2" is a prefix of a series, its first two patches; ":0" is none of them. A path that
 * exists as it is written is never a prefix. The identity of a prefix is that of a series of just
 * these patches.
 */
#ifndef KAB_RUNNER_SOURCE_SERIES_H
#define KAB_RUNNER_SOURCE_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/hash.h"
#include "lib/strbuf.h"
#include "lib/strvec.h"
#include "patch.h"

struct series {
	/* As in the spec, without the folders of a path; of a thread the id; with the ":2" of a
	 * prefix. */
	char *name;
	/* Of mails, otherwise NULL: */
	char *title;  /* the subject of the cover letter, or of the first patch */
	char *author; /* "Name <user@host>" */
	char *date;   /* as it was written */
	char *link;   /* as a patch's, of the cover letter */
	char *base;   /* the commit that it says it is made for, or NULL */
	int version;  /* 0: not from mails */
	struct patch *patches;
	size_t count;
};

#define SERIES_WHOLE SIZE_MAX

/* Takes the ":2" off a name; a new string. *limit is 2, or SERIES_WHOLE when there is none. */
char *series_split(const char *name, size_t *limit);
/*
 * Loads by name (from patches/), by path (contains '/') or by "lore:MESSAGE-ID". Returns 0, or -1
 * with an error printed: no patches in it, fewer than the prefix has, a patch that is missing or
 * changes no file.
 */
int series_load(struct series *s, const char *name);
void series_release(struct series *s);
/* For mailbox.c: an empty patch at the end. */
struct patch *series_add(struct series *s, const char *name, int strip);

/*
 * Pushes what a series from mails is as facts of a run, a key and its value by turns: "series.N.title",
 * author, date, version, link and base, and "series.N.patch.001" with ".link" and ".trailers" (joined
 * by "; "). Nothing for a series that is not from mails.
 */
void series_describe(const struct series *s, size_t number, struct strvec *facts);
/* Adds the patches to an identity: their texts in order, but no names. */
void series_hash(const struct series *s, struct hash *h);
/* Pushes the files that the patches change, create or delete, in the tree's terms; sorted. */
void series_files(const struct series *s, struct strvec *files);
/*
 * Applies all patches to the merged tree, without fuzz: a patch whose context is not there is not
 * for this kernel. Returns 0, or -1 with an error printed that names series, patch, file, hunk.
 */
int series_apply(const struct series *s, struct overlay *tree);
/* The same as a question: 1 with that reason appended to `why` when it does not apply. */
int series_try(const struct series *s, struct overlay *tree, struct strbuf *why);

#endif
