// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The front page: the newest night of each plan against its reference. What is worse comes first,
 * then what is better, what failed, what is unproven; what is the same is only counted.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "spark.h"
#include "table.h"
#include "trend.h"
#include "units.h"

struct tally {
	size_t verdicts[4], failed;
};

/* --- counting ---------------------------------------------------------------------------------- */

static struct tally count(const struct site_plan *p)
{
	struct tally t = { .failed = p->newest->failed_runs };

	for (size_t k = 0; k < p->judged.count; k++)
		for (size_t i = 0; i < p->judged.items[k].count; i++)
			if (p->judged.items[k].items[i].headline)
				t.verdicts[p->judged.items[k].items[i].verdict]++;
	return t;
}

static void part(struct html *h, size_t n, const char *what, const char *class)
{
	char *classes = xasprintf("badge %s", n ? class : "");
	char *text = xasprintf("%zu %s", n, what);

	html_element(h, "span", classes, text);
	html_text(h, " ");
	free(classes);
	free(text);
}

static void tally_line(struct html *h, const struct tally *t)
{
	html_open(h, "p");
	part(h, t->verdicts[VERDICT_WORSE], "worse", "worse");
	part(h, t->verdicts[VERDICT_BETTER], "better", "better");
	part(h, t->verdicts[VERDICT_UNPROVEN], "unproven", "");
	part(h, t->verdicts[VERDICT_SAME], "the same", "");
	part(h, t->failed, t->failed == 1 ? "run failed" : "runs failed", "worse");
	html_close(h, "p");
}

/* --- rows -------------------------------------------------------------------------------------- */

static void comparison_row(struct table *t, const struct site *s, const struct site_plan *p,
			   const struct judgement *j, const struct comparison *c)
{
	const struct history_line *l = site_line(s, p->name, j->new.spec, c->workload, c->metric);
	char *page = site_trend_page(c->workload, c->metric);
	char *href = l ? xasprintf("%s/%s.html", p->dir, page) : NULL;
	char *figure = xasprintf("%s %s", c->workload, c->metric);
	char *kernels = xasprintf("%s against %s", j->new.spec, j->base.spec);
	char *picture = l ? spark(l) : NULL;

	table_row(t, NULL);
	table_cell(t, &(struct table_cell){ .text = figure, .href = href, .more = kernels });
	table_text(t, p->name);
	table_text(t, j->base.spec);
	table_text(t, j->new.spec);
	table_percent(t, c->delta_pct, c->verdict);
	table_verdict(t, c->verdict);
	table_cell(t, &(struct table_cell){ .picture = picture });
	table_figure(t, c->unit, c->base);
	table_figure(t, c->unit, c->new);
	free(picture);
	free(kernels);
	free(figure);
	free(href);
	free(page);
}

static void verdict_rows(struct table *t, const struct site *s, const struct site_plan *p,
			 enum verdict v)
{
	for (size_t k = 0; k < p->judged.count; k++)
		for (size_t i = 0; i < p->judged.items[k].count; i++) {
			const struct comparison *c = &p->judged.items[k].items[i];

			if (c->headline && c->verdict == v)
				comparison_row(t, s, p, &p->judged.items[k], c);
		}
}

/* The verdicts from `first` to `last`, in the order in which they matter. */
static void fill(struct table *t, const struct site *s, const struct site_plan *p, size_t first,
		 size_t last)
{
	static const struct table_column columns[] = {
		{ "figure", "figure", true },	   { "plan", NULL, false },
		{ "base", NULL, false },	   { "new", NULL, false },
		{ "change_pct", "change", false }, { "verdict", "means", false },
		{ NULL, "last nights", false },	   { "before", "base", false },
		{ "after", "new", false },
	};
	static const enum verdict order[] = { VERDICT_WORSE, VERDICT_BETTER, VERDICT_UNPROVEN,
					      VERDICT_SAME };

	table_init(t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = first; i <= last; i++)
		verdict_rows(t, s, p, order[i]);
}

/* --- what else is to be said ------------------------------------------------------------------- */

/* Headline figures that are off their level of the nights before, as that is news of the night. */
static void news(struct html *h, const struct site *s, const struct site_plan *p)
{
	size_t found = 0;

	for (size_t i = 0; i < s->history.count; i++) {
		const struct history_line *l = &s->history.items[i];
		struct strbuf pct = STRBUF_INIT;
		const struct db_night *last;
		char *page, *href;

		if (!l->count || !l->line->headline || strcmp(l->line->plan, p->name) != 0 ||
		    (l->verdict != VERDICT_WORSE && l->verdict != VERDICT_BETTER))
			continue;
		last = &l->line->nights[l->count - 1];
		if (strcmp(last->session, p->newest->id) != 0)
			continue;
		if (!found++)
			html_open(h, "ul", "class", "findings");
		page = site_trend_page(l->line->workload, l->line->metric);
		href = xasprintf("%s/%s.html", p->dir, page);
		unit_format_pct(&pct, l->delta_pct, UNIT_TYPOGRAPHIC);
		html_open(h, "li");
		page_badge(h, l->verdict);
		html_text(h, " ");
		html_open(h, "a", "href", href);
		html_textf(h, "%s %s", l->line->workload, l->line->metric);
		html_close(h, "a");
		html_textf(h, " on %s is %s from its level of %zu %s", l->line->spec, pct.data,
			   l->level_nights, l->level_nights == 1 ? "night" : "nights");
		html_close(h, "li");
		strbuf_release(&pct);
		free(page);
		free(href);
	}
	if (found)
		html_close(h, "ul");
}

