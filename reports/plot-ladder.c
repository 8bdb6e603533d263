// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A figure from rung to rung of a ladder: a step line through the rungs, each boot as a point, and
 * a column without a line where a rung has no figure.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ladder.h"
#include "lib/alloc.h"
#include "pictures.h"
#include "sheet.h"
#include "units.h"

#define TICKS 14 /* patches that can be numbered along the axis */

struct range {
	double lo, hi;
};

static const struct db_series *series_at(const struct ladder_line *line, size_t rung)
{
	for (size_t i = 0; i < line->count; i++) {
		if (line->steps[i].first - 1 == rung)
			return line->steps[i].comparison->base_series;
		if (line->steps[i].last == rung)
			return line->steps[i].comparison->new_series;
	}
	return NULL;
}

static struct range range_of(const struct ladder *l, const struct ladder_line *line)
{
	struct range r = { INFINITY, -INFINITY };

	for (size_t k = 0; k < l->sides.count; k++) {
		const struct db_series *s = series_at(line, k);

		for (size_t i = 0; s && i < s->count; i++) {
			r.lo = fmin(r.lo, s->values[i]);
			r.hi = fmax(r.hi, s->values[i]);
		}
	}
	sheet_room(&r.lo, &r.hi);
	return r;
}

static void add_data(struct sheet *sheet, const struct ladder *l, const struct ladder_line *line,
		     double divisor)
{
	struct strbuf medians = STRBUF_INIT, boots = STRBUF_INIT;

	for (size_t k = 0; k < l->sides.count; k++) {
		const struct db_series *s = series_at(line, k);

		if (isnan(line->values[k]))
			strbuf_adds(&medians, "\n");
		else
			strbuf_addf(&medians, "%zu.5 %.17g\n%zu.5 %.17g\n", k,
				    line->values[k] / divisor, k + 1, line->values[k] / divisor);
		for (size_t i = 0; s && i < s->count; i++) {
			double spread = s->count > 1 ? fmod((double)i * 0.618, 1) - 0.5 : 0;

			strbuf_addf(&boots, "%.4f %.17g\n", (double)k + 1 + 0.3 * spread,
				    s->values[i] / divisor);
		}
	}
	sheet_data(sheet, 0, &medians);
	sheet_data(sheet, 1, &boots);
	strbuf_release(&medians);
	strbuf_release(&boots);
}

/* "base", "1", ...; "2 ×" where the rung has no figure. */
static void add_ticks(struct draft *d, const struct ladder *l, const struct ladder_line *line)
{
	size_t every = l->patches.count / TICKS + 1;

	strbuf_adds(&d->commands, "set xtics scale 0 (");
	for (size_t k = 0; k < l->sides.count; k++) {
		char *name;

		if (k % every != 0 && !isnan(line->values[k]))
			continue;
		name = k ? xasprintf("%zu%s", k, isnan(line->values[k]) ? " ×" : "")
			 : xstrdup("base");
		strbuf_addf(&d->commands, "%s", k ? ", " : "");
		gnuplot_string(&d->commands, name);
		strbuf_addf(&d->commands, " %zu", k + 1);
		free(name);
	}
	strbuf_adds(&d->commands, ")\n");
}

/* What the proven steps are, above or below the line where they end. */
static void add_labels(struct draft *d, const struct ladder_line *line, double divisor)
{
	for (size_t i = 0; i < line->count; i++) {
		const struct ladder_step *s = &line->steps[i];
		enum verdict v = s->comparison->verdict;
		struct strbuf text = STRBUF_INIT;

		if (v != VERDICT_BETTER && v != VERDICT_WORSE)
			continue;
		unit_format_pct(&text, s->change_pct, UNIT_TYPOGRAPHIC);
		strbuf_adds(&d->commands, "set label ");
		gnuplot_string(&d->commands, text.data);
		strbuf_addf(
			&d->commands,
			" at first %zu, first %.17g center offset 0,%s textcolor rgb fg front\n",
			s->last + 1, line->values[s->last] / divisor, s->change > 0 ? "1" : "-1");
		strbuf_release(&text);
	}
}

static void describe(struct draft *d, const struct ladder *l, const struct ladder_line *line)
{
	for (size_t k = 0; k < l->sides.count; k++) {
		draft_alt_next(d);
		if (k)
			strbuf_addf(&d->alt, "patch %zu: ", k);
		else
			strbuf_adds(&d->alt, "base: ");
		if (isnan(line->values[k]))
			strbuf_adds(&d->alt, "no figure");
		else
			draft_alt_figure(d, line->unit, line->values[k]);
	}
}

static void draw(struct sheet *sheet, const struct ladder *l, const struct ladder_line *line)
{
	struct draft d = DRAFT_INIT;
	struct unit_scale scale = unit_scale(line->unit, line->whole.comparison->base);
	struct range r = range_of(l, line);

	d.caption = xasprintf("%s, patch by patch", line->metric);
	add_data(sheet, l, line, scale.divisor);
	add_ticks(&d, l, line);
	add_labels(&d, line, scale.divisor);
	describe(&d, l, line);
	draft_label(&d, "y", sheet_unit(&scale, line->unit), sheet->clock);
	strbuf_addf(&d.commands,
		    "unset key\nset xlabel 'patches applied'\nset grid ytics\nset rmargin 3\n"
		    "set xrange [0.4:%zu.6]\nset yrange [%.17g:%.17g]\n"
		    "set tmargin at screen 0.95 * top\n",
		    l->sides.count, r.lo / scale.divisor, r.hi / scale.divisor);
	strbuf_adds(&d.plot, "plot $side1 using 1:2 with lines lw 2 lc rgb c1, "
			     "$side2 using 1:2 with points pt 7 ps 0.6 lc rgb c2");
	sheet_finish(sheet, &d, line->workload, line->metric);
}

int plots_draw_ladder(struct folder *f, const char *dir, const struct ladder *l, struct plots *out)
{
	struct sheet sheet = {
		.clock = l->sides.items[0].clock,
		.plots = out,
	};
	int ret = 0;

	gnuplot_init(&sheet.gnuplot);
	*out = (struct plots){ 0 };
	for (size_t i = 0; i < l->count; i++)
		if (l->lines[i].headline)
			draw(&sheet, l, &l->lines[i]);
	if (out->count)
		ret = pictures_draw(&sheet.gnuplot, f, dir);
	if (ret != 0)
		plots_release(out);
	gnuplot_release(&sheet.gnuplot);
	return ret < 0 ? -1 : 0;
}
