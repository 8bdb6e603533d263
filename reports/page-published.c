// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Published against measured: every claim with its source, and what this session measured of it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "lib/alloc.h"
#include "lib/strbuf.h"
#include "page-compare.h"
#include "page.h"
#include "published.h"
#include "table.h"
#include "units.h"

#define FACTOR_MIN 2.0 /* from here on a factor says more than a percentage */

/* "+7.71 %", from a factor of two on "19.4 times less". */
static void format_change(struct strbuf *out, double base, double new)
{
	double factor = base > 0 && new > 0 ? (new > base ? new / base : base / new) : 0;

	if (factor >= FACTOR_MIN)
		strbuf_addf(out, "%.*f times %s", factor < 100 ? 1 : 0, factor,
			    new > base ? "more" : "less");
	else
		unit_format_pct(out, base != 0 ? 100 * (new - base) / base : NAN, UNIT_TYPOGRAPHIC);
}

static void change_cell(struct table *t, double base, double new, enum verdict v)
{
	struct strbuf text = STRBUF_INIT;

	format_change(&text, base, new);
	table_cell(t, &(struct table_cell){ .text = text.data,
					    .order = base != 0 ? new / base : NAN,
					    .is_ordered = base != 0,
					    .class = v == VERDICT_BETTER  ? "proven better"
						     : v == VERDICT_WORSE ? "proven worse"
									  : NULL });
	strbuf_release(&text);
}

static void claim_line(struct table *t, const struct claim *c)
{
	table_group(t, "claim");
	table_text(t, c->title);
	if (isnan(c->base)) {
		table_cell(t,
			   &(struct table_cell){ .text = c->words, .class = "words", .span = 3 });
	} else {
		table_figure(t, c->unit, c->base);
		table_figure(t, c->unit, c->new);
		change_cell(t, c->base, c->new, VERDICT_UNPROVEN);
	}
	table_text(t, "");
	table_cell(t, &(struct table_cell){ .text = "published", .class = "soft" });
}

static void source_line(struct table *t, const struct claim *c)
{
	char *words = xasprintf("%s %s%s%s", c->source, c->id, c->hardware ? "; on " : "",
				c->hardware ? c->hardware : "");

	table_note(t, "note", words);
	free(words);
}

/* "6.3 of 19.4 times": how near the factor comes to the published one. */
static void nearness(struct strbuf *out, const struct claim *claim, double base, double new)
{
	double published = claim->base / claim->new, measured = base / new;

	if (isnan(claim->base) || !(published > 0) || !(measured > 0))
		return;
	/* Rates grow where times and cycles shrink. */
	if (claim->better && !strcmp(claim->better, "higher"))
		published = 1 / published;
	strbuf_addf(out, "%.*f of %.*f times",
		    measured < 10    ? 2
		    : measured < 100 ? 1
				     : 0,
		    measured,
		    published < 10    ? 2
		    : published < 100 ? 1
				      : 0,
		    published);
}

static void cycles_cell(struct table *t, const struct claim *claim, const struct claim_row *row)
{
	const struct comparison *c = row->found_cycles;
	struct strbuf near = STRBUF_INIT, change = STRBUF_INIT;

	if (c) {
		format_change(&change, c->base, c->new);
		nearness(&near, claim, c->base, c->new);
	}
	table_cell(t, &(struct table_cell){ .text = change.data,
					    .more = near.len ? near.data : NULL,
					    .order = c && c->base != 0 ? c->new / c->base : NAN,
					    .is_ordered = c && c->base != 0 });
	strbuf_release(&near);
	strbuf_release(&change);
}

static void row_line(struct table *t, const struct claim *claim, const struct claim_row *row)
{
	const struct comparison *c = row->found;
	char *sides = xasprintf("%s → %s", row->base, row->new);
	char *more = xasprintf("%s %s%s%s", row->workload, row->metric, c && row->note ? ": " : "",
			       c && row->note ? row->note : "");

	table_row(t, NULL);
	table_cell(t, &(struct table_cell){ .text = sides, .more = more });
	if (c) {
		table_figure(t, c->unit, c->base);
		table_figure(t, c->unit, c->new);
		change_cell(t, c->base, c->new, c->verdict);
		cycles_cell(t, claim, row);
		table_interval(t, c->ci_pct, true, "no interval");
	} else {
		table_cell(t, &(struct table_cell){ .text = "not measured in this session",
						    .class = "soft",
						    .span = 5 });
	}
	free(more);
	free(sides);
}

