// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The front page of a session with several bases: a line per comparison and headline figure, with
 * links to the pages that have the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "lib/alloc.h"
#include "lib/strbuf.h"
#include "page-compare.h"
#include "page.h"
#include "table.h"

static void add_line(struct table *t, const struct comparison *c)
{
	char *figure = xasprintf("%s %s", c->workload, c->metric);

	table_row(t, NULL);
	table_text(t, figure);
	table_scaled(t, c->unit, c->base, c->base);
	table_scaled(t, c->unit, c->new, c->base);
	table_percent(t, c->delta_pct, c->verdict);
	table_verdict(t, c->verdict);
	free(figure);
}

static void comparison_table(struct html *h, const struct judgement *j)
{
	static const struct table_column columns[] = {
		{ "metric", "metric", false },	 { "before", "before", false },
		{ "after", "after", false },	 { "change", "change", false },
		{ "verdict", "verdict", false },
	};
	char *verdict = judgement_verdict(j);
	struct table t;

	table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	t.caption = verdict;
	for (size_t i = 0; i < j->count; i++)
		if (j->items[i].headline)
			add_line(&t, &j->items[i]);
	if (!t.count)
		table_note(&t, NULL, "No figures: see the findings.");
	table_html(h, &t, verdict, NULL);
	table_release(&t);
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
