/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a site consists of, what the destination has of it, and in which order the one becomes the
 * other.
 */
#ifndef KAB_REPORTS_PUBLISH_PLAN_H
#define KAB_REPORTS_PUBLISH_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/hash.h"
#include "lib/strbuf.h"
#include "lib/strvec.h"

#define PUBLISH_MANIFEST "kab-manifest.json"
#define PUBLISH_FRONT	 "index.html"

/* A file, by its path below the root. */
struct filelist_item {
	char *path;
	struct hash_hex hash; /* "": it may be there, and nobody knows its bytes */
};

struct filelist {
	struct filelist_item *items; /* sorted by path, after filelist_sort() */
	size_t count;
	char *publisher; /* who wrote the manifest; NULL: there is none */
	bool complete;	 /* nothing was left to do */
};

void filelist_release(struct filelist *v);
/* At the end, unsorted. */
void filelist_add(struct filelist *v, const char *path, const char *hash);
void filelist_sort(struct filelist *v);
/* NULL when it is not there. */
struct filelist_item *filelist_find(const struct filelist *v, const char *path);

/*
 * True for a relative path of printable ASCII without "." and "..", without empty or hidden parts,
 * and without a backslash: what is the same file everywhere.
 */
bool publish_path_ok(const char *path);

/*
 * The files of the site with their hashes, sorted. Hidden files (work under way) are left out. 0,
 * or -1 with an error printed: no front page, a name that cannot be published, a symbolic link.
 */
int filelist_scan(struct filelist *v, const char *site);
/* The manifest's text: 0, or -1 with an error printed that names `name`. */
int filelist_parse(struct filelist *v, const char *name, const char *text, size_t len);
void filelist_format(const struct filelist *v, struct strbuf *out);

/* Parts of pages first, the front page last. */
enum publish_rank { RANK_PART, RANK_PAGE, RANK_INDEX, RANK_FEED, RANK_FRONT };
enum publish_rank publish_rank(const char *path);

struct publish_plan {
	const struct filelist_item **put; /* in order; borrowed from the site */
	size_t put_count;
	struct strvec remove; /* paths */
};

void publish_plan_make(struct publish_plan *p, const struct filelist *site,
		       const struct filelist *there, bool all);
void publish_plan_release(struct publish_plan *p);

#endif
