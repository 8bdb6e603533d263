/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages of the site. Each page-*.c writes one document; site.c puts it into the folder.
 */
#ifndef KAB_REPORTS_PAGE_H
#define KAB_REPORTS_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "folder.h"
#include "history.h"
#include "html.h"
#include "judge.h"
#include "plot.h"
#include "published.h"

/* The style sheet of all pages: light and dark, down to the width of a phone. */
extern const char page_style[];

/* "✗ worse", and the class that colours it: "" unless it is proven to differ. */
const char *page_verdict_text(enum verdict v);
const char *page_verdict_class(enum verdict v);
/* A verdict as a badge; a difference that has a colour only when it is proven. */
void page_badge(struct html *h, enum verdict v);
void page_delta(struct html *h, const char *tag, const char *class, const struct comparison *c);

/* Where a page of a session is, and leads to beside its own parts; NULL: nowhere. */
struct page_links {
	const char *root;      /* of the site; NULL: it is alone */
	const char *overview;  /* of the session, when it has several pages */
	const char *published; /* of the session */
	const char *nights;    /* of the plan */
	const char *kernels;   /* folder of the kernels' pages */
	const char *runs;      /* folder of the runs' pages */
	bool published_site;   /* the site has such a page */
};

/* Comparisons with one base: it against each of the other kernels. list[0 ... count - 1], count >= 1.
 * The names are those of the plots' legends: the base, then the new side of each judgement. */
void page_compare(struct html *h, const struct judgement *list, size_t count, char *const *names,
		  const struct plots *plots, const struct page_links *links);

/* Comparisons that are on one page. */
struct page_group {
	const struct judgement *list;
	size_t count;
	const char *href; /* of the page */
};

/* A session with several bases. */
void page_overview(struct html *h, const struct page_group *groups, size_t count,
		   const struct page_links *links);
/* From the document type to the open <main> of the page of a ladder or a bisection; `root` as in a
 * frame, `published`: the site has that page. */
void page_cause_frame(struct html *h, const char *title, const char *root, bool published);
/* A series patch by patch. */
struct ladder;
void page_ladder(struct html *h, const struct ladder *l, const struct plots *plots, bool all,
		 const struct page_links *links);
/* Claims, and what a session (any side of it) measured of them. */
void page_published(struct html *h, const struct published *p, const struct db_side *side,
		    const struct page_links *links);
/* What it shows, as NAME.csv and NAME.json. 0, or -1 with an error printed. */
int published_files(struct folder *f, const struct published *p, const char *name);
/* A picture in its three files. */
void page_picture(struct html *h, const struct plot *plot);
/* The links to NAME.csv and NAME.json below a table. */
void page_data_links(struct html *h, const char *name);

#endif
