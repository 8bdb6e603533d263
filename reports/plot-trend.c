// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A metric over nights: a point per night, the level between its change points, and the band that
 * counts as the same.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "changes.h"
#include "lib/alloc.h"
#include "lib/strbuf.h"
#include "sheet.h"
#include "stats.h"
#include "trend.h"
#include "units.h"

#define HEIGHT	 300
#define TICKS	 4
#define DAY	 86400.0
#define INTERVAL 0.95

/* The picture under construction. */
struct canvas {
	struct sheet sheet;
	struct draft draft;
	double lo, hi;	    /* of what is drawn */
	double first, last; /* times */
	size_t marks;
};

static double seconds_of(const char *started)
{
	struct tm tm = { 0 };

	return strptime(started, "%Y-%m-%dT%H:%M:%SZ", &tm) ? (double)timegm(&tm) : NAN;
}

static const struct db_night *night_of(const struct history_line *l, size_t i)
{
	return &l->line->nights[i];
}

static void widen(struct canvas *c, double v)
{
	c->lo = fmin(c->lo, v);
	c->hi = fmax(c->hi, v);
}

/* Half of the band around a level. */
static double half_band(const struct history_line *l, double level)
{
	return fabs(level) * fmax(l->threshold_pct, isnan(l->floor_pct) ? 0 : l->floor_pct) / 100;
}

/* Block 0 has the nights with the intervals of their medians, block 1 the levels with their bands. */
static void add_data(struct canvas *c, size_t side, const struct history_line *l)
{
	struct strbuf lines = STRBUF_INIT;

	for (size_t i = 0; i < l->count; i++) {
		const struct db_night *n = night_of(l, i);
		double lo, hi;

		(void)stats_median_interval(n->values, n->count, INTERVAL, &lo, &hi);
		widen(c, lo);
		widen(c, hi);
		strbuf_addf(&lines, "%.0f %.10g %.10g %.10g\n", seconds_of(n->started),
			    l->values[i], lo, hi);
	}
	strbuf_adds(&lines, "\n\n");
	for (size_t k = 0; k <= l->start_count; k++) {
		size_t from = k ? l->starts[k - 1] : 0;
		size_t to = k < l->start_count ? l->starts[k] : l->count;
		double level = changes_level(l->values + from, to - from, l->noise);
		double half = half_band(l, level);

		widen(c, level - half);
		widen(c, level + half);
		strbuf_addf(&lines, "%.0f %.10g %.10g %.10g\n%.0f %.10g %.10g %.10g\n\n",
			    seconds_of(night_of(l, from)->started), level, level - half,
			    level + half, seconds_of(night_of(l, to - 1)->started) + DAY / 2, level,
			    level - half, level + half);
	}
	sheet_data(&c->sheet, side, &lines);
	strbuf_release(&lines);
}

static bool has_boots(const struct history_line *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (night_of(l, i)->count > 1)
			return true;
	return false;
}

static void add_curves(struct canvas *c, size_t side, const struct history_line *l)
{
	struct strbuf *p = &c->draft.plot;

	draft_curve(&c->draft, side);
	strbuf_addf(p,
		    " index 1 using 1:3:4 with filledcurves lc rgb c%zu fs transparent solid 0.14 "
		    "noborder notitle",
		    side + 1);
	draft_curve(&c->draft, side);
	strbuf_addf(p, " index 1 using 1:2 with lines lw 1.6 lc rgb c%zu notitle", side + 1);
	if (has_boots(l)) {
		draft_curve(&c->draft, side);
		strbuf_addf(
			p, " index 0 using 1:2:3:4 with yerrorbars pt 0 lw 0.8 lc rgb c%zu notitle",
			side + 1);
	}
	draft_curve(&c->draft, side);
	strbuf_addf(p, " index 0 using 1:2 with points pt %d ps %g lc rgb c%zu", sheet_point(side),
		    l->count > 90 ? 0.3 : 0.6, side + 1);
	draft_title(&c->draft, l->line->spec);
}

/* A dashed line where a level begins. */
static void add_marks(struct canvas *c, const struct history_line *l)
{
	for (size_t k = 0; k < l->start_count; k++) {
		double at = seconds_of(night_of(l, l->starts[k])->started);

		c->marks++;
		strbuf_addf(&c->draft.commands,
			    "set arrow %zu from %.0f, graph 0 to %.0f, graph 1 nohead dt 2 lw 0.8 "
			    "lc rgb fg back\n",
			    c->marks, at, at);
	}
}

