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
#include "page.h"
#include "page-compare.h"
#include "published.h"
#include "table.h"
#include "units.h"

#define COLUMNS	   "6"
#define FACTOR_MIN 2.0 /* from here on a factor says more than a percentage */

static void cell_figure(struct html *h, const char *unit, double value)
{
	struct strbuf text = STRBUF_INIT;

	unit_format(&text, unit, value, UNIT_TYPOGRAPHIC);
	html_element(h, "td", NULL, text.data);
	strbuf_release(&text);
}

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

static void cell_change(struct html *h, const char *class, double base, double new)
{
	struct strbuf text = STRBUF_INIT;

	format_change(&text, base, new);
	html_element(h, "td", class, text.data);
	strbuf_release(&text);
}

static const char *class_of(const struct comparison *c)
{
	switch (c->verdict) {
	case VERDICT_BETTER:
		return "proven better";
	case VERDICT_WORSE:
		return "proven worse";
	default:
		return NULL;
	}
}

static void claim_line(struct html *h, const struct claim *c)
{
	html_open(h, "tr", "class", "claim");
	html_open(h, "th", "scope", "rowgroup");
	html_text(h, c->title);
	html_close(h, "th");
	if (isnan(c->base)) {
		html_open(h, "td", "colspan", "3", "class", "words");
		html_text(h, c->words);
		html_close(h, "td");
	} else {
		cell_figure(h, c->unit, c->base);
		cell_figure(h, c->unit, c->new);
		cell_change(h, NULL, c->base, c->new);
	}
	html_element(h, "td", NULL, "");
	html_element(h, "td", "soft", "published");
	html_close(h, "tr");
}

static void note_line(struct html *h, const char *class, const char *note)
{
	html_open(h, "tr", "class", class);
	html_open(h, "td", "colspan", COLUMNS, "class", "words soft");
	html_text(h, note);
	html_close(h, "td");
	html_close(h, "tr");
}

static void source_line(struct html *h, const struct claim *c)
{
	html_open(h, "tr", "class", "note");
	html_open(h, "td", "colspan", COLUMNS, "class", "words soft");
	html_textf(h, "%s ", c->source);
	html_element(h, "code", NULL, c->id);
	if (c->hardware)
		html_textf(h, "; on %s", c->hardware);
	html_close(h, "td");
	html_close(h, "tr");
}

static void interval_cell(struct html *h, const struct comparison *c)
{
	struct strbuf text = STRBUF_INIT;

	if (isnan(c->ci_pct[0])) {
		strbuf_adds(&text, "no interval");
	} else if (c->ci_pct[0] == c->ci_pct[1]) {
		strbuf_adds(&text, "exact");
	} else {
		unit_format_pct(&text, c->ci_pct[0], UNIT_TYPOGRAPHIC);
		strbuf_adds(&text, " … ");
		unit_format_pct(&text, c->ci_pct[1], UNIT_TYPOGRAPHIC);
	}
	html_element(h, "td", NULL, text.data);
	strbuf_release(&text);
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

static void cell_cycles(struct html *h, const struct claim *claim, const struct claim_row *row)
{
	const struct comparison *c = row->found_cycles;
	struct strbuf near = STRBUF_INIT, change = STRBUF_INIT;

	if (!c) {
		html_element(h, "td", "soft", "");
		return;
	}
	format_change(&change, c->base, c->new);
	nearness(&near, claim, c->base, c->new);
	html_open(h, "td");
	html_text(h, change.data);
	if (near.len) {
		html_void(h, "br");
		html_open(h, "span", "class", "soft");
		html_text(h, near.data);
		html_close(h, "span");
	}
	html_close(h, "td");
	strbuf_release(&near);
	strbuf_release(&change);
}

static void row_line(struct html *h, const struct claim *claim, const struct claim_row *row)
{
	const struct comparison *c = row->found;

	html_open(h, "tr");
	html_open(h, "th", "scope", "row");
	html_textf(h, "%s → %s", row->base, row->new);
	html_void(h, "br");
	html_open(h, "span", "class", "soft");
	html_textf(h, "%s %s", row->workload, row->metric);
	html_close(h, "span");
	html_close(h, "th");
	if (c) {
		cell_figure(h, c->unit, c->base);
		cell_figure(h, c->unit, c->new);
		cell_change(h, class_of(c), c->base, c->new);
		cell_cycles(h, claim, row);
		interval_cell(h, c);
	} else {
		html_open(h, "td", "colspan", "5", "class", "soft");
		html_text(h, "not measured in this session");
		html_close(h, "td");
	}
	html_close(h, "tr");
	if (c && row->note)
		note_line(h, "note", row->note);
}

static bool is_measured(const struct claim *c)
{
	for (size_t i = 0; i < c->row_count; i++)
		if (c->rows[i].found)
			return true;
	return false;
}

static void claim_body(struct html *h, const struct claim *c)
{
	html_open(h, "tbody");
	claim_line(h, c);
	source_line(h, c);
	for (size_t i = 0; i < c->row_count; i++)
		row_line(h, c, &c->rows[i]);
	if (c->note)
		note_line(h, "note", c->note);
	html_close(h, "tbody");
}

static void table(struct html *h, const struct published *p)
{
	static const char *const headings[] = { "claim, and what was measured of it",
						"before",
						"after",
						"change",
						"estimated cycles",
						"interval",
						NULL };

	page_open_scroll(h, "Published against measured");
	html_open(h, "table", "class", "claims");
	html_open(h, "thead");
	html_open(h, "tr");
	for (size_t i = 0; headings[i]; i++)
		html_element(h, "th", NULL, headings[i]);
	html_close(h, "tr");
	html_close(h, "thead");
	for (size_t i = 0; i < p->count; i++)
		if (is_measured(&p->claims[i]))
			claim_body(h, &p->claims[i]);
	html_close(h, "table");
	html_close(h, "div");
}

static void clock_line(struct html *h, const char *clock)
{
	if (strcmp(clock, "instruction") == 0) {
		html_element(h, "p", "soft",
			     "Measured on the instruction clock: one instruction of the guest is "
			     "one nanosecond, exact and the same on any host. It does not see "
			     "cache misses or memory bandwidth: compare the changes with the "
			     "published ones, not the times.");
		html_element(h, "p", "soft",
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
	clock_line(h, side->clock);
	html_close(h, "header");
	table(h, p);
	if (links->root)
		page_data_links(h, "published");
	frame_close(h);
}
