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
#include "table.h"
#include "units.h"

static void figure_cell(struct table *t, double value, bool sign)
{
	struct strbuf text = STRBUF_INIT;

	explain_figure(&text, value, sign, UNIT_TYPOGRAPHIC);
	table_cell(t,
		   &(struct table_cell){ .text = text.data, .number = value, .is_number = true });
	strbuf_release(&text);
}

/* What a function and a sum have. */
static void cost_cells(struct table *t, const struct explanation *e, double base, double new,
		       double delta)
{
	figure_cell(t, base, false);
	figure_cell(t, new, false);
	figure_cell(t, delta, true);
	table_percent(t, e->base_total > 0 ? 100 * delta / e->base_total : 0, VERDICT_UNPROVEN);
}

/* Of the events of the caches there is room for these. */
#define SHOWN_EVENTS 3
static const enum cached_event shown_events[SHOWN_EVENTS] = { CACHED_L1D, CACHED_L2, CACHED_LLC };

static const struct table_column instruction_columns[] = {
	{ "function", "function", false },
	{ "base", "base", false },
	{ "new", "new", false },
	{ "difference", "difference", false },
	{ "share", "of base", false },
	{ "base_calls", "calls, base", false },
	{ "new_calls", "calls, new", false },
};
static const struct table_column cycle_columns[] = {
	{ "function", "function", false },
	{ "base", "base", false },
	{ "new", "new", false },
	{ "difference", "difference", false },
	{ "share", "of base", false },
	{ "base_l1d", "L1D misses, base", false },
	{ "new_l1d", "L1D misses, new", false },
	{ "base_l2", "L2 misses, base", false },
	{ "new_l2", "L2 misses, new", false },
	{ "base_memory", "memory, base", false },
	{ "new_memory", "memory, new", false },
};

static void function_row(struct table *t, const struct explanation *e, const struct explain_row *r)
{
	const char *state = explain_state_name(r->state);
	struct strbuf more = STRBUF_INIT;

	if (*state)
		strbuf_addf(&more, "%s%s%s", state, r->partner ? "; see also " : "",
			    r->partner ? r->partner->name : "");
	table_row(t, NULL);
	table_cell(t, &(struct table_cell){ .text = r->name,
					    .class = "inside",
					    .more = more.len ? more.data : NULL });
	cost_cells(t, e, r->base, r->new, r->delta);
	if (e->clock == EXPLAIN_INSTRUCTIONS) {
		figure_cell(t, r->base_calls, false);
		figure_cell(t, r->new_calls, false);
	}
	for (size_t i = 0; e->clock == EXPLAIN_CYCLES && i < SHOWN_EVENTS; i++) {
		figure_cell(t, r->base_events[shown_events[i]], false);
		figure_cell(t, r->new_events[shown_events[i]], false);
	}
	strbuf_release(&more);
}

static void sum_row(struct table *t, const struct explanation *e, const char *name, double base,
		    double new, double delta)
{
	table_group(t, "headline");
	table_text(t, name);
	cost_cells(t, e, base, new, delta);
	while (t->next < t->column_count)
		table_text(t, "");
}

/* A group's sum, and those of its functions that matter. */
static void group_rows(struct table *t, const struct explanation *e, const struct explain_group *g)
{
	bool any = false;

	for (size_t i = 0; i < e->telling; i++) {
		const struct explain_row *r = &e->rows[i];
		char *subsystem = explain_subsystem(r->object, r->user);

		if (!strcmp(subsystem, g->name)) {
			if (!any)
				sum_row(t, e, g->name, g->base, g->new, g->delta);
			any = true;
			function_row(t, e, r);
		}
		free(subsystem);
	}
}

static void show_table(struct html *h, const struct explanation *e, const char *label)
{
	bool cycles = e->clock == EXPLAIN_CYCLES;
	char *caption = xasprintf("%s per %s: the functions that make the difference",
				  cycles ? "Estimated cycles" : "Instructions", e->operation);
	struct table t;

	if (cycles)
		table_init(&t, cycle_columns, sizeof(cycle_columns) / sizeof(cycle_columns[0]));
	else
		table_init(&t, instruction_columns,
			   sizeof(instruction_columns) / sizeof(instruction_columns[0]));
	t.caption = caption;
	for (size_t i = 0; i < e->group_count; i++)
		group_rows(&t, e, &e->groups[i]);
	sum_row(&t, e, "all", e->base_total, e->new_total, e->delta);
	table_html(h, &t, label, NULL);
	table_release(&t);
	free(caption);
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
		show_table(p->h, e, label);
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
