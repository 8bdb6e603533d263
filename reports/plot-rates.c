// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rates: a row per kernel with the raw points of its boots and a bar at their median.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "sheet.h"
#include "stats.h"
#include "units.h"

#define AXIS_HEIGHT  80
#define ROW_HEIGHT   54 /* at least */
#define NAME_LETTERS 28 /* that fit beside the figure */

/* The scale of one picture. */
struct scale {
	double lo, hi;
	double base;  /* the base's median */
	double pixel; /* in rows */
};

/* The axis spans at least 5 % either way, so that noise does not look like a difference. */
static void find_range(const struct sheet *sheet, const char *workload, const char *metric,
		       struct scale *x)
{
	double lo = INFINITY, hi = -INFINITY, base = NAN;

	for (size_t s = 0; s < sheet->count; s++) {
		const struct db_series *m = sheet_series(&sheet->sides[s], workload, metric);

		if (m && isnan(base))
			base = stats_median(m->values, m->count);
		for (size_t i = 0; m && i < m->count; i++) {
			lo = fmin(lo, m->values[i]);
			hi = fmax(hi, m->values[i]);
		}
	}
	x->base = base;
	x->lo = fmin(lo - (hi - lo) * 0.15, base - fabs(base) * 0.05);
	x->hi = fmax(hi + (hi - lo) * 0.15, base + fabs(base) * 0.05);
	if (x->hi <= x->lo)
		x->hi = x->lo + 1;
}

/* "linux-6.1+bulk  1402.2/s  (+7.76 %)", with the difference as it is judged. */
static void add_row_label(const struct sheet *sheet, struct strbuf *out, size_t side,
			  const struct db_series *m, size_t letters)
{
	const struct comparison *c = sheet_comparison(&sheet->sides[side], m->workload, m->metric);
	char *name = sheet_short_name(sheet->sides[side].name, letters);

	strbuf_addf(out, "%s  ", name);
	unit_format(out, m->unit, stats_median(m->values, m->count), UNIT_TYPOGRAPHIC);
	if (c) {
		strbuf_adds(out, "  (");
		unit_format_pct(out, c->delta_pct, UNIT_TYPOGRAPHIC);
		strbuf_adds(out, ")");
	}
	free(name);
}

static void add_points(struct sheet *sheet, size_t side, const struct db_series *m, double row,
		       const struct scale *x)
{
	struct strbuf lines = STRBUF_INIT;

	/* Points are spread within the row, the same way every time. */
	for (size_t i = 0; i < m->count; i++) {
		double spread = m->count > 1 ? fmod((double)i * 0.618, 1) - 0.5 : 0;

		strbuf_addf(&lines, "%.17g %.4f\n", m->values[i], row + 14 * x->pixel * spread);
	}
	sheet_data(sheet, side, &lines);
	strbuf_release(&lines);
}

static void add_row(struct sheet *sheet, struct draft *d, size_t side, const struct db_series *m,
		    const struct scale *x)
{
	double row = (double)(sheet->count - 1 - side), median = stats_median(m->values, m->count);
	struct strbuf label = STRBUF_INIT;

	add_points(sheet, side, m, row, x);
	add_row_label(sheet, &label, side, m, NAME_LETTERS);
	strbuf_addf(&d->commands, "set label %zu ", side + 1);
	gnuplot_string(&d->commands, label.data);
	strbuf_addf(&d->commands, " at graph 0.01, first %.4f left textcolor rgb fg front\n",
		    row + 23 * x->pixel);
	strbuf_addf(&d->commands,
		    "set arrow %zu from %.17g, %.4f to %.17g, %.4f nohead lw 2 lc rgb c%zu front\n",
		    side + 1, median, row - 12 * x->pixel, median, row + 12 * x->pixel, side + 1);
	/* Where the base is, in the row but not across its name. */
	strbuf_addf(&d->commands,
		    "set arrow %zu from %.17g, %.4f to %.17g, %.4f nohead dt 3 lc rgb fg back\n",
		    side + 1 + PLOT_SIDES_MAX, x->base, row - 14 * x->pixel, x->base,
		    row + 13 * x->pixel);
	draft_curve(d, side);
	strbuf_addf(&d->plot, " with points pt %d ps 0.9 lc rgb c%zu", sheet_point(side), side + 1);
	draft_alt_next(d);
	add_row_label(sheet, &d->alt, side, m, strlen(sheet->sides[side].name));
	if (m->count > 1)
		strbuf_addf(&d->alt, ", median of %zu boots", m->count);
	strbuf_release(&label);
}

static void draw(struct sheet *sheet, const char *workload, const char *metric)
{
	struct draft d = DRAFT_INIT;
	struct scale x;
	char *label = xasprintf("%s, per second", metric);

	d.caption = xasprintf("%s, each boot and the median", metric);
	if (d.height < AXIS_HEIGHT + ROW_HEIGHT * (int)sheet->count)
		d.height = AXIS_HEIGHT + ROW_HEIGHT * (int)sheet->count;
	x.pixel = (double)sheet->count / (d.height - AXIS_HEIGHT);
	find_range(sheet, workload, metric, &x);
	draft_label(&d, "x", label, sheet->clock);
	for (size_t s = 0; s < sheet->count; s++) {
		const struct db_series *m = sheet_series(&sheet->sides[s], workload, metric);

		if (m)
			add_row(sheet, &d, s, m, &x);
	}
	strbuf_addf(&d.commands,
		    "unset key\nunset ytics\nset border 1\nunset grid\n"
		    "set tmargin at screen 0.98 * top\n"
		    "set xtics %.17g format '%%g'\nset lmargin 2\nset rmargin 3\n"
		    "set xrange [%.17g:%.17g]\nset yrange [-0.5:%.2f]\n",
		    sheet_step(x.hi - x.lo, 5), x.lo, x.hi, (double)sheet->count - 0.5);
	sheet_finish(sheet, &d, workload, metric);
	free(label);
}

static bool is_rate(const struct db_series *m, const char *workload)
{
	size_t len = strlen(m->metric), end = strlen("_iops");

	return m->count && !strcmp(m->workload, workload) && len > end &&
	       !strcmp(m->metric + len - end, "_iops");
}

void plot_rates(struct sheet *sheet, const char *workload)
{
	struct strvec rates = STRVEC_INIT;

	for (size_t s = 0; s < sheet->count; s++)
		for (size_t i = 0; i < sheet->sides[s].metrics->count; i++) {
			const struct db_series *m = &sheet->sides[s].metrics->items[i];

			if (is_rate(m, workload) && !strvec_has(&rates, m->metric))
				strvec_push(&rates, m->metric);
		}
	for (size_t i = 0; i < rates.count; i++)
		draw(sheet, workload, rates.items[i]);
	strvec_release(&rates);
}
