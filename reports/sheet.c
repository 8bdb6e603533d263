// SPDX-License-Identifier: GPL-2.0-or-later
#include "sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"

#define MARGIN	    0.25 /* of a range, above and below */
#define KEY_LINE    21	 /* height of a line of the legend */
#define KEY_LETTERS 44	 /* that fit into it */

static const int points[PLOT_SIDES_MAX] = { 7, 9, 5, 13, 11, 15 };

int sheet_point(size_t side)
{
	return points[side];
}

const struct db_series *sheet_series(const struct plot_side *side, const char *workload,
				     const char *metric)
{
	for (size_t i = 0; i < side->metrics->count; i++) {
		const struct db_series *s = &side->metrics->items[i];

		if (s->count && !strcmp(s->workload, workload) && !strcmp(s->metric, metric))
			return s;
	}
	return NULL;
}

const struct db_histogram *sheet_histogram(const struct plot_side *side, const char *workload,
					   const char *kind)
{
	for (size_t i = 0; i < side->histograms->count; i++) {
		const struct db_histogram *h = &side->histograms->items[i];

		if (h->count && !strcmp(h->workload, workload) && !strcmp(h->kind, kind))
			return h;
	}
	return NULL;
}

const struct comparison *sheet_comparison(const struct plot_side *side, const char *workload,
					  const char *metric)
{
	for (size_t i = 0; side->judgement && i < side->judgement->count; i++) {
		const struct comparison *c = &side->judgement->items[i];

		if (!strcmp(c->workload, workload) && !strcmp(c->metric, metric) &&
		    !isnan(c->delta_pct))
			return c;
	}
	return NULL;
}

char *sheet_short_name(const char *name, size_t max)
{
	size_t len = strlen(name);

	if (len <= max)
		return xstrdup(name);
	return xasprintf("%.*s...%s", (int)(max / 3), name, name + len - (max - max / 3 - 3));
}

void sheet_data(struct sheet *sheet, size_t side, const struct strbuf *lines)
{
	char *name = xasprintf("side%zu", side + 1);

	gnuplot_data(&sheet->gnuplot, name, lines);
	free(name);
}

void draft_curve(struct draft *d, size_t side)
{
	strbuf_addf(&d->plot, "%s $side%zu", d->plot.len ? "," : "plot", side + 1);
}

void draft_title(struct draft *d, const char *name)
{
	char *shown = sheet_short_name(name, KEY_LETTERS);

	strbuf_adds(&d->plot, " title ");
	gnuplot_string(&d->plot, shown);
	free(shown);
}

void draft_key(struct draft *d, size_t lines)
{
	double line = (double)KEY_LINE / d->height;

	strbuf_addf(&d->commands,
		    "set key at screen 0.02, top - 0.01 left top Left reverse samplen 2 "
		    "vertical maxrows %zu\n"
		    "set tmargin at screen (1 - %.4f) * top\n",
		    lines, line * (double)lines + 0.06);
}

void draft_label(struct draft *d, const char *axis, const char *what, const char *clock)
{
	char *label = xasprintf("%s (%s clock)", what, clock);

	strbuf_addf(&d->commands, "set %slabel ", axis);
	gnuplot_string(&d->commands, label);
	strbuf_addch(&d->commands, '\n');
	free(label);
}

void draft_alt_next(struct draft *d)
{
	if (d->alt.len)
		strbuf_adds(&d->alt, "; ");
}

void draft_alt_figure(struct draft *d, const char *unit, double value)
{
	unit_format(&d->alt, unit, value, UNIT_TYPOGRAPHIC);
}

void sheet_room(double *lo, double *hi)
{
	double room = fmax((*hi - *lo) * MARGIN, fmax(fabs(*lo), fabs(*hi)) * 0.005);

	if (room == 0)
		room = 1;
	*lo -= room;
	*hi += room;
}

const char *sheet_unit(const struct unit_scale *scale, const char *unit)
{
	if (scale->typographic)
		return scale->typographic;
	return scale->ascii ? scale->ascii : unit;
}

double sheet_step(double span, int parts)
{
	double raw = span / parts;
	double unit = pow(10, floor(log10(raw)));

	if (raw <= unit)
		return unit;
	if (raw <= 2 * unit)
		return 2 * unit;
	return raw <= 5 * unit ? 5 * unit : 10 * unit;
}

static void add_tick(struct strbuf *s, double ns, bool *first)
{
	struct unit_scale scale = unit_scale("ns", ns);

	strbuf_addf(s, "%s'%.4g %s' %.17g", *first ? "" : ", ", ns / scale.divisor,
		    scale.typographic ? scale.typographic : scale.ascii, ns);
	*first = false;
}

/* Powers of ten, with 2 and 5 between when there is room. */
static void add_decades(struct strbuf *s, double lo, double hi)
{
	static const double steps[] = { 1, 2, 5 };
	size_t count = log10(hi / lo) < 2.2 ? 3 : 1;
	int last = (int)floor(log10(hi));
	bool first = true;

	for (int exponent = (int)floor(log10(lo)); exponent <= last; exponent++)
		for (size_t i = 0; i < count; i++) {
			double v = steps[i] * pow(10, exponent);

			if (v >= lo && v <= hi)
				add_tick(s, v, &first);
		}
}

/* Multiples of a step, none nearer to the one before than `room`. */
static void add_multiples(struct strbuf *s, double lo, double hi, bool logarithmic, double room)
{
	double step = sheet_step(hi - lo, logarithmic ? 9 : 5), at, last = -INFINITY;
	int end = (int)floor(hi / step + 1e-9);
	bool first = true;

	for (int i = (int)ceil(lo / step); i <= end; i++) {
		double v = i * step;

		at = logarithmic ? log(v) / log(hi / lo) : v / (hi - lo);
		if (at - last < room)
			continue;
		add_tick(s, v, &first);
		last = at;
	}
}

void draft_time_ticks(struct draft *d, const char *axis, double lo, double hi, bool logarithmic,
		      double room)
{
	strbuf_addf(&d->commands, "set %stics (", axis);
	if (logarithmic && log10(hi / lo) >= 0.9)
		add_decades(&d->commands, lo, hi);
	else
		add_multiples(&d->commands, lo, hi, logarithmic, room);
	strbuf_adds(&d->commands, ")\n");
}

void sheet_finish(struct sheet *sheet, struct draft *d, const char *workload, const char *rest)
{
	struct plots *plots = sheet->plots;
	struct plot *p;
	char *title = xasprintf("%s: %s", workload, d->caption);

	plots->items = xreallocarray(plots->items, plots->count + 1, sizeof(*plots->items));
	p = &plots->items[plots->count++];
	*p = (struct plot){
		.workload = xstrdup(workload),
		.stem = gnuplot_stem(workload, rest),
		.caption = d->caption,
		.alt = strbuf_detach(&d->alt),
		.height = d->height,
	};
	strbuf_addf(&d->commands, "%s\n", d->plot.data);
	gnuplot_picture(&sheet->gnuplot, &(struct picture){
						 .stem = p->stem,
						 .title = title,
						 .height = d->height,
						 .commands = &d->commands,
					 });
	strbuf_release(&d->commands);
	strbuf_release(&d->plot);
	free(title);
}
