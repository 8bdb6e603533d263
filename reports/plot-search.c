// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A search among commits: the figure by position in the row, each boot as a point, a line through what
 * was measured, crosses at the bottom for what could not be, and a band over the answer.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "pictures.h"
#include "sheet.h"
#include "site.h"
#include "stats.h"

#define TICKS 6 /* between the ends */

static void add_data(struct sheet *sheet, const struct search *s, double divisor, double *lo,
		     double *hi)
{
	struct strbuf medians = STRBUF_INIT, boots = STRBUF_INIT;

	for (size_t p = 0; p <= s->n; p++) {
		const struct search_commit *c = &s->commits[p];

		for (size_t i = 0; i < c->count; i++) {
			double spread = c->count > 1 ? fmod((double)i * 0.618, 1) - 0.5 : 0;

			*lo = fmin(*lo, c->values[i]);
			*hi = fmax(*hi, c->values[i]);
			strbuf_addf(&boots, "%.4f %.17g\n", (double)p + 0.3 * spread,
				    c->values[i] / divisor);
		}
		if (c->count)
			strbuf_addf(&medians, "%zu %.17g\n", p,
				    stats_median(c->values, c->count) / divisor);
	}
	sheet_data(sheet, 0, &medians);
	sheet_data(sheet, 1, &boots);
	strbuf_release(&medians);
	strbuf_release(&boots);
}

/* The ends by name, and numbers between them that are clear of these. */
static void add_ticks(struct draft *d, size_t n)
{
	size_t step = (size_t)fmax(1, sheet_step((double)n, TICKS));

	strbuf_addf(&d->commands, "set xtics ('good' 0, 'bad' %zu", n);
	for (size_t p = step; 10 * (n - p) >= n && p < n; p += step)
		if (10 * p >= n)
			strbuf_addf(&d->commands, ", %zu", p);
	strbuf_adds(&d->commands, ")\n");
}

static void add_skipped(struct draft *d, const struct search *s)
{
	for (size_t p = 1; p < s->n; p++)
		if (s->commits[p].fault)
			strbuf_addf(&d->commands,
				    "set label '×' at first %zu, graph 0.05 center "
				    "textcolor rgb fg front\n",
				    p);
}

/* Commits of the answer that stand together have one band; a single one is named. */
static void add_answer(struct draft *d, const struct search *s)
{
	for (size_t p = 1, last; p <= s->n; p = last + 1) {
		last = p;
		if (!search_names(s, p))
			continue;
		while (last < s->n && search_names(s, last + 1))
			last++;
		strbuf_addf(
			&d->commands,
			"set object rectangle from first %zu.5, graph 0 to first %zu.5, graph 1 "
			"behind fs transparent solid 0.18 noborder fc rgb c1\n",
			p - 1, last);
		if (last == p)
			strbuf_addf(&d->commands,
				    "set label '%.12s' at first %zu, graph 1.06 center "
				    "textcolor rgb fg front\n",
				    s->commits[p].id, p);
	}
}

static void describe(struct draft *d, const struct search *s)
{
	for (size_t p = 0; p <= s->n; p++) {
		const struct search_commit *c = &s->commits[p];

		if (!c->count && !c->fault)
			continue;
		draft_alt_next(d);
		strbuf_addf(&d->alt, "%zu: ", p);
		if (c->fault)
			strbuf_adds(&d->alt, "no figure");
		else
			draft_alt_figure(d, s->compared->unit, stats_median(c->values, c->count));
	}
}

static void draw(struct sheet *sheet, const struct site_search *b)
{
	const struct comparison *c = b->search.compared;
	struct unit_scale scale = unit_scale(c->unit, c->base);
	double lo = INFINITY, hi = -INFINITY;
	struct draft d = DRAFT_INIT;
	char *rest = xasprintf("%s-%s", c->metric, b->key);

	d.caption = xasprintf("%s by commit", c->metric);
	add_data(sheet, &b->search, scale.divisor, &lo, &hi);
	sheet_room(&lo, &hi);
	add_ticks(&d, b->search.n);
	add_skipped(&d, &b->search);
	add_answer(&d, &b->search);
	describe(&d, &b->search);
	draft_label(&d, "y", sheet_unit(&scale, c->unit), sheet->clock);
	strbuf_addf(&d.commands,
		    "unset key\nset xlabel 'commits after the good one'\nset grid ytics\n"
		    "set rmargin 3\nset xrange [-0.6:%zu.6]\nset yrange [%.17g:%.17g]\n"
		    "set tmargin at screen 0.9 * top\n",
		    b->search.n, lo / scale.divisor, hi / scale.divisor);
	strbuf_adds(&d.plot, "plot $side1 using 1:2 with lines lw 1.2 lc rgb c1, "
			     "$side2 using 1:2 with points pt 7 ps 0.7 lc rgb c2");
	sheet_finish(sheet, &d, c->workload, rest);
	free(rest);
}

int plots_draw_search(struct folder *f, const struct site_search *b, struct plots *out)
{
	struct sheet sheet = { .clock = b->ends->session->clock, .plots = out };
	int ret;

	gnuplot_init(&sheet.gnuplot);
	*out = (struct plots){ 0 };
	draw(&sheet, b);
	ret = pictures_draw(&sheet.gnuplot, f, "bisections");
	if (ret != 0)
		plots_release(out);
	gnuplot_release(&sheet.gnuplot);
	return ret < 0 ? -1 : 0;
}