static void add_words(struct canvas *c, const struct history_line *l)
{
	struct draft *d = &c->draft;

	draft_alt_next(d);
	strbuf_addf(&d->alt, "%s: %zu %s from %.10s to %.10s, ", l->line->spec, l->count,
		    l->count == 1 ? "night" : "nights", night_of(l, 0)->started,
		    night_of(l, l->count - 1)->started);
	draft_alt_figure(d, l->line->unit, l->values[0]);
	strbuf_adds(&d->alt, " at first, ");
	draft_alt_figure(d, l->line->unit, l->values[l->count - 1]);
	strbuf_addf(&d->alt, " at the end, %zu %s", l->start_count,
		    l->start_count == 1 ? "change" : "changes");
}

/* --- axes -------------------------------------------------------------------------------------- */

static void add_time_axis(struct canvas *c)
{
	double span = c->last - c->first;
	double room = fmax(span * 0.03, DAY / 2);
	size_t ticks = span < TICKS * DAY ? 1 : TICKS;

	strbuf_adds(&c->draft.commands, "set xtics (");
	for (size_t i = 0; i < ticks; i++) {
		time_t at = (time_t)(c->first + span * ((double)i + 0.5) / (double)ticks);
		struct tm tm;
		char label[32];

		gmtime_r(&at, &tm);
		if (span > 120 * DAY)
			strftime(label, sizeof(label), "%b %Y", &tm);
		else
			strftime(label, sizeof(label), "%e %b", &tm);
		strbuf_addf(&c->draft.commands, "%s'%s' %lld", i ? ", " : "", label, (long long)at);
	}
	strbuf_addf(&c->draft.commands, ")\nset xrange [%.0f:%.0f]\n", c->first - room,
		    c->last + room);
}

static void add_value_axis(struct canvas *c, const struct db_line *line)
{
	bool logarithmic = c->lo > 0 && c->hi / c->lo > 20;
	double room = (c->hi - c->lo) * 0.06;
	char *label;

	if (logarithmic) {
		c->lo /= 1.2;
		c->hi *= 1.2;
		strbuf_adds(&c->draft.commands, "set logscale y\n");
	} else {
		room = room > 0 ? room : fmax(fabs(c->hi) * 0.01, 1e-9);
		c->lo -= room;
		c->hi += room;
	}
	if (!strcmp(line->unit, "ns") && c->lo >= 0 && c->hi > 1) {
		draft_time_ticks(&c->draft, "y", c->lo, c->hi, logarithmic, 0.09);
		draft_label(&c->draft, "y", line->metric, line->clock);
	} else {
		label = xasprintf("%s, %s", line->metric, line->unit);
		draft_label(&c->draft, "y", label, line->clock);
		free(label);
	}
	strbuf_addf(&c->draft.commands, "set yrange [%.17g:%.17g]\n", c->lo, c->hi);
}

/* --- the picture ------------------------------------------------------------------------------- */

static void draw(struct trend *t, struct gnuplot *g, const char *metric)
{
	struct canvas c = { .sheet = { .plots = &t->plots },
			    .draft = DRAFT_INIT,
			    .lo = INFINITY,
			    .hi = -INFINITY,
			    .first = INFINITY,
			    .last = -INFINITY };
	const struct db_line *line = NULL;
	size_t sides = 0;
	char *rest = xasprintf("%s%s%s", metric, *t->year ? "-" : "", t->year);

	c.sheet.gnuplot = *g;
	c.draft.height = HEIGHT;
	for (size_t i = 0; i < t->line_count && sides < PLOT_SIDES_MAX; i++) {
		const struct history_line *l = &t->measured[i];

		if (strcmp(l->line->metric, metric) != 0 || !l->count)
			continue;
		line = l->line;
		c.first = fmin(c.first, seconds_of(night_of(l, 0)->started));
		c.last = fmax(c.last, seconds_of(night_of(l, l->count - 1)->started));
		add_data(&c, sides, l);
		add_curves(&c, sides, l);
		add_marks(&c, l);
		add_words(&c, l);
		sides++;
	}
	c.draft.caption = xasprintf("%s, a point per night", metric);
	if (line) {
		draft_key(&c.draft, sides);
		add_time_axis(&c);
		add_value_axis(&c, line);
		strbuf_adds(&c.draft.commands, "set rmargin 2\n");
		sheet_finish(&c.sheet, &c.draft, t->workload, rest);
	}
	*g = c.sheet.gnuplot;
	free(rest);
}

void plot_trend(struct trend *t, struct gnuplot *g)
{
	for (size_t i = 0; i < t->pictured.count; i++)
		draw(t, g, t->pictured.items[i]);
}
