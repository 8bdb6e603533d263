/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The site, and the page of a session alone. 0, or -1 with an error printed. Other forms are in format.h.
 */
#ifndef KAB_REPORTS_REPORTS_H
#define KAB_REPORTS_REPORTS_H

#include <stdbool.h>
#include <stdio.h>

#include "history.h"
#include "judge.h"

struct site_options {
	const char *dir;
	const char *data; /* where sessions/ with the run directories is, or NULL */
	size_t sessions;  /* the newest of each plan that get pages of their own; 0: 30 */
};

struct site_summary {
	size_t parts, files; /* rendered anew; written */
};

/*
 * The site of all that is in the database: site.h has its layout. Only what changed is rendered. 0,
 * or -1 with an error printed (no session, the disk).
 */
int report_site(struct db *db, const struct site_options *o, struct site_summary *out);
/*
 * DIR/index.html with its plots as SVG and PNG beside it: index pages last and by rename.
 * `base` is judged against each of the other sides of the session.
 */
int report_html(const char *dir, const struct judgement *list, size_t count);

#endif