static bool is_measured(const struct claim *c)
{
	for (size_t i = 0; i < c->row_count; i++)
		if (c->rows[i].found)
			return true;
	return false;
}

static void add_claim(struct table *t, const struct claim *c)
{
	claim_line(t, c);
	source_line(t, c);
	for (size_t i = 0; i < c->row_count; i++)
		row_line(t, c, &c->rows[i]);
	if (c->note)
		table_note(t, "note", c->note);
}

static bool has_cycles(const struct published *p)
{
	for (size_t i = 0; i < p->count; i++)
		for (size_t k = 0; k < p->claims[i].row_count; k++)
			if (p->claims[i].rows[k].found_cycles)
				return true;
	return false;
}

static void show_claims(struct html *h, const struct published *p)
{
	/* A column without a heading is not shown. */
	const struct table_column columns[] = {
		{ "claim", "claim, and what was measured of it", false },
		{ "before", "before", false },
		{ "after", "after", false },
		{ "change", "change", false },
		{ "cycles", has_cycles(p) ? "estimated cycles" : NULL, false },
		{ "interval", "interval", false },
	};
	struct table t;

	table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	t.class = "claims stack";
	for (size_t i = 0; i < p->count; i++)
		if (is_measured(&p->claims[i]))
			add_claim(&t, &p->claims[i]);
	table_html(h, &t, "Published against measured", NULL);
	table_release(&t);
}

static void clock_line(struct html *h, const struct published *p, const char *clock)
{
	if (!strcmp(clock, "instruction")) {
		html_element(h, "p", "soft",
			     "Measured on the instruction clock: one instruction of the guest is "
			     "one nanosecond, exact and the same on any host. It does not see "
			     "cache misses or memory bandwidth: compare the changes with the "
			     "published ones, not the times.");
		if (has_cycles(p))
			html_element(
				h, "p", "soft",
				"Estimated cycles add what the misses of a model of caches and TLBs "
				"would cost, those of a Xeon E5 v4, one after the other: nothing "
				"overlaps, and of the prefetchers it has the L2's streamer only. "
				"Below is the factor against that of the claim.");
	} else {
		html_element(h, "p", "soft",
			     "Measured on the wall clock of this host: compare the changes with "
			     "the published ones, not the times.");
	}
}

static void data_row(struct table *t, const struct claim *c, const struct claim_row *row)
{
	const struct comparison *found = row->found;

	table_row(t, NULL);
	table_text(t, c->title);
	table_text(t, c->id);
	table_figure(t, c->unit ? c->unit : "", c->base);
	table_figure(t, c->unit ? c->unit : "", c->new);
	table_text(t, c->unit);
	table_text(t, row->base);
	table_text(t, row->new);
	table_text(t, row->workload);
	table_text(t, row->metric);
	table_figure(t, "", found ? found->base : NAN);
	table_figure(t, "", found ? found->new : NAN);
	table_text(t, found ? found->unit : "");
	table_percent(t, found ? found->delta_pct : NAN, VERDICT_SAME);
	table_text(t, found ? verdict_name(found->verdict) : "not measured");
}

int published_files(struct folder *f, const struct published *p, const char *name)
{
	static const struct table_column columns[] = {
		{ .key = "claim" },
		{ .key = "source" },
		{ .key = "published_base" },
		{ .key = "published_new" },
		{ .key = "published_unit" },
		{ .key = "base" },
		{ .key = "new" },
		{ .key = "workload" },
		{ .key = "metric" },
		{ .key = "measured_base" },
		{ .key = "measured_new" },
		{ .key = "measured_unit" },
		{ .key = "delta_pct" },
		{ .key = "verdict" },
	};
	struct table t;
	int ret;

	table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < p->count; i++)
		for (size_t k = 0; k < p->claims[i].row_count; k++)
			data_row(&t, &p->claims[i], &p->claims[i].rows[k]);
	ret = table_files(f, &t, name);
	table_release(&t);
	return ret;
}

void page_published(struct html *h, const struct published *p, const struct db_side *side,
		    const struct page_links *links)
{
	static const char title[] = "Published against measured";

	page_session_frame(h, title, side, links, title);
	html_open(h, "header");
	html_open(h, "p", "class", "small soft");
	html_textf(h, "%s · target %s · %s", side->plan, side->target, side->started);
	html_close(h, "p");
	html_element(h, "h1", NULL, title);
	clock_line(h, p, side->clock);
	html_close(h, "header");
	show_claims(h, p);
	if (links->root)
		page_data_links(h, "published");
	frame_close(h);
}
