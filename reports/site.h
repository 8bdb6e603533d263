/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The site while it is rendered: what its pages have in common. Inside reports/ only.
 *
 *	index.html			the newest night of each plan, and the newest causes
 *	sessions/SESSION/		comparisons of a session, or its ladder; and its runs below runs/
 *	causes/index.html		ladders and bisections
 *	bisections/KEY-METRIC.html	a search for the commit that changed a figure
 *	trends/index.html		the plans
 *	trends/PLAN/index.html		a plan's nights: levels, change points, self-check
 *	trends/PLAN/WORKLOAD-GROUP.html	figures over the last year; ...-YEAR.html before
 *	kernels/ID.html			a kernel
 *	published.html			claims against the newest session that measured some
 *	changes.atom, badges/
 *
 * Sessions have pages while they are among the newest of their plan, of the ladders or of the
 * bisections; older nights are points of the trends, and `kab report --session` shows them.
 */
#ifndef KAB_REPORTS_SITE_H
#define KAB_REPORTS_SITE_H

#include <stdbool.h>
#include <stddef.h>

#include "folder.h"
#include "frame.h"
#include "history.h"
#include "judge.h"
#include "page.h"
#include "published.h"
#include "search.h"

#define SITE_NIGHTS   365 /* of the pages that show the present */
#define SITE_SESSIONS 30  /* of each plan that have pages */

struct site_session {
	const struct db_session *session;
	char *dir; /* "sessions/ID" */
	struct db_sides sides;
};

struct site_ladder {
	const struct site_session *shown;
	struct ladder *ladder; /* NULL: it is not whole, or has nothing to compare */
};

/* A search for one metric in one file of the bisections. */
struct site_search {
	const struct site_session *ends;
	struct hash_hex file; /* of its bytes */
	char *key, *metric;   /* KEY.json */
	char *stem;	      /* of its page: "KEY-METRIC" in bisections/ */
	struct search search;
};

struct site_plan {
	const char *name;
	char *dir; /* "trends/PLAN" */
	const struct db_session *newest;
	struct judgements judged; /* of the newest session; empty when it has nothing to compare */
	struct self_checks checks;
	struct strvec former; /* newest trend pages of figures that the last year has not */
};

struct site {
	struct db *db;
	const char *data; /* folder with sessions/, or NULL: there are no run directories */
	struct folder folder;
	struct db_session_list sessions; /* nights of plans */
	struct db_session_list others;	 /* ladders, and parts of bisections */
	struct site_session *shown; /* that have pages: nights, then others, the newest first */
	size_t shown_count;
	struct site_plan *plans; /* by name */
	size_t plan_count;
	struct strvec kernels;	     /* identities that have pages */
	struct history history;	     /* of the last SITE_NIGHTS nights of each plan */
	struct site_ladder *ladders; /* the newest first, as the searches */
	size_t ladder_count;
	struct site_search *searches;
	size_t search_count;
	bool published;
};

/* A session that has pages, or NULL. */
const struct site_session *site_session(const struct site *s, const char *id);
/* Whether the kernel has a page. */
bool site_has_kernel(const struct site *s, const char *id);
/* "kernels/ID.html"; a new string. */
char *site_kernel_page(const char *id);
/* A line of the history, or NULL. */
const struct history_line *site_line(const struct site *s, const char *plan, const char *spec,
				     const char *workload, const char *metric);
/* "WORKLOAD-GROUP" of the trend page that has a metric; a new string. */
char *site_trend_page(const char *workload, const char *metric);
/* Whether the session is one of a plan: its figures have trends. */
bool site_is_night(const struct db_session *session);
/* "dmcrypt-compound, patch by patch" of a ladder, else plan and time; a new string. */
char *site_session_name(const struct db_session *session);

/* The way to a session from above. */
struct site_way {
	const char *above; /* its plan, or "Causes"; borrowed */
	char *list;	   /* the page of that, below the root */
	char *here;	   /* the session in it */
	enum section section;
};

struct site_way site_way_of(const struct db_session *session);
void site_way_release(struct site_way *w);
/* Whether it has an index.html: comparisons or a ladder. Otherwise its runs are all there is. */
bool site_session_indexed(const struct site *s, const struct site_session *shown);
/* Its ladder, when it is one that can be shown; or NULL. */
const struct ladder *site_session_ladder(const struct site *s, const struct site_session *shown);
/* Gives the session pages. */
void site_show(struct site *s, const struct db_session *session);
/* Writes a page of the current part. 0, or -1; the html is released. */
int site_write(struct site *s, const char *name, struct html *h);

struct table;
/* A night, with the link to its page when it has one; s NULL: without. `root` leads to the front
 * page's folder. */
void page_night_cell(struct table *t, const struct site *s, const char *session,
		     const char *started, const char *root);
/* The kernels between which a figure changed; s NULL: without a link. */
void page_range_cell(struct table *t, const struct site *s, const struct history_change *c,
		     const char *root);

/* The parts, each in a file of its own. 0, or -1 with an error printed. */
int site_front(struct site *s);
int site_nights(struct site *s);
int site_trends(struct site *s);
int site_kernels(struct site *s);
int site_published(struct site *s); /* sets s->published; before the others */
int site_bisections(struct site *s);
int site_causes(struct site *s);
/* The run pages of a session, within its part; `compared`: it has a page of comparisons. */
int site_runs(struct site *s, const struct site_session *session, bool compared);
/* Adds what they depend on besides the database. */
void site_runs_hash(const struct site *s, const struct site_session *session, struct hash *hash);
int site_feed(struct site *s);
int site_badges(struct site *s);

/*
 * site-causes.c: the newest `keep` ladders and bisections. First what they are, and their sessions get
 * pages; then what came of them. 0, or -1 with an error printed; releasing is safe after both.
 */
void causes_choose(struct site *s, size_t keep);
int causes_load(struct site *s);
void causes_release(struct site *s);
/* The newest causes on the front page, or nothing when there are none. */
void causes_front(struct html *h, const struct site *s);

/* page-bisection.c and plot-search.c */
int page_bisection(struct site *s, const struct site_search *b, const struct plots *plots);
char *bisection_title(const struct search *s);
int plots_draw_search(struct folder *f, const struct site_search *b, struct plots *out);

/* site-session.c: the pages of one session in a folder below the site's. */
struct session_place {
	const char *dir; /* below the folder's root, "" is that itself */
	struct page_links links;
};

int session_pages(struct folder *f, const struct session_place *place, const struct judgement *list,
		  size_t count);

#endif
