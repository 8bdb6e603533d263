/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page of a session in three files: page-compare.c has the verdicts and the workloads,
 * page-explain.c the functions behind them, page-context.c what they rest on.
 */
#ifndef KAB_REPORTS_PAGE_COMPARE_H
#define KAB_REPORTS_PAGE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/strvec.h"
#include "page.h"

/* One kernel of the session: the base, or the new side of a judgement. All borrowed. */
struct column {
	const char *name;
	const struct db_side *side;
	const struct db_findings *findings;
	const struct db_facts *facts;
};

struct page {
	struct html *h;
	const struct judgement *list;
	size_t count;
	struct column *columns; /* count + 1 */
	const struct plots *plots;
	const struct page_links *links;
	struct strvec workloads; /* in the order of the plan */
	bool exact;
};

/* A table that scrolls within itself, to be closed as a "div"; the label is for screen readers. */
void page_open_scroll(struct html *h, const char *label);

/* The series that came by mail, in an open <dl>: title, author, patches and where they are. False when
 * there is none. */
bool page_series(struct html *h, const struct db_facts *facts);

/* From the document type to the open <main> of a page of a session; `part` names one of several
 * comparisons, or is NULL. */
void page_session_frame(struct html *h, const char *title, const struct db_side *side,
			const struct page_links *links, const char *part);

/* Why the new side of a judgement differs in a workload: the part of its section, or nothing when
 * it was not profiled. */
void page_explain(struct page *p, size_t judgement, const char *workload);

/* The file of its flame graph, beside the page; a new string. */
char *page_flame_name(size_t judgement, const char *workload);

/* The sections below the workloads. */
void page_findings(struct page *p);
void page_environment(struct page *p);
void page_kernels(struct page *p);
void page_reproduce(struct page *p);

#endif
