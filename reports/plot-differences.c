// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A workload at a glance: the difference to the base in its headline metrics and latencies, with
 * intervals, and the band that counts as the same.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "lib/alloc.h"
#include "sheet.h"
#include "units.h"

#define AXIS_HEIGHT  80
#define ROW_HEIGHT   22
#define HEIGHT_MIN   180
#define LETTER_WIDTH 7.1 /* of the small font, on average */
#define NAME_LETTERS 24	 /* of a metric */

static const char *const latencies[] = { "_slat_mean_ns", "_slat_p99_ns", "_clat_mean_ns",
					 "_clat_p50_ns",  "_clat_p99_ns", "_clat_p99_9_ns" };

static bool is_shown(const struct comparison *c, const char *workload)
{
	size_t len = strlen(c->metric);

	if (strcmp(c->workload, workload) != 0)
		return false;
	for (size_t i = 0; i < sizeof(latencies) / sizeof(latencies[0]); i++) {
		size_t n = strlen(latencies[i]);

		if (len > n && !strcmp(c->metric + len - n, latencies[i]))
			return true;
	}
	return c->headline;
}

static void list_metrics(const struct sheet *sheet, const char *workload, struct strvec *out)
{
	for (size_t s = 1; s < sheet->count; s++)
		for (size_t i = 0; i < sheet->sides[s].judgement->count; i++) {
			const struct comparison *c = &sheet->sides[s].judgement->items[i];

			if (is_shown(c, workload) && !isnan(c->delta_pct) &&
			    !strvec_has(out, c->metric))
				strvec_push(out, c->metric);
		}
}

/* A line per metric: difference, row, both ends of the interval. */
static void add_side(struct sheet *sheet, struct draft *d, size_t side, const char *workload,
		     const struct strvec *metrics, double *reach)
{
	/* Kernels stand below each other within the row. */
	double shift = ((double)(sheet->count - 2) / 2 - ((double)side - 1)) * 0.22;
	struct strbuf lines = STRBUF_INIT;

	for (size_t i = 0; i < metrics->count; i++) {
		const struct comparison *c =
			sheet_comparison(&sheet->sides[side], workload, metrics->items[i]);
		double lo, hi;

		if (!c)
			continue;
		lo = isnan(c->ci_pct[0]) ? c->delta_pct : c->ci_pct[0];
		hi = isnan(c->ci_pct[1]) ? c->delta_pct : c->ci_pct[1];
		strbuf_addf(&lines, "%.17g %.3f %.17g %.17g\n", c->delta_pct,
			    (double)(metrics->count - 1 - i) + shift, lo, hi);
		*reach = fmax(*reach, fmax(fabs(lo), fabs(hi)));
		draft_alt_next(d);
		if (sheet->count > 2)
			strbuf_addf(&d->alt, "%s ", sheet->sides[side].name);
		strbuf_addf(&d->alt, "%s ", c->metric);
		unit_format_pct(&d->alt, c->delta_pct, UNIT_TYPOGRAPHIC);
		strbuf_addf(&d->alt, " (%s)", verdict_name(c->verdict));
	}
	sheet_data(sheet, side, &lines);
	strbuf_release(&lines);
	draft_curve(d, side);
	strbuf_addf(&d->plot, " using 1:2:3:4 with xerrorbars pt %d ps 0.9 lw 1.5 lc rgb c%zu",
		    sheet_point(side), side + 1);
	draft_title(d, sheet->sides[side].name);
}

static void add_rows(struct draft *d, const struct strvec *metrics)
{
	size_t longest = 0;

	strbuf_adds(&d->commands, "set ytics (");
	for (size_t i = 0; i < metrics->count; i++) {
		char *name = sheet_short_name(metrics->items[i], NAME_LETTERS);

		if (strlen(name) > longest)
			longest = strlen(name);
		strbuf_adds(&d->commands, i ? ", " : "");
		gnuplot_string(&d->commands, name);
		strbuf_addf(&d->commands, " %zu", metrics->count - 1 - i);
		free(name);
	}
	/* gnuplot would leave room for letters of the usual size. */
	strbuf_addf(
		&d->commands, ") font small\nset lmargin at screen %.4f\nset yrange [-0.6:%.1f]\n",
		(double)(longest + 3) * LETTER_WIDTH / GNUPLOT_WIDTH, (double)metrics->count - 0.4);
}

void plot_differences(struct sheet *sheet, const char *workload)
{
	struct strvec metrics = STRVEC_INIT;
	struct draft d = DRAFT_INIT;
	double threshold, reach = 0;
	int height;

	list_metrics(sheet, workload, &metrics);
	if (!metrics.count)
		goto out;
	threshold = sheet->sides[1].judgement->threshold_pct;
	height = AXIS_HEIGHT + ROW_HEIGHT * (int)(metrics.count + sheet->count - 1);
	d.height = height > HEIGHT_MIN ? height : HEIGHT_MIN;
	d.caption = xasprintf("difference to the base; shaded: ±%g\u00a0%%", threshold);
	for (size_t s = 1; s < sheet->count; s++)
		add_side(sheet, &d, s, workload, &metrics, &reach);
	reach = fmax(reach * 1.15, 3 * threshold);
	draft_key(&d, sheet->count - 1);
	add_rows(&d, &metrics);
	draft_label(&d, "x", "percent", sheet->clock);
	strbuf_addf(&d.commands,
		    "set object 1 rectangle from %.17g, graph 0 to %.17g, graph 1 behind "
		    "fc rgb muted fs solid 0.35 noborder\n"
		    "set arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb fg back\n"
		    "set errorbars small\nset xtics %.17g format '%%+g'\nset xtics add ('0' 0)\n"
		    "set grid noytics xtics\nset rmargin 3\nset xrange [%.17g:%.17g]\n",
		    -threshold, threshold, sheet_step(2 * reach, 6), -reach, reach);
	sheet_finish(sheet, &d, workload, "differences");
out:
	strvec_release(&metrics);
}
