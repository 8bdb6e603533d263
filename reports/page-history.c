// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page of a plan's nights: how far its verdicts can be believed, and when its figures changed.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/strbuf.h"
#include "page.h"
#include "page-compare.h"
#include "units.h"

static void cell_pct(struct html *h, double pct)
{
	struct strbuf text = STRBUF_INIT;

	unit_format_pct(&text, pct, UNIT_TYPOGRAPHIC);
	html_element(h, "td", NULL, text.data);
	strbuf_release(&text);
}

static void cell_figure(struct html *h, const char *unit, double value)
{
	struct strbuf text = STRBUF_INIT;

	unit_format(&text, unit, value, UNIT_TYPOGRAPHIC);
	html_element(h, "td", NULL, text.data);
	strbuf_release(&text);
}

static void open_table(struct html *h, const char *label, const char *const *headings)
{
	page_open_scroll(h, label);
	html_open(h, "table");
	html_open(h, "thead");
	html_open(h, "tr");
	for (; *headings; headings++)
		html_element(h, "th", NULL, *headings);
	html_close(h, "tr");
	html_close(h, "thead");
	html_open(h, "tbody");
}

static void close_table(struct html *h)
{
	html_close(h, "tbody");
	html_close(h, "table");
	html_close(h, "div");
}

/* --- a kernel against itself -------------------------------------------------------------------- */

static void check_row(struct html *h, const struct self_check *c)
{
	html_open(h, "tr");
	html_open(h, "th", "scope", "row");
	html_textf(h, "%.10s", c->started);
	html_close(h, "th");
	html_open(h, "td");
	html_textf(h, "%zu of %zu", c->alarms, c->figures);
	html_close(h, "td");
	if (isnan(c->smallest_pct))
		html_element(h, "td", NULL, "none: too few boots");
	else
		cell_pct(h, c->smallest_pct);
	html_close(h, "tr");
}

static void self_section(struct html *h, const struct self_checks *c)
{
	static const char *const headings[] = { "night", "called different",
						"smallest effect that would be proven", NULL };

	html_open(h, "section", "id", "self-check");
	html_element(h, "h2", NULL, "A kernel against itself");
	if (!c->count) {
		html_element(h, "p", NULL, "No night compared a kernel with itself.");
	} else {
		html_open(h, "p");
		html_textf(
			h,
			"Where there is nothing to find, %zu of %zu headline figures were called "
			"better or worse (%.2f %%).",
			c->alarms, c->figures, 100 * (double)c->alarms / (double)c->figures);
		html_close(h, "p");
		open_table(h, "Comparisons of a kernel with itself", headings);
		for (size_t i = 0; i < c->count; i++)
			check_row(h, &c->items[i]);
		close_table(h);
	}
	html_close(h, "section");
}

/* --- change points ----------------------------------------------------------------------------- */

static void change_row(struct html *h, const struct history_line *l, size_t i)
{
	struct history_change c = history_change(l, i);

	html_open(h, "tr");
	html_open(h, "th", "scope", "row");
	html_textf(h, "%.10s", c.after->started);
	html_close(h, "th");
	html_open(h, "td");
	html_textf(h, "%s %s", l->line->workload, l->line->metric);
	html_close(h, "td");
	html_element(h, "td", NULL, l->line->spec);
	cell_figure(h, l->line->unit, c.from);
	cell_figure(h, l->line->unit, c.to);
	cell_pct(h, c.delta_pct);
	html_open(h, "td");
	page_badge(h, c.verdict);
	html_close(h, "td");
	html_open(h, "td");
	if (strcmp(c.before->kernel, c.after->kernel) != 0)
		html_textf(h, "%s (%.12s) → %s (%.12s)", c.before->release, c.before->kernel,
			   c.after->release, c.after->kernel);
	else
		html_text(h, "the same");
	html_close(h, "td");
	html_close(h, "tr");
}

static void change_section(struct html *h, const struct history *history)
{
	static const char *const headings[] = { "night", "figure", "kernel",  "before", "after",
						"size",	 "means",  "kernels", NULL };
	size_t changes = 0;

	for (size_t i = 0; i < history->count; i++)
		changes += history->items[i].start_count;
	html_open(h, "section", "id", "changes");
	html_element(h, "h2", NULL, "Changes");
	html_open(h, "p");
	html_textf(h, "%zu change points in %zu figures.", changes, history->count);
	html_close(h, "p");
	if (changes) {
		open_table(h, "Change points", headings);
		for (size_t i = 0; i < history->count; i++)
			for (size_t k = 0; k < history->items[i].start_count; k++)
				change_row(h, &history->items[i], k);
		close_table(h);
	}
	html_close(h, "section");
}

static void newest_section(struct html *h, const struct history *history)
{
	static const char *const headings[] = { "figure", "kernel",	"nights", "level",
						"newest", "difference", "means",  NULL };

	html_open(h, "section", "id", "newest");
	html_element(h, "h2", NULL, "The newest night against the level since the last change");
	open_table(h, "The newest night", headings);
	for (size_t i = 0; i < history->count; i++) {
		const struct history_line *l = &history->items[i];

		if (!l->count)
			continue;
		html_open(h, "tr");
		html_open(h, "th", "scope", "row");
		html_textf(h, "%s %s", l->line->workload, l->line->metric);
		html_close(h, "th");
		html_element(h, "td", NULL, l->line->spec);
		html_open(h, "td");
		html_textf(h, "%zu", l->level_nights);
		html_close(h, "td");
		cell_figure(h, l->line->unit, l->level);
		cell_figure(h, l->line->unit, l->values[l->count - 1]);
		cell_pct(h, l->delta_pct);
		html_open(h, "td");
		page_badge(h, l->verdict);
		html_close(h, "td");
		html_close(h, "tr");
	}
	close_table(h);
	html_close(h, "section");
}

void page_history(struct html *h, const struct history *history, const struct self_checks *checks)
{
	page_head(h, "History");
	html_open(h, "body");
	html_open(h, "main");
	html_open(h, "header");
	html_open(h, "p", "class", "small soft");
	html_text(h, "kab · ");
	html_open(h, "a", "href", "index.html");
	html_text(h, "the newest night");
	html_close(h, "a");
	html_close(h, "p");
	html_element(h, "h1", NULL, "Nights");
	html_close(h, "header");
	self_section(h, checks);
	change_section(h, history);
	newest_section(h, history);
	html_close(h, "main");
	html_close(h, "body");
	html_close(h, "html");
}
