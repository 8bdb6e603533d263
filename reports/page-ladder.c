// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page of a ladder: what each patch of a series changes.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"
#include "frame.h"
#include "ladder.h"
#include "lib/alloc.h"
#include "lib/strbuf.h"
#include "page.h"
#include "page-compare.h"
#include "units.h"

static const char *class_of(const struct ladder_step *s)
{
	switch (s->comparison->verdict) {
	case VERDICT_BETTER:
		return "proven better";
	case VERDICT_WORSE:
		return "proven worse";
	default:
		return "soft";
	}
}

static void step_cell(struct html *h, const struct ladder_step *s)
{
	struct strbuf text = STRBUF_INIT;

	unit_format_pct(&text, s->change_pct, UNIT_TYPOGRAPHIC);
	html_open(h, "td", "class", class_of(s));
	html_text(h, text.data);
	if (s->ci_pct[0] < s->ci_pct[1]) {
		strbuf_reset(&text);
		unit_format_pct(&text, s->ci_pct[0], UNIT_TYPOGRAPHIC);
		strbuf_adds(&text, " … ");
		unit_format_pct(&text, s->ci_pct[1], UNIT_TYPOGRAPHIC);
		html_void(h, "br");
		html_element(h, "span", "soft small", text.data);
	}
	if (s->comparison->verdict == VERDICT_UNPROVEN) {
		html_void(h, "br");
		html_element(h, "span", "soft small", "unproven");
	}
	html_close(h, "td");
	strbuf_release(&text);
}

static void patch_cell(struct html *h, const struct ladder *l, const struct ladder_line *line,
		       size_t patch)
{
	const struct ladder_step *s = ladder_step_of(line, patch);
	char *text;

	if (s && s->last == patch) {
		step_cell(h, s);
		return;
	}
	text = s ? xasprintf("with %zu/%zu", s->last, l->patches.count) : xstrdup("no figure");
	html_element(h, "td", "soft", text);
	free(text);
}

/* Whether the line is in the table of the workload. */
static bool belongs(const struct ladder_line *line, const char *workload, bool all)
{
	return !strcmp(line->workload, workload) && (all || line->headline);
}

static void patch_row(struct html *h, const struct ladder *l, const char *workload, bool all,
		      size_t patch)
{
	html_open(h, "tr");
	html_open(h, "th", "scope", "row");
	html_textf(h, "%zu/%zu  %s", patch, l->patches.count, l->patches.items[patch - 1]);
	html_close(h, "th");
	for (size_t i = 0; i < l->count; i++)
		if (belongs(&l->lines[i], workload, all))
			patch_cell(h, l, &l->lines[i], patch);
	html_close(h, "tr");
}

static void figure_row(struct html *h, const struct ladder *l, const char *workload, bool all)
{
	struct strbuf text = STRBUF_INIT;

	html_open(h, "tr");
	html_element(h, "th", NULL, "base");
	for (size_t i = 0; i < l->count; i++) {
		const struct ladder_line *line = &l->lines[i];

		if (!belongs(line, workload, all))
			continue;
		strbuf_reset(&text);
		unit_format(&text, line->unit, line->whole.comparison->base, UNIT_TYPOGRAPHIC);
		html_element(h, "td", NULL, text.data);
	}
	html_close(h, "tr");
	strbuf_release(&text);
}

static void whole_row(struct html *h, const struct ladder *l, const char *workload, bool all)
{
	html_open(h, "tr", "class", "headline");
	html_element(h, "th", NULL, "all patches");
	for (size_t i = 0; i < l->count; i++)
		if (belongs(&l->lines[i], workload, all))
			step_cell(h, &l->lines[i].whole);
	html_close(h, "tr");
}

