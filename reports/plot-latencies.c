// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Latencies of one kind: the mean with the percentiles, and the cumulative distribution; both from
 * the exact bins of all boots.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "sheet.h"
#include "stats.h"

static const struct {
	const char *label;
	double quantile;
} percentiles[] = {
	{ "p50", 0.5 },	    { "p90", 0.9 },	  { "p99", 0.99 },
	{ "p99.9", 0.999 }, { "p99.99", 0.9999 }, { "max", 1 },
};

static const size_t percentile_count = sizeof(percentiles) / sizeof(percentiles[0]);

static double quantile(const struct db_histogram *h, double q)
{
	return (double)stats_histogram_quantile(h->ns, h->counts, h->count, q);
}

/* --- mean and percentiles ---------------------------------------------------------------------- */

/* The median of the boots' means; NaN when there is no such metric. */
static double mean_of(const struct plot_side *side, const char *workload, const char *kind)
{
	char *metric = xasprintf("%s_mean_ns", kind);
	const struct db_series *m = sheet_series(side, workload, metric);

	free(metric);
	return m ? stats_median(m->values, m->count) : NAN;
}

static void widen(double range[2], double value)
{
	range[0] = fmin(range[0], value);
	range[1] = fmax(range[1], value);
}

/* Points of one side: block 0 is the mean, block 1 the percentiles. */
static void add_percentiles(struct sheet *sheet, struct draft *d, size_t side,
			    const struct db_histogram *h, double mean, double range[2])
{
	/* Sides stand beside each other at the tick. */
	double shift = ((double)side - (double)(sheet->count - 1) / 2) * 0.16;
	struct strbuf lines = STRBUF_INIT;

	draft_alt_next(d);
	strbuf_addf(&d->alt, "%s: mean ", sheet->sides[side].name);
	draft_alt_figure(d, "ns", mean);
	strbuf_addf(&lines, "%.3f %.17g\n\n\n", shift, mean);
	widen(range, mean);
	for (size_t i = 0; i < percentile_count; i++) {
		double v = quantile(h, percentiles[i].quantile);

		strbuf_addf(&lines, "%.3f %.17g\n", (double)i + 1 + shift, v);
		strbuf_addf(&d->alt, ", %s ", percentiles[i].label);
		draft_alt_figure(d, "ns", v);
		widen(range, v);
	}
	sheet_data(sheet, side, &lines);
	strbuf_release(&lines);
}

/* From zero while all values are of one size, on a logarithmic scale when they are not. */
static void add_latency_axis(struct draft *d, double lo, double hi)
{
	bool logarithmic = lo > 0 && hi / lo > 10;

	if (logarithmic) {
		lo /= 1.3;
		hi *= 1.3;
		strbuf_adds(&d->commands, "set logscale y\n");
	} else {
		lo = 0;
		hi = hi > 0 ? hi * 1.1 : 1;
	}
	draft_time_ticks(d, "y", lo, hi, logarithmic, 0.09);
	strbuf_addf(&d->commands, "set yrange [%.17g:%.17g]\n", lo, hi);
}

static void draw_percentiles(struct sheet *sheet, const char *workload, const char *kind)
{
	struct draft d = DRAFT_INIT;
	double range[2] = { INFINITY, -INFINITY };
	char *rest = xasprintf("%s-percentiles", kind);

	d.caption = xasprintf("%s, mean and percentiles", kind);
	for (size_t s = 0; s < sheet->count; s++) {
		const struct db_histogram *h = sheet_histogram(&sheet->sides[s], workload, kind);

		if (!h)
			continue;
		add_percentiles(sheet, &d, s, h, mean_of(&sheet->sides[s], workload, kind), range);
		draft_curve(&d, s);
		strbuf_addf(&d.plot, " index 1 with linespoints pt %d ps 0.9 lw 1.5 lc rgb c%zu",
			    sheet_point(s), s + 1);
		draft_title(&d, sheet->sides[s].name);
		draft_curve(&d, s);
		strbuf_addf(&d.plot, " index 0 with points pt %d ps 0.9 lc rgb c%zu notitle",
			    sheet_point(s), s + 1);
	}
	draft_key(&d, sheet->count);
	draft_label(&d, "y", kind, sheet->clock);
	add_latency_axis(&d, range[0], range[1]);
	strbuf_adds(&d.commands, "set xtics ('mean' 0");
	for (size_t i = 0; i < percentile_count; i++)
		strbuf_addf(&d.commands, ", '%s' %zu", percentiles[i].label, i + 1);
	strbuf_addf(&d.commands, ") font small\nset grid noxtics ytics\nset xrange [-0.5:%.1f]\n",
		    (double)percentile_count + 0.5);
	sheet_finish(sheet, &d, workload, rest);
	free(rest);
}

