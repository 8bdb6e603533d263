// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page of a ladder: what each patch of a series changes.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"
#include "frame.h"
#include "gnuplot.h"
#include "ladder.h"
#include "lib/alloc.h"
#include "lib/strbuf.h"
#include "page-compare.h"
#include "page.h"
#include "pictures.h"
#include "units.h"

struct view {
	struct html *h;
	const struct ladder *ladder;
	const struct plots *plots;
	const struct page_links *links;
	bool all; /* not only headline metrics */
};

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

static void patch_cell(const struct view *v, const struct ladder_line *line, size_t patch)
{
	const struct ladder_step *s = ladder_step_of(line, patch);
	char *text;

	if (s && s->last == patch) {
		step_cell(v->h, s);
		return;
	}
	text = s ? xasprintf("with %zu/%zu", s->last, v->ladder->patches.count)
		 : xstrdup("no figure");
	html_element(v->h, "td", "soft", text);
	free(text);
}

/* Whether the line is in the table of the workload. */
static bool belongs(const struct view *v, const struct ladder_line *line, const char *workload)
{
	return !strcmp(line->workload, workload) && (v->all || line->headline);
}

/* On a site it leads to the page of the rung's kernel, which has the patch. */
static void rung_name(const struct view *v, size_t rung, const char *name)
{
	const char *kernels = v->links->kernels;
	char *stem = gnuplot_stem(v->ladder->sides.items[rung].kernel_id, NULL);
	char *href = kernels ? xasprintf("%s%s.html", kernels, stem) : NULL;

	html_open(v->h, "th", "scope", "row");
	if (href)
		html_open(v->h, "a", "href", href);
	html_text(v->h, name);
	if (href)
		html_close(v->h, "a");
	html_close(v->h, "th");
	free(href);
	free(stem);
}

/* Rows have an order of their own: they are not sorted. */
static void patch_row(const struct view *v, const char *workload, size_t patch)
{
	const struct ladder *l = v->ladder;
	char *name = xasprintf("%zu/%zu  %s", patch, l->patches.count, l->patches.items[patch - 1]);

	html_open(v->h, "tr", "class", "fixed");
	rung_name(v, patch, name);
	for (size_t i = 0; i < l->count; i++)
		if (belongs(v, &l->lines[i], workload))
			patch_cell(v, &l->lines[i], patch);
	html_close(v->h, "tr");
	free(name);
}

static void figure_row(const struct view *v, const char *workload)
{
	const struct ladder *l = v->ladder;
	struct strbuf text = STRBUF_INIT;

	html_open(v->h, "tr", "class", "fixed");
	rung_name(v, 0, "base");
	for (size_t i = 0; i < l->count; i++) {
		const struct ladder_line *line = &l->lines[i];

		if (!belongs(v, line, workload))
			continue;
		strbuf_reset(&text);
		unit_format(&text, line->unit, line->whole.comparison->base, UNIT_TYPOGRAPHIC);
		html_element(v->h, "td", NULL, text.data);
	}
	html_close(v->h, "tr");
	strbuf_release(&text);
}

static void whole_row(const struct view *v, const char *workload)
{
	html_open(v->h, "tr", "class", "fixed headline");
	html_element(v->h, "th", NULL, "all patches");
	for (size_t i = 0; i < v->ladder->count; i++)
		if (belongs(v, &v->ladder->lines[i], workload))
			step_cell(v->h, &v->ladder->lines[i].whole);
	html_close(v->h, "tr");
}

static void table(const struct view *v, const char *workload)
{
	const struct ladder *l = v->ladder;
	struct html *h = v->h;
	char *label = xasprintf("%s, patch by patch", workload);

	page_open_scroll(h, label);
	html_open(h, "table", "class", "claims stack");
	html_open(h, "thead");
	html_open(h, "tr");
	html_element(h, "th", NULL, "patch");
	for (size_t i = 0; i < l->count; i++)
		if (belongs(v, &l->lines[i], workload)) {
			html_open(h, "th", "scope", "col");
			html_textf(h, "%s %s", l->lines[i].metric,
				   l->lines[i].better == BETTER_HIGHER ? "↑" : "↓");
			html_close(h, "th");
		}
	html_close(h, "tr");
	html_close(h, "thead");
	html_open(h, "tbody");
	figure_row(v, workload);
	for (size_t patch = 1; patch <= l->patches.count; patch++)
		patch_row(v, workload, patch);
	whole_row(v, workload);
	html_close(h, "tbody");
	html_close(h, "table");
	html_close(h, "div");
	free(label);
}