static void failures(struct html *h, const struct site *s, const struct site_plan *p)
{
	const struct site_session *shown = site_session(s, p->newest->id);
	char *href = xasprintf("%s/runs/index.html", shown ? shown->dir : "");

	if (p->newest->failed_runs) {
		html_open(h, "div", "class", "notice", "role", "note");
		html_open(h, "p");
		html_textf(h,
			   "%zu of %zu runs failed and have no figures: ", p->newest->failed_runs,
			   p->newest->runs);
		html_open(h, "a", "href", href);
		html_text(h, "what happened");
		html_close(h, "a");
		html_close(h, "p");
		html_close(h, "div");
	}
	free(href);
}

/* What differs, or might; what is the same is folded away. */
static void tables(struct site *s, struct html *h, const struct site_plan *p, const char *name)
{
	struct table differ, same;

	fill(&differ, s, p, 0, 2);
	fill(&same, s, p, 3, 3);
	if (differ.count)
		table_html(h, &differ, p->name, NULL);
	if (same.count) {
		html_open(h, "details");
		html_open(h, "summary");
		html_textf(h, "%zu %s the same", same.count,
			   same.count == 1 ? "figure is" : "figures are");
		html_close(h, "summary");
		table_html(h, &same, "the same", NULL);
		html_close(h, "details");
	}
	if (differ.count || same.count)
		page_data_links(h, name);
	else
		html_element(h, "p", NULL, "The newest night has nothing to compare.");
	table_release(&differ);
	table_release(&same);
}

static void plan_section(struct site *s, struct html *h, const struct site_plan *p,
			 const char *name)
{
	const struct site_session *shown = site_session(s, p->newest->id);
	char *nights = xasprintf("%s/index.html", p->dir);
	char *session =
		xasprintf("%s/%s", shown->dir, p->judged.count ? "index.html" : "runs/index.html");
	struct tally tally = count(p);

	html_open(h, "section");
	html_open(h, "h2");
	html_open(h, "a", "href", session);
	html_text(h, p->name);
	html_close(h, "a");
	html_close(h, "h2");
	html_open(h, "p", "class", "small soft");
	html_textf(h, "%.10s %.5s UTC · target %s, %s clock · ", p->newest->started,
		   strlen(p->newest->started) > 16 ? p->newest->started + 11 : "",
		   p->newest->target, p->newest->clock);
	html_open(h, "a", "href", nights);
	html_text(h, "all nights");
	html_close(h, "a");
	html_close(h, "p");
	tally_line(h, &tally);
	failures(h, s, p);
	news(h, s, p);
	tables(s, h, p, name);
	html_close(h, "section");
	free(nights);
	free(session);
}

/* --- the page ---------------------------------------------------------------------------------- */

static void headline(struct html *h, const struct site *s)
{
	size_t worse = 0, better = 0, failed = 0;

	for (size_t i = 0; i < s->plan_count; i++) {
		struct tally t = count(&s->plans[i]);

		worse += t.verdicts[VERDICT_WORSE];
		better += t.verdicts[VERDICT_BETTER];
		failed += t.failed;
	}
	if (!s->plan_count) {
		html_element(h, "h1", NULL, "No plan has been run");
		return;
	}
	html_open(h, "h1");
	if (!worse && !better)
		html_text(h, "Nothing is proven to differ");
	else
		html_textf(h, "%zu %s worse, %zu better", worse,
			   worse == 1 ? "figure is" : "figures are", better);
	if (failed)
		html_textf(h, ", %zu %s failed", failed, failed == 1 ? "run" : "runs");
	html_close(h, "h1");
	html_element(
		h, "p", "soft",
		"The newest night of each plan: each kernel against the one it is compared "
		"with. Colour means proven; what noise may have done has none. Small pictures "
		"show the new kernel's last 60 nights, with the band that counts as the same.");
}

int site_front(struct site *s)
{
	struct frame f = { .title = "Overview",
			   .root = "",
			   .published = s->published,
			   .section = SECTION_OVERVIEW };
	struct html h = HTML_INIT;
	int ret = 0;

	folder_begin(&s->folder, "front", NULL);
	frame_open(&h, &f);
	html_open(&h, "header");
	headline(&h, s);
	html_close(&h, "header");
	for (size_t i = 0; i < s->plan_count && ret == 0; i++) {
		char *stem = gnuplot_stem("overview", s->plans[i].name);
		struct table t;

		fill(&t, s, &s->plans[i], 0, 3);
		ret = table_files(&s->folder, &t, stem);
		plan_section(s, &h, &s->plans[i], stem);
		table_release(&t);
		free(stem);
	}
	causes_front(&h, s);
	frame_close(&h);
	if (ret == 0)
		ret = site_write(s, "index.html", &h);
	html_release(&h);
	return ret;
}
