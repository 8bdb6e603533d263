/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page of a run: how it went in time, what it left in the logs, its figures and its environment.
 * Inside reports/ only.
 */
#ifndef KAB_REPORTS_PAGE_RUN_H
#define KAB_REPORTS_PAGE_RUN_H

#include <stdbool.h>

#include "site.h"

#define PAGE_RUN_ROOT "../../../" /* the way from a page of a run to the site's folder */

/* A run and all that its page is made from. */
struct run_view {
	const struct site_session *session;
	const struct db_run *run;
	const struct db_side *side;
	const struct db_metrics *metrics;
	const struct db_findings *findings;
	struct db_facts facts;
	char *name;   /* "003" */
	char *source; /* the run directory */
	bool there;   /* it is */
	char *dir;    /* of the pages, below the site: "sessions/ID/runs" */
};

/* `compared`: the session has a page of comparisons. 0, or -1 with an error printed. */
int page_run(struct site *s, const struct run_view *v, bool compared);

#endif
