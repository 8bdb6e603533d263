/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pictures of a site: what is drawn is remembered by the hash of its script, and a picture whose
 * script is as it was is not drawn again.
 */
#ifndef KAB_REPORTS_PICTURES_H
#define KAB_REPORTS_PICTURES_H

#include "folder.h"
#include "gnuplot.h"
#include "plot.h"

struct pictures {
	struct gnuplot changed;
	struct drawing drawing;
	char *dir; /* below the folder's root */
};

/*
 * As gnuplot_start() and gnuplot_finish(), in the folder `dir` below the site's root ("" is that
 * itself), for what has changed. The files belong to no part yet: see pictures_keep().
 */
int pictures_start(struct pictures *p, const struct gnuplot *g, struct folder *f, const char *dir);
int pictures_finish(struct pictures *p, struct folder *f);
/* Both. */
int pictures_draw(const struct gnuplot *g, struct folder *f, const char *dir);
/* The pictures belong to the folder's current part. */
void pictures_keep(struct folder *f, const char *dir, const struct plots *plots);

#endif