static void section(const struct view *v, const struct ladder_line *line)
{
	struct html *h = v->h;

	html_open(h, "section");
	html_element(h, "h2", NULL, line->workload);
	html_element(h, "p", "soft", line->title);
	table(v, line->workload);
	html_open(h, "div", "class", "plots");
	for (size_t i = 0; i < v->plots->count; i++)
		if (!strcmp(v->plots->items[i].workload, line->workload))
			page_picture(h, &v->plots->items[i]);
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

static void top(const struct view *v, const char *title)
{
	const struct db_side *base = &v->ladder->sides.items[0];
	char *sentence = ladder_sentence(v->ladder, UNIT_TYPOGRAPHIC);
	struct html *h = v->h;

	html_open(h, "header");
	html_open(h, "p", "class", "small soft");
	html_textf(h, "kab · ladder on %s (Linux %s) · target %s · %s", base->spec, base->release,
		   base->target, base->started);
	html_close(h, "p");
	html_element(h, "h1", NULL, title);
	html_element(h, "p", "lead", sentence);
	html_element(
		h, "p", "soft",
		ladder_exact(v->ladder)
			? "Instruction clock: one instruction of the guest is one nanosecond. "
			  "Changes are in per cent of the base, and those of all patches add up "
			  "to the whole."
			: "Wall clock: changes are in per cent of the base, with intervals of "
			  "95 %, and only nearly add up to the whole.");
	html_close(h, "header");
	free(sentence);
}

static void bottom(const struct view *v)
{
	const struct db_side *base = &v->ladder->sides.items[0];
	struct html *h = v->h;

	if (v->links->root)
		page_data_links(h, "ladder");
	html_open(h, "footer", "class", "small soft");
	html_textf(h, "Session %s", base->session);
	if (v->links->runs) {
		html_text(h, ": ");
		html_open(h, "a", "href", v->links->runs);
		html_text(h, "its runs, with their logs");
		html_close(h, "a");
	}
	html_close(h, "footer");
}

void page_ladder(struct html *h, const struct ladder *l, const struct plots *plots, bool all,
		 const struct page_links *links)
{
	const struct view v = { .h = h, .ladder = l, .plots = plots, .links = links, .all = all };
	char *title = xasprintf("%s, patch by patch", l->name);

	page_cause_frame(h, title, links->root, links->published_site);
	top(&v, title);
	warnings(h, l);
	for (size_t i = 0; i < l->count; i++)
		if (i == 0 || strcmp(l->lines[i].workload, l->lines[i - 1].workload) != 0)
			section(&v, &l->lines[i]);
	faults(h, l);
	bottom(&v);
	frame_close(h);
	free(title);
}

/* --- into a folder ------------------------------------------------------------------------------ */

static int write_page(struct folder *f, const char *dir, const struct ladder *l, bool all,
		      const struct page_links *links)
{
	char *name = folder_name(dir, "index.html");
	struct plots plots = { 0 };
	struct html h = HTML_INIT;
	int ret = plots_draw_ladder(f, dir, l, &plots);

	if (ret == 0) {
		pictures_keep(f, dir, &plots);
		page_ladder(&h, l, &plots, all, links);
		ret = folder_write(f, name, h.out.data, h.out.len);
	}
	html_release(&h);
	plots_release(&plots);
	free(name);
	return ret;
}

int ladder_html(const char *dir, const struct ladder *l, bool all)
{
	const struct page_links alone = { 0 };
	struct folder f;
	int ret = folder_open_alone(&f, dir);

	if (ret == 0) {
		folder_begin(&f, "ladder", NULL);
		ret = write_page(&f, "", l, all, &alone);
	}
	folder_release(&f);
	return ret;
}

static int print_csv(FILE *out, const void *what)
{
	return ladder_csv(out, what, true);
}

static int print_json(FILE *out, const void *what)
{
	return ladder_json(out, what, true);
}

int ladder_pages(struct folder *f, const char *dir, const struct ladder *l,
		 const struct page_links *links)
{
	char *csv = folder_name(dir, "ladder.csv"), *json = folder_name(dir, "ladder.json");
	int ret = folder_print(f, csv, print_csv, l);

	if (ret == 0)
		ret = folder_print(f, json, print_json, l);
	if (ret == 0)
		ret = write_page(f, dir, l, false, links);
	free(csv);
	free(json);
	return ret;
}
