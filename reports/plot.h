/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pictures of a page: for each workload the rates with their raw points, the differences with
 * their intervals, and for each latency kind the mean with the percentiles, and the cumulative
 * distribution from the exact bins; and how figures of several sizes grow.
 */
#ifndef KAB_REPORTS_PLOT_H
#define KAB_REPORTS_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "folder.h"
#include "judge.h"

#define PLOT_SIDES_MAX 6 /* as many colours there are; further sides are in the tables only */

/* One line of each picture; the first is the base. Borrowed. */
struct plot_side {
	const char *name;
	const struct db_metrics *metrics;
	const struct db_histograms *histograms;
	const struct judgement *judgement; /* against the base; NULL for the base itself */
};

struct plot {
	char *workload;
	char *stem;    /* STEM.svg, STEM-dark.svg and STEM.png */
	char *caption; /* "write_clat: mean and percentiles" */
	char *alt;     /* the picture in words and figures */
	int height;    /* of the SVG; GNUPLOT_WIDTH wide */
};

struct plots {
	struct plot *items; /* by workload, in the order of the base's metrics */
	size_t count;
};

/*
 * Draws into the directory, which exists. Returns 0; there are no plots,
 * after a warning, when gnuplot is missing or fails. -1 with an error printed.
 */
int plots_draw(const char *dir, const char *clock, const struct plot_side *sides, size_t count,
	       struct plots *out);
/* The same in a folder of a site, below its root: only what changed is drawn. */
int plots_draw_site(struct folder *f, const char *dir, const char *clock,
		    const struct plot_side *sides, size_t count, struct plots *out);
/* The steps of a ladder's headline metrics, a picture each. */
struct ladder;
int plots_draw_ladder(struct folder *f, const char *dir, const struct ladder *l, struct plots *out);
void plots_release(struct plots *p);

#endif