static void table(struct html *h, const struct ladder *l, const char *workload, bool all)
{
	char *label = xasprintf("%s, patch by patch", workload);

	page_open_scroll(h, label);
	html_open(h, "table", "class", "claims stack");
	html_open(h, "thead");
	html_open(h, "tr");
	html_element(h, "th", NULL, "patch");
	for (size_t i = 0; i < l->count; i++)
		if (belongs(&l->lines[i], workload, all)) {
			html_open(h, "th", "scope", "col");
			html_textf(h, "%s %s", l->lines[i].metric,
				   l->lines[i].better == BETTER_HIGHER ? "↑" : "↓");
			html_close(h, "th");
		}
	html_close(h, "tr");
	html_close(h, "thead");
	html_open(h, "tbody");
	figure_row(h, l, workload, all);
	for (size_t patch = 1; patch <= l->patches.count; patch++)
		patch_row(h, l, workload, all, patch);
	whole_row(h, l, workload, all);
	html_close(h, "tbody");
	html_close(h, "table");
	html_close(h, "div");
	free(label);
}

static void section(struct html *h, const struct ladder *l, const struct ladder_line *line,
		    const struct plots *plots, bool all)
{
	html_open(h, "section");
	html_element(h, "h2", NULL, line->workload);
	html_element(h, "p", "soft", line->title);
	table(h, l, line->workload, all);
	html_open(h, "div", "class", "plots");
	for (size_t i = 0; i < plots->count; i++)
		if (!strcmp(plots->items[i].workload, line->workload))
			page_picture(h, &plots->items[i]);
	html_close(h, "div");
	html_close(h, "section");
}

static void faults(struct html *h, const struct ladder *l)
{
	if (!l->fault_count)
		return;
	html_element(h, "h2", NULL, "Kernels without figures");
	html_open(h, "ul", "class", "findings");
	for (size_t i = 0; i < l->fault_count; i++) {
		char *text = ladder_fault_sentence(l, &l->faults[i]);

		html_element(h, "li", NULL, text);
		free(text);
	}
	html_close(h, "ul");
}

static void warnings(struct html *h, const struct ladder *l)
{
	for (size_t i = 0; i < l->list.count; i++)
		for (size_t k = 0; k < l->list.items[i].warnings.count; k++)
			html_element(h, "p", "notice", l->list.items[i].warnings.items[k]);
}

void page_ladder(struct html *h, const struct ladder *l, const struct plots *plots, bool all)
{
	const struct db_side *base = &l->sides.items[0];
	char *title = xasprintf("%s, patch by patch", l->name);
	char *sentence = ladder_sentence(l, UNIT_TYPOGRAPHIC);
	const struct frame frame = { .title = title };

	frame_open(h, &frame);
	html_open(h, "header");
	html_open(h, "p", "class", "small soft");
	html_textf(h, "kab · ladder on %s (Linux %s) · target %s · %s", base->spec, base->release,
		   base->target, base->started);
	html_close(h, "p");
	html_element(h, "h1", NULL, title);
	html_element(h, "p", "lead", sentence);
	html_element(
		h, "p", "soft",
		ladder_exact(l)
			? "Instruction clock: one instruction of the guest is one nanosecond. "
			  "Changes are in per cent of the base, and those of all patches add up "
			  "to the whole."
			: "Wall clock: changes are in per cent of the base, with intervals of "
			  "95 %, and only nearly add up to the whole.");
	html_close(h, "header");
	warnings(h, l);
	for (size_t i = 0; i < l->count; i++)
		if (i == 0 || strcmp(l->lines[i].workload, l->lines[i - 1].workload) != 0)
			section(h, l, &l->lines[i], plots, all);
	faults(h, l);
	html_element(h, "footer", "small soft", base->session);
	frame_close(h);
	free(sentence);
	free(title);
}

int ladder_html(const char *dir, const struct ladder *l, bool all)
{
	struct plots plots = { 0 };
	struct html h = HTML_INIT;
	struct folder f;
	int ret = folder_open_alone(&f, dir);

	if (ret == 0) {
		folder_begin(&f, "ladder", NULL);
		ret = plots_draw_ladder(&f, l, &plots);
	}
	if (ret == 0) {
		page_ladder(&h, l, &plots, all);
		ret = folder_write(&f, "index.html", h.out.data, h.out.len);
	}
	html_release(&h);
	plots_release(&plots);
	folder_release(&f);
	return ret;
}
