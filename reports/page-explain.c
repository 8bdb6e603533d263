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

static const struct explanation *find(const struct judgement *j, const char *workload)
{
	for (size_t i = 0; i < j->explanation_count; i++)
		if (!strcmp(j->explanations[i].workload, workload))
			return &j->explanations[i];
	return NULL;
}

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
	figure_cell(h, r->base_calls, false);
	figure_cell(h, r->new_calls, false);
	html_close(h, "tr");
}

static void sum_row(struct html *h, const struct explanation *e, const char *name, double base,
		    double new, double delta)
{
	html_open(h, "tr", "class", "headline");
	html_element(h, "th", NULL, name);
	figure_cell(h, base, false);
	figure_cell(h, new, false);
	figure_cell(h, delta, true);
	share_cell(h, e, delta);
	html_element(h, "td", NULL, "");
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
	static const char *const headings[] = { "base",	   "new",	  "difference",
						"of base", "calls, base", "calls, new",
						NULL };

	page_open_scroll(h, label);
	html_open(h, "table");
	html_open(h, "caption");
	html_textf(h, "Instructions per %s: the functions that make the difference", e->operation);
	html_close(h, "caption");
	html_open(h, "thead");
	html_open(h, "tr");
	html_element(h, "th", NULL, "function");
	for (size_t i = 0; headings[i]; i++)
		html_element(h, "th", NULL, headings[i]);
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

void page_explain(struct page *p, size_t judgement, const char *workload)
{
	const struct explanation *e = find(&p->list[judgement], workload);
	char *label, *words;

	if (!e)
		return;
	label = xasprintf("%s, functions: %s against %s", workload, p->columns[judgement + 1].name,
			  p->columns[0].name);
	words = explanation_words(e, UNIT_TYPOGRAPHIC);
	html_element(p->h, "h3", NULL, "Why");
	html_element(p->h, "p", NULL, words);
	if (e->changed > 0)
		table(p->h, e, label);
	flame(p->h, judgement, e);
	free(words);
	free(label);
}
