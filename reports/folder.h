/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folder of a site, in which only what changed is written.
 *
 * A site is made of parts (a page with its data and pictures). Each has a fingerprint of all that it
 * is made from; a part whose fingerprint is that of the last time is left alone. So is a file
 * that is written with the bytes that it has already. What the last rendering had and this one has
 * not is removed at the end; files of others in the folder are never touched.
 *
 * All this is remembered in the hidden file ".kab-site", which is not published. Without it everything
 * is rendered again. Nothing is synced to the disk: a site can always be rendered again.
 */
#ifndef KAB_REPORTS_FOLDER_H
#define KAB_REPORTS_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/hash.h"
#include "lib/strvec.h"

struct folder_part {
	char *key;
	struct hash_hex hash;
	struct strvec files; /* below the root */
	bool used;	     /* in this rendering */
};

struct folder {
	char *root;
	struct folder_part *parts; /* those of the last time, by key, then new ones */
	size_t count, known;
	size_t current;		  /* part that files are written for */
	size_t written, rendered; /* files and parts, for messages */
};

/* Makes the folder when it is missing. 0, or -1 with an error printed; release it after both. */
int folder_open(struct folder *f, const char *root);
void folder_release(struct folder *f);
/* Removes what is no longer part of the site, and remembers what is. 0, or -1. */
int folder_finish(struct folder *f);

/* For pages that are not a site: nothing is remembered, and nothing is removed. */
int folder_open_alone(struct folder *f, const char *root);

/* True when the part is as it was, with all its files: it stays. Otherwise it is to be rendered. */
bool folder_fresh(struct folder *f, const char *key, const struct hash_hex *hash);
/* The files of a part for which that was true; until the next part is begun. */
const struct strvec *folder_files(const struct folder *f, const char *key);
/* The part becomes the current one; hash NULL: one that is always rendered. */
void folder_begin(struct folder *f, const char *key, const struct hash_hex *hash);
/*
 * A part of one picture in its files, beside the current part. A page that has it lists the files
 * as its own, too: while there is such a page, the picture is remembered, also when the page itself
 * was left alone.
 */
void folder_picture(struct folder *f, const char *key, const struct hash_hex *hash,
		    const struct strvec *files);
/* Whether the file is there from the last time. */
bool folder_has(const struct folder *f, const char *name);
/* Writes a file of the current part by rename, unless it has these bytes. 0, or -1. */
int folder_write(struct folder *f, const char *name, const void *data, size_t len);
/* The same with what print() prints of `what`: 0, or -1 with an error printed. */
int folder_print(struct folder *f, const char *name, int (*print)(FILE *out, const void *what),
		 const void *what);
/* "DIR/NAME", or the name alone when the folder is "", the root; a new string. */
char *folder_name(const char *dir, const char *name);
/* The file was written by somebody else, or shall stay: it belongs to the current part. */
void folder_keep(struct folder *f, const char *name);
/* "ROOT/NAME"; a new string. Directories before the last component exist afterwards, or NULL with
 * an error printed. */
char *folder_path(const struct folder *f, const char *name);

#endif