/* --- the cumulative distribution --------------------------------------------------------------- */

/* Steps in percent; a step that no eye could see is joined to the next. */
static void add_steps(struct sheet *sheet, size_t side, const struct db_histogram *h)
{
	struct strbuf lines = STRBUF_INIT;
	uint64_t total = 0, seen = 0;
	double drawn = 0;

	for (size_t i = 0; i < h->count; i++)
		total += h->counts[i];
	strbuf_addf(&lines, "%.17g 0\n", (double)h->ns[0]);
	for (size_t i = 0; i < h->count; i++) {
		double percent;

		seen += h->counts[i];
		percent = 100 * (double)seen / (double)total;
		if (percent - drawn < 0.1 && i + 1 < h->count)
			continue;
		drawn = percent;
		strbuf_addf(&lines, "%.17g %.3f\n", (double)h->ns[i], percent);
	}
	sheet_data(sheet, side, &lines);
	strbuf_release(&lines);
}

static void add_distribution(struct sheet *sheet, struct draft *d, size_t side,
			     const struct db_histogram *h)
{
	add_steps(sheet, side, h);
	draft_alt_next(d);
	strbuf_addf(&d->alt, "%s: half of all within ", sheet->sides[side].name);
	draft_alt_figure(d, "ns", quantile(h, 0.5));
	strbuf_adds(&d->alt, ", 99 % within ");
	draft_alt_figure(d, "ns", quantile(h, 0.99));
	/* The base is wider, so that it shows where both are the same. */
	draft_curve(d, side);
	strbuf_addf(&d->plot, " with steps lw %g lc rgb c%zu", side ? 1.5 : 3.5, side + 1);
	draft_title(d, sheet->sides[side].name);
}

static void draw_distribution(struct sheet *sheet, const char *workload, const char *kind)
{
	struct draft d = DRAFT_INIT;
	double range[2] = { INFINITY, 1 };
	char *rest = xasprintf("%s-cdf", kind), *label = xasprintf("%s, up to p99.9", kind);

	d.caption = xasprintf("%s, cumulative distribution", kind);
	for (size_t s = 0; s < sheet->count; s++) {
		const struct db_histogram *h = sheet_histogram(&sheet->sides[s], workload, kind);

		if (!h)
			continue;
		add_distribution(sheet, &d, s, h);
		widen(range, fmax((double)h->ns[0], 1));
		widen(range, fmax(quantile(h, 0.999), 1));
	}
	range[0] /= 1.02;
	range[1] *= 1.02;
	draft_key(&d, sheet->count);
	draft_label(&d, "x", label, sheet->clock);
	strbuf_adds(&d.commands, "set logscale x\n");
	draft_time_ticks(&d, "x", range[0], range[1], true, 0.17);
	strbuf_addf(&d.commands,
		    "set xrange [%.17g:%.17g]\nset yrange [0:101]\nset ytics 25 format '%%g %%%%'\n"
		    "set rmargin 3\n",
		    range[0], range[1]);
	sheet_finish(sheet, &d, workload, rest);
	free(rest);
	free(label);
}

/* --- which kinds ------------------------------------------------------------------------------- */

static void list_kinds(const struct sheet *sheet, const char *workload, const char *end,
		       struct strvec *out)
{
	for (size_t s = 0; s < sheet->count; s++)
		for (size_t i = 0; i < sheet->sides[s].histograms->count; i++) {
			const struct db_histogram *h = &sheet->sides[s].histograms->items[i];
			size_t len = strlen(h->kind), n = strlen(end);

			if (h->count && !strcmp(h->workload, workload) && len >= n &&
			    !strcmp(h->kind + len - n, end) && !strvec_has(out, h->kind))
				strvec_push(out, h->kind);
		}
}

void plot_latencies(struct sheet *sheet, const char *workload)
{
	struct strvec kinds = STRVEC_INIT;

	list_kinds(sheet, workload, "_slat", &kinds);
	list_kinds(sheet, workload, "_clat", &kinds);
	/* The sum of both is shown when it is all there is. */
	if (!kinds.count)
		list_kinds(sheet, workload, "_lat", &kinds);
	for (size_t i = 0; i < kinds.count; i++) {
		draw_percentiles(sheet, workload, kinds.items[i]);
		draw_distribution(sheet, workload, kinds.items[i]);
	}
	strvec_release(&kinds);
}
