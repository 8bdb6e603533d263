/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all pages have in common: head, navigation, the way back up, and the script that sorts and
 * filters tables. A page alone, which is no part of a site, has neither navigation nor way.
 */
#ifndef KAB_REPORTS_FRAME_H
#define KAB_REPORTS_FRAME_H

#include <stdbool.h>

#include "html.h"

#define FRAME_CRUMBS 4

enum section {
	SECTION_NONE,
	SECTION_OVERVIEW,
	SECTION_NIGHTS,
	SECTION_CAUSES,
	SECTION_KERNELS,
	SECTION_PUBLISHED
};

/* A page above this one; href NULL: none of its own. */
struct crumb {
	const char *text, *href;
};

struct frame {
	const char *title;
	const char *root;     /* the way to the front page's folder, "" or "../../"; NULL: alone */
	bool published;	      /* whether the site has that page */
	enum section section; /* that this page belongs to */
	struct crumb crumbs[FRAME_CRUMBS]; /* from the top; the page itself is the last one */
};

/* Up to the open <main>, and from there on. */
void frame_open(struct html *h, const struct frame *f);
void frame_close(struct html *h);

#endif
