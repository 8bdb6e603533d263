/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the pictures of a page have in common: the sides they show, and the parts of a picture
 * that more than one kind has. For plot*.c only.
 */
#ifndef KAB_REPORTS_SHEET_H
#define KAB_REPORTS_SHEET_H

#include "gnuplot.h"
#include "lib/strbuf.h"
#include "lib/strvec.h"
#include "plot.h"
#include "units.h"

#define SHEET_HEIGHT 290 /* of a picture, unless it has more rows than fit */

struct sheet {
	const struct plot_side *sides; /* the first is the base */
	size_t count;
	const char *clock;
	struct gnuplot gnuplot;
	struct plots *plots;
};

/* A picture under construction. */
struct draft {
	struct strbuf commands; /* settings */
	struct strbuf plot;	/* the plot command, from its first curve on */
	struct strbuf alt;
	char *caption; /* owned until sheet_finish() */
	int height;
};

#define DRAFT_INIT                                                                \
	{                                                                         \
		.commands = STRBUF_INIT, .plot = STRBUF_INIT, .alt = STRBUF_INIT, \
		.height = SHEET_HEIGHT                                            \
	}

/* gnuplot's number of the point of a side: circle, triangle, square, ... */
int sheet_point(size_t side);

/* NULL when the side has no values of it. */
const struct db_series *sheet_series(const struct plot_side *side, const char *workload,
				     const char *metric);
const struct db_histogram *sheet_histogram(const struct plot_side *side, const char *workload,
					   const char *kind);

/* NULL when there is no difference in percent, as for the base itself. */
const struct comparison *sheet_comparison(const struct plot_side *side, const char *workload,
					  const char *metric);

/* The name in at most `max` letters: the end of a path says more than its middle. A new string. */
char *sheet_short_name(const char *name, size_t max);
/* A datablock of lines, "$side1" for the first side; $side names it in a plot command. */
void sheet_data(struct sheet *sheet, size_t side, const struct strbuf *lines);
/* Starts one more curve: "plot" or ",", and the name of the side's datablock. */
void draft_curve(struct draft *d, size_t side);
/* The title of a curve in the legend. */
void draft_title(struct draft *d, const char *name);
/* The legend stands above the drawing, a line per side. */
void draft_key(struct draft *d, size_t lines);
/* "WHAT (wall clock)" below the axis "x" or beside "y". */
void draft_label(struct draft *d, const char *axis, const char *what, const char *clock);
/* "; " between the parts of the text, but not before the first. */
void draft_alt_next(struct draft *d);
/* Appends a figure to the text that stands for the picture. */
void draft_alt_figure(struct draft *d, const char *unit, double value);

/* A range of values, which may be empty, with room above and below; at least 1 % of the figure, so that
 * nothing does not look like something. */
void sheet_room(double *lo, double *hi);
/* The unit as it is written beside an axis. */
const char *sheet_unit(const struct unit_scale *scale, const char *unit);
/* A step of 1, 2 or 5 times a power of ten that divides the span into about so many parts. */
double sheet_step(double span, int parts);
/* Ticks of an axis of ns, each with its unit. `room` is the least distance of two ticks as a share
 * of a logarithmic axis. */
void draft_time_ticks(struct draft *d, const char *axis, double lo, double hi, bool logarithmic,
		      double room);

/* Adds the picture to the sheet and releases the draft; `rest` is the end of its file name. */
void sheet_finish(struct sheet *sheet, struct draft *d, const char *workload, const char *rest);

/* The kinds of pictures: each adds those that it can make of a workload. */
void plot_rates(struct sheet *sheet, const char *workload);
void plot_differences(struct sheet *sheet, const char *workload);
void plot_latencies(struct sheet *sheet, const char *workload);
void plot_growth(struct sheet *sheet, const char *workload);

#endif
