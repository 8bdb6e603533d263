// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The functions behind a difference, on the page of a session.
 */
#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "lib/alloc.h"
#include "lib/strbuf.h"
#include "page-compare.h"
#include "units.h"

static void figure_cell(struct html *h, double value, bool sign)
{
	struct strbuf text = STRBUF_INIT;

	explain_figure(&text, value, sign, UNIT_TYPOGRAPHIC);
	html_element(h, "td", NULL, text.data);
	strbuf_release(&text);
}

static void share_cell(struct html *h, const struct explanation *e, double delta)
{
	struct strbuf text = STRBUF_INIT;

	unit_format_pct(&text, e->base_total > 0 ? 100 * delta / e->base_total : 0,
			UNIT_TYPOGRAPHIC);
	html_element(h, "td", NULL, text.data);
	strbuf_release(&text);
}

/* Of the events of the caches there is room for these. */
#define SHOWN_EVENTS 3
static const enum cached_event shown_events[SHOWN_EVENTS] = { CACHED_L1D, CACHED_L2, CACHED_LLC };

static const char *const instruction_headings[] = { "base",    "new",	      "difference",
						    "of base", "calls, base", "calls, new",
						    NULL };
static const char *const cycle_headings[] = { "base",
					      "new",
					      "difference",
					      "of base",
					      "L1D misses, base",
					      "L1D misses, new",
					      "L2 misses, base",
					      "L2 misses, new",
					      "memory, base",
					      "memory, new",
					      NULL };

static const char *const *headings_of(const struct explanation *e)
{
	return e->clock == EXPLAIN_CYCLES ? cycle_headings : instruction_headings;
}

static void function_row(struct html *h, const struct explanation *e, const struct explain_row *r)
{
	const char *state = explain_state_name(r->state);

	html_open(h, "tr");
	html_open(h, "th", "scope", "row", "title", *r->object ? r->object : NULL);
	html_textf(h, "  %s", r->name);
	if (*state) {
		html_open(h, "span", "class", "soft");
		html_textf(h, " (%s%s%s)", state, r->partner ? "; see also " : "",
			   r->partner ? r->partner->name : "");
		html_close(h, "span");
	}
	html_close(h, "th");
	figure_cell(h, r->base, false);
	figure_cell(h, r->new, false);
	figure_cell(h, r->delta, true);
	share_cell(h, e, r->delta);
	if (e->clock == EXPLAIN_INSTRUCTIONS) {
		figure_cell(h, r->base_calls, false);
		figure_cell(h, r->new_calls, false);
	}
	for (size_t i = 0; e->clock == EXPLAIN_CYCLES && i < SHOWN_EVENTS; i++) {
		figure_cell(h, r->base_events[shown_events[i]], false);
		figure_cell(h, r->new_events[shown_events[i]], false);
	}
	html_close(h, "tr");
}

#define SUMMED 4 /* columns that a sum has */

static void sum_row(struct html *h, const struct explanation *e, const char *name, double base,
		    double new, double delta)
{
	html_open(h, "tr", "class", "headline");
	html_element(h, "th", NULL, name);
	figure_cell(h, base, false);
	figure_cell(h, new, false);
	figure_cell(h, delta, true);
	share_cell(h, e, delta);
	for (size_t i = SUMMED; headings_of(e)[i]; i++)
		html_element(h, "td", NULL, "");
	html_close(h, "tr");
}

/* A group's sum, and those of its functions that matter. */
static void group_rows(struct html *h, const struct explanation *e, const struct explain_group *g)
{
	bool any = false;

	for (size_t i = 0; i < e->telling; i++) {
		const struct explain_row *r = &e->rows[i];
		char *subsystem = explain_subsystem(r->object, r->user);

		if (!strcmp(subsystem, g->name)) {
			if (!any)
				sum_row(h, e, g->name, g->base, g->new, g->delta);
			any = true;
			function_row(h, e, r);
		}
		free(subsystem);
	}
}

static void table(struct html *h, const struct explanation *e, const char *label)
{
	page_open_scroll(h, label);
	html_open(h, "table");
	html_open(h, "caption");
	html_textf(h, "%s per %s: the functions that make the difference",
		   e->clock == EXPLAIN_CYCLES ? "Estimated cycles" : "Instructions", e->operation);
	html_close(h, "caption");
	html_open(h, "thead");
	html_open(h, "tr");
	html_element(h, "th", NULL, "function");
	for (size_t i = 0; headings_of(e)[i]; i++)
		html_element(h, "th", NULL, headings_of(e)[i]);
	html_close(h, "tr");
	html_close(h, "thead");
	html_open(h, "tbody");
	for (size_t i = 0; i < e->group_count; i++)
		group_rows(h, e, &e->groups[i]);
	sum_row(h, e, "all", e->base_total, e->new_total, e->delta);
	html_close(h, "tbody");
	html_close(h, "table");
	html_close(h, "div");
}

char *page_flame_name(size_t judgement, const char *workload)
{
	char *rest = xasprintf("calls-%zu", judgement + 1);
	char *stem = gnuplot_stem(workload, rest);
	char *name = xasprintf("%s.svg", stem);

	free(stem);
	free(rest);
	return name;
}

/* As a picture it only shows; opened by itself it can be searched. */
static void flame(struct html *h, size_t judgement, const struct explanation *e)
{
	char *name;

	if (!e->base_calls.count || !e->new_calls.count)
		return;
	name = page_flame_name(judgement, e->workload);
	html_open(h, "figure");
	html_open(h, "figcaption");
	html_element(h, "span", NULL, "calls: red takes more on the new side, blue takes less");
	html_open(h, "span", "class", "soft");
	html_open(h, "a", "href", name);
	html_text(h, "open, search and zoom");
	html_close(h, "a");
	html_close(h, "span");
	html_close(h, "figcaption");
	html_open(h, "a", "href", name);
	html_void(h, "img", "src", name, "alt",
		  "flame graph: the same functions as in the table above, on their callers");
	html_close(h, "a");
	html_close(h, "figure");
	free(name);
}

static void section(struct page *p, size_t judgement, const struct explanation *e)
{
	bool cycles = e->clock == EXPLAIN_CYCLES;
	char *label = xasprintf("%s, functions%s: %s against %s", e->workload,
				cycles ? " by estimated cycles" : "",
				p->columns[judgement + 1].name, p->columns[0].name);
	char *words = explanation_words(e, UNIT_TYPOGRAPHIC);

	html_element(p->h, "h3", NULL, cycles ? "Why, with caches" : "Why");
	html_element(p->h, "p", NULL, words);
	if (e->changed > 0)
		table(p->h, e, label);
	if (!cycles)
		flame(p->h, judgement, e);
	free(words);
	free(label);
}

void page_explain(struct page *p, size_t judgement, const char *workload)
{
	const struct judgement *j = &p->list[judgement];

	for (size_t i = 0; i < j->explanation_count; i++)
		if (!strcmp(j->explanations[i].workload, workload))
			section(p, judgement, &j->explanations[i]);
}
