/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trend page: the metrics of one group of a workload in a plan, over a span of nights, for all
 * kernels. Inside reports/ only.
 */
#ifndef KAB_REPORTS_TREND_H
#define KAB_REPORTS_TREND_H

#include <stddef.h>

#include "gnuplot.h"
#include "groups.h"
#include "history.h"
#include "plot.h"
#include "site.h"

struct trend {
	const struct site_plan *plan;
	const char *workload;
	const struct metric_group *group;
	char year[8]; /* "2019"; "" is the present: the last SITE_NIGHTS nights of the plan */
	char *stem;   /* file name without suffix */
	const struct db_session **nights; /* of the plan in the span, by time */
	size_t night_count;
	const struct db_line **lines; /* by metric, then kernel */
	size_t line_count;
	struct history_line *measured; /* one for each line, of the span's nights */
	struct strvec pictured;	       /* metrics that have a picture */
	struct plots plots;
};

/* Adds the pictures of the page: each metric's nights on all kernels. */
void plot_trend(struct trend *t, struct gnuplot *g);
/* What the pages of a plan can link to. */
struct trend_links {
	struct strvec stems; /* of all its pages */
	struct strvec years; /* that have some, the newest first */
};

/* All figures of the page as files of the current part; then the document with its tables. 0, or
 * -1. */
int page_trend_data(struct site *s, const struct trend *t);
int page_trend(struct site *s, const struct trend *t, const struct trend_links *links);
/* A new string; "" year for the present. */
char *trend_stem(const char *workload, const struct metric_group *group, const char *year);

#endif
