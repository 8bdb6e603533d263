// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a figure grows with the size of the problem (growth.h): both axes logarithmic, where a power
 * is a straight line and its exponent the slope.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "growth.h"
#include "lib/alloc.h"
#include "sheet.h"
#include "stats.h"
#include "units.h"

/* What the points of one curve are drawn with. */
struct curve {
	const char *workload, *family, *unit;
};

/* The side's points of the curve, in the order of their sizes. False when there are none. */
static bool add_points(struct sheet *sheet, struct draft *d, size_t side, struct curve *curve)
{
	const struct db_metrics *metrics = sheet->sides[side].metrics;
	struct strbuf lines = STRBUF_INIT;
	bool found = false;
	double last = 0;

	for (;;) {
		const struct db_series *next = NULL;
		double size = INFINITY;

		for (size_t i = 0; i < metrics->count; i++) {
			const struct db_series *m = &metrics->items[i];
			double n;
			char *family = strcmp(m->workload, curve->workload) == 0
					       ? growth_family(m->metric, &n)
					       : NULL;

			if (family && strcmp(family, curve->family) == 0 && n > last && n < size) {
				next = m;
				size = n;
			}
			free(family);
		}
		if (!next)
			break;
		last = size;
		found = true;
		curve->unit = next->unit;
		strbuf_addf(&lines, "%.17g %.17g\n", size, stats_median(next->values, next->count));
		draft_alt_next(d);
		strbuf_addf(&d->alt, "%s at %.0f ", sheet->sides[side].name, size);
		draft_alt_figure(d, next->unit, stats_median(next->values, next->count));
	}
	sheet_data(sheet, side, &lines);
	strbuf_release(&lines);
	return found;
}

static void add_side(struct sheet *sheet, struct draft *d, size_t side, struct curve *curve,
		     double exponent)
{
	char *title;

	if (!add_points(sheet, d, side, curve))
		return;
	title = isnan(exponent) ? xstrdup(sheet->sides[side].name)
				: xasprintf("%s: N^%.2f", sheet->sides[side].name, exponent);
	draft_curve(d, side);
	strbuf_addf(&d->plot, " using 1:2 with linespoints pt %d ps 0.9 lw 1.5 lc rgb c%zu",
		    sheet_point(side), side + 1);
	draft_title(d, title);
	free(title);
}

/* The exponents of all sides: the base's is the same in every judgement. */
static double exponent_of(const struct sheet *sheet, size_t side, const char *workload,
			  const char *family)
{
	const struct judgement *j = sheet->sides[side ? side : 1].judgement;
	struct growths all;
	double exponent = NAN;

	growths_fit(j, &all);
	for (size_t i = 0; i < all.count; i++)
		if (strcmp(all.items[i].workload, workload) == 0 &&
		    strcmp(all.items[i].family, family) == 0)
			exponent = side ? all.items[i].new : all.items[i].base;
	growths_release(&all);
	return exponent;
}

static void draw(struct sheet *sheet, const char *workload, const char *family)
{
	struct curve curve = { .workload = workload, .family = family, .unit = "" };
	struct draft d = DRAFT_INIT;

	d.caption = xasprintf("%s, by N", family);
	for (size_t s = 0; s < sheet->count; s++)
		add_side(sheet, &d, s, &curve, exponent_of(sheet, s, workload, family));
	draft_key(&d, sheet->count);
	draft_label(&d, "y", curve.unit, sheet->clock);
	strbuf_adds(&d.commands,
		    "set logscale xy\nset xlabel 'N'\nset format x '%.0f'\nset format y '%g'\n"
		    "set grid xtics ytics\nset rmargin 7\n");
	sheet_finish(sheet, &d, workload, family);
}

void plot_growth(struct sheet *sheet, const char *workload)
{
	struct growths all;

	if (sheet->count < 2)
		return;
	growths_fit(sheet->sides[1].judgement, &all);
	for (size_t i = 0; i < all.count; i++)
		if (strcmp(all.items[i].workload, workload) == 0)
			draw(sheet, workload, all.items[i].family);
	growths_release(&all);
}
