/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The site while it is rendered: what its pages have in common. Inside reports/ only.
 *
 *	index.html			the newest night of each plan
 *	sessions/SESSION/		comparisons of a session, and its runs below runs/
 *	trends/index.html		the plans
 *	trends/PLAN/index.html		a plan's nights: levels, change points, self-check
 *	trends/PLAN/WORKLOAD-GROUP.html	figures over the last year; ...-YEAR.html before
 *	kernels/ID.html			a kernel
 *	published.html			claims against the newest session that measured some
 *	changes.atom, badges/
 *
 * Sessions have pages while they are among the newest of their plan; older ones are points of the
 * trends, and `kab report --session` shows them.
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

#define SITE_NIGHTS   365 /* of the pages that show the present */
#define SITE_SESSIONS 30  /* of each plan that have pages */

struct site_session {
	const struct db_session *session;
	char *dir; /* "sessions/ID" */
	struct db_sides sides;
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
	struct db_session_list sessions;
	struct site_session *shown; /* sessions that have pages, the newest first */
	size_t shown_count;
	struct site_plan *plans; /* by name */
	size_t plan_count;
	struct strvec kernels;	/* identities that have pages */
	struct history history; /* of the last SITE_NIGHTS nights of each plan */
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
/* The run pages of a session, within its part; `compared`: it has a page of comparisons. */
int site_runs(struct site *s, const struct site_session *session, bool compared);
/* Adds what they depend on besides the database. */
void site_runs_hash(const struct site *s, const struct site_session *session, struct hash *hash);
int site_feed(struct site *s);
int site_badges(struct site *s);

/* site-session.c: the pages of one session in a folder below the site's. */
struct session_place {
	const char *dir; /* below the folder's root, "" is that itself */
	struct page_links links;
};

int session_pages(struct folder *f, const struct session_place *place, const struct judgement *list,
		  size_t count);

#endif
