// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The front page of a session with several bases: a line per comparison and headline figure, with
 * links to the pages that have the rest.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "lib/strbuf.h"
#include "page.h"
#include "page-compare.h"
#include "units.h"

static void figure_cell(struct html *h, const struct comparison *c, double value)
{
	struct unit_scale scale = unit_scale(c->unit, isnan(c->base) ? c->new : c->base);
	struct strbuf text = STRBUF_INIT;

	unit_format_scaled(&text, c->unit, value, &scale, UNIT_TYPOGRAPHIC);
	html_element(h, "td", NULL, text.data);
	strbuf_release(&text);
}

static void line(struct html *h, const struct comparison *c)
{
	html_open(h, "tr");
	html_open(h, "th", "scope", "row");
	html_textf(h, "%s %s", c->workload, c->metric);
	html_close(h, "th");
	figure_cell(h, c, c->base);
	figure_cell(h, c, c->new);
	page_delta(h, "td", "", c);
	html_open(h, "td");
	page_badge(h, c->verdict);
	html_close(h, "td");
	html_close(h, "tr");
}

static void rows(struct html *h, const struct judgement *j)
{
	size_t headlines = 0;

	for (size_t i = 0; i < j->count; i++) {
		headlines += j->items[i].headline;
		if (j->items[i].headline)
			line(h, &j->items[i]);
	}
	if (headlines)
		return;
	html_open(h, "tr");
	html_open(h, "td", "colspan", "5", "class", "words soft");
	html_text(h, "No figures: see the findings.");
	html_close(h, "td");
	html_close(h, "tr");
}

static void comparison_table(struct html *h, const struct judgement *j)
{
	static const char *const headings[] = { "metric", "before",  "after",
						"change", "verdict", NULL };
	char *verdict = judgement_verdict(j);

	page_open_scroll(h, verdict);
	html_open(h, "table");
	html_element(h, "caption", NULL, verdict);
	html_open(h, "thead");
	html_open(h, "tr");
	for (size_t i = 0; headings[i]; i++)
		html_element(h, "th", NULL, headings[i]);
	html_close(h, "tr");
	html_close(h, "thead");
	html_open(h, "tbody");
	rows(h, j);
	html_close(h, "tbody");
	html_close(h, "table");
	html_close(h, "div");
	free(verdict);
}

static void group_section(struct html *h, const struct page_group *g)
{
	struct strbuf title = STRBUF_INIT;

	html_open(h, "section");
	html_open(h, "h2");
	html_open(h, "a", "href", g->href);
	for (size_t i = 0; i < g->count; i++)
		strbuf_addf(&title, "%s%s", i ? ", " : "", g->list[i].new.spec);
	html_textf(h, "%s against %s", title.data, g->list[0].base.spec);
	html_close(h, "a");
	html_close(h, "h2");
	for (size_t i = 0; i < g->count; i++)
		comparison_table(h, &g->list[i]);
	html_close(h, "section");
	strbuf_release(&title);
}

void page_overview(struct html *h, const struct page_group *groups, size_t count,
		   const struct page_links *links)
{
	const struct db_side *side = &groups[0].list[0].base;
	size_t comparisons = 0;

	for (size_t i = 0; i < count; i++)
		comparisons += groups[i].count;
	page_session_frame(h, side->plan, side, links, NULL);
	html_open(h, "header");
	html_open(h, "p", "class", "small soft");
	html_textf(h, "%s · target %s · %s", side->plan, side->target, side->started);
	if (links->runs) {
		html_text(h, " · ");
		html_open(h, "a", "href", links->runs);
		html_text(h, "runs");
		html_close(h, "a");
	}
	html_close(h, "p");
	html_open(h, "h1");
	html_textf(h, "%s: %zu comparisons", side->plan, comparisons);
	html_close(h, "h1");
	if (links->published) {
		html_open(h, "p", "class", "lead");
		html_open(h, "a", "href", links->published);
		html_text(h, "Published against measured");
		html_close(h, "a");
		html_close(h, "p");
	}
	html_close(h, "header");
	for (size_t i = 0; i < count; i++)
		group_section(h, &groups[i]);
	frame_close(h);
}
