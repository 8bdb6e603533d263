/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pictures of a page or of many, drawn by a gnuplot process for each CPU. A picture is
 * described once and drawn for every theme: as SVG for light and for dark pages, and as PNG with a
 * title for mail and chat.
 *
 * Whatever is not a number comes into the script through gnuplot_string().
 */
#ifndef KAB_REPORTS_GNUPLOT_H
#define KAB_REPORTS_GNUPLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/strbuf.h"
#include "lib/strvec.h"

#define GNUPLOT_WIDTH \
	480 /* of an SVG: near to the width of a phone, so that letters stay legible */

#define GNUPLOT_FORMATS 3

/* ".svg", "-dark.svg", ".png": a picture is a file of each. */
extern const char *const gnuplot_suffixes[GNUPLOT_FORMATS];

struct gnuplot {
	struct strbuf data;    /* for the next picture */
	struct strvec stems;   /* of the pictures */
	struct strvec scripts; /* that draw them, each on its own */
};

#define GNUPLOT_INIT                \
	{                           \
		.data = STRBUF_INIT \
	}

struct picture {
	const char *stem;  /* STEM.svg, STEM-dark.svg, STEM.png; gnuplot_stem() makes them */
	const char *title; /* shown in the PNG, which travels alone */
	int height;	   /* of the SVG */
	/* Appended for each theme: settings and the plot command. fg, muted, and c1 ... c6 are the
	 * colours, medium and small the theme's fonts besides the usual one. */
	const struct strbuf *commands;
};

void gnuplot_init(struct gnuplot *g);
void gnuplot_release(struct gnuplot *g);
/* Appends s as a string of gnuplot's: nothing in it is a command, a variable or markup. */
void gnuplot_string(struct strbuf *out, const char *s);
/* A file name without suffix from names (the second may be NULL): letters, digits, '.', '_' and '-'
 * stay as they are; at most 200 bytes, the end of a longer one gives way to a hash. */
char *gnuplot_stem(const char *workload, const char *rest);
/* A datablock "$name" (a constant) of the next picture, with these lines. */
void gnuplot_data(struct gnuplot *g, const char *name, const struct strbuf *lines);
void gnuplot_picture(struct gnuplot *g, const struct picture *p);

/* Pictures that are being drawn. */
struct drawing {
	const struct gnuplot *gnuplot; /* borrowed until the end */
	char *dir, *work;
	struct gnuplot_drawer *drawers;
	size_t count;
	int ret;
};

/*
 * Starts to draw into the directory, which exists. gnuplot_finish() is called after it in any case;
 * it waits; pictures appear by rename, all of them or none. 0; 1 after a warning when there is no
 * gnuplot or it failed; -1 with an error printed, which ends both.
 */
int gnuplot_start(struct drawing *d, const struct gnuplot *g, const char *dir);
int gnuplot_finish(struct drawing *d);
/* Both. */
int gnuplot_run(const struct gnuplot *g, const char *dir);

#endif
