/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Brings a site to where people read it: a directory, WebDAV, an S3-compatible store, SFTP.
 *
 * What is there is written in a manifest at the destination itself ("kab-manifest.json"), so that
 * any machine can go on where another one stopped. Order: the files that pages consist of, pages,
 * index pages, feeds, the front page; then what is no longer in the site is removed. A reader sees
 * the old front page or the new one, and never one whose parts are missing.
 */
#ifndef KAB_REPORTS_PUBLISH_H
#define KAB_REPORTS_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/transfer.h"

/* All strings are borrowed. */
struct publish_options {
	const char *site;
	const char *destination;
	const char *lock_dir;	       /* exists; one publisher at a time on this machine */
	const char *endpoint, *region; /* S3; NULL: the environment's, then Amazon's */
	bool all;		       /* also what the manifest says is there already */
	bool dry_run;		       /* say what would be done, on `out` */
	FILE *out;
	struct transfer_setup transfer; /* user and password: NULL when not given */
};

/*
 * 0 when the destination has the whole site, or -1 with an error printed: then the next call goes
 * on with what is missing.
 */
int publish(const struct publish_options *o);

#endif
