// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The nights of a plan: how far its verdicts can be believed, where its figures stand, and when they
 * changed; and the list of plans.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "badge.h"
#include "lib/alloc.h"
#include "spark.h"
#include "table.h"
#include "trend.h"
#include "units.h"

#define ROOT "../../"

void page_night_cell(struct table *t, const struct site *s, const char *session,
		     const char *started, const char *root)
{
	const struct site_session *shown = s ? site_session(s, session) : NULL;
	const char *page =
		shown && !site_session_indexed(s, shown) ? "runs/index.html" : "index.html";
	char *href = shown ? xasprintf("%s%s/%s", root, shown->dir, page) : NULL;
	char *night = xasprintf("%.10s", started);

	table_cell(t, &(struct table_cell){ .text = night, .data = started, .href = href });
	free(href);
	free(night);
}

void page_range_cell(struct table *t, const struct site *s, const struct history_change *c,
		     const char *root)
{
	char *page = s && site_has_kernel(s, c->after->kernel) ? site_kernel_page(c->after->kernel)
							       : NULL;
	char *href = page ? xasprintf("%s%s", root, page) : NULL;
	struct strbuf more = STRBUF_INIT;
	char *text, *data;

	if (strcmp(c->before->kernel, c->after->kernel) != 0) {
		text = xasprintf("%s → %s", c->before->release, c->after->release);
		strbuf_addf(&more, "%.12s → %.12s", c->before->kernel, c->after->kernel);
	} else {
		text = xstrdup("the same kernel");
	}
	if (strcmp(c->before->machine, c->after->machine) != 0)
		strbuf_addf(&more, " QEMU %s → %s", c->before->machine, c->after->machine);
	data = xasprintf("%s %s", c->before->kernel, c->after->kernel);
	table_cell(t, &(struct table_cell){ .text = text,
					    .data = data,
					    .href = href,
					    .more = more.len ? more.data : NULL });
	free(text);
	free(data);
	strbuf_release(&more);
	free(href);
	free(page);
}

/* --- a kernel against itself -------------------------------------------------------------------- */

static void self_table(struct table *t, const struct site *s, const struct self_checks *c)
{
	static const struct table_column columns[] = {
		{ "night", "night", false },
		{ "alarms", "called different", false },
		{ "figures", "of", false },
		{ "smallest_pct", "smallest effect that would be proven", false },
	};

	table_init(t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < c->count; i++) {
		const struct self_check *check = &c->items[i];

		table_row(t, NULL);
		page_night_cell(t, s, check->session, check->started, ROOT);
		table_count(t, check->alarms);
		table_count(t, check->figures);
		if (isnan(check->smallest_pct))
			table_cell(t, &(struct table_cell){ .text = "none: too few boots",
							    .number = NAN,
							    .is_number = true });
		else
			table_percent(t, check->smallest_pct, VERDICT_SAME);
	}
}

static void self_words(struct html *h, const struct self_checks *c)
{
	html_element(h, "h2", NULL, "A kernel against itself");
	if (!c->count) {
		html_element(h, "p", NULL,
			     "None of the newest nights compared a kernel with itself.");
		return;
	}
	html_open(h, "p");
	html_textf(h,
		   "Where there is nothing to find, %zu of %zu headline figures were called better "
		   "or worse (%.2f %%).",
		   c->alarms, c->figures, 100 * (double)c->alarms / (double)c->figures);
	html_close(h, "p");
}

/* --- change points ----------------------------------------------------------------------------- */

static void change_row(struct table *t, const struct site *s, const struct history_line *l,
		       size_t i)
{
	struct history_change c = history_change(l, i);
	char *stem, *href, *figure;

	/* Exact figures also change by a digit. */
	if (c.verdict == VERDICT_SAME)
		return;
	stem = site_trend_page(l->line->workload, l->line->metric);
	href = xasprintf("%s.html", stem);
	figure = xasprintf("%s %s", l->line->workload, l->line->metric);
	table_row(t, NULL);
	page_night_cell(t, s, c.after->session, c.after->started, ROOT);
	table_percent(t, c.delta_pct, c.verdict);
	table_verdict(t, c.verdict);
	table_cell(t, &(struct table_cell){ .text = figure, .href = href, .more = l->line->spec });
	table_text(t, l->line->spec);
	table_figure(t, l->line->unit, c.from);
	table_figure(t, l->line->unit, c.to);
	page_range_cell(t, s, &c, ROOT);
	free(figure);
	free(href);
	free(stem);
}

static void change_table(struct table *t, const struct site *s, const struct site_plan *plan)
{
	static const struct table_column columns[] = {
		{ "night", "night", false },   { "change_pct", "change", false },
		{ "verdict", "means", false }, { "figure", "figure", true },
		{ "kernel", NULL, true },      { "before", "before", false },
		{ "after", "after", false },   { "kernels", "between", true },
	};

	table_init(t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < s->history.count; i++) {
		const struct history_line *l = &s->history.items[i];

		if (l->line->headline && !strcmp(l->line->plan, plan->name))
			for (size_t k = l->start_count; k-- > 0;)
				change_row(t, s, l, k);
	}
}

/* --- the newest night against the level -------------------------------------------------------- */

static void now_row(struct table *t, const struct site_plan *plan, const struct history_line *l)
{
	char *stem = site_trend_page(l->line->workload, l->line->metric);
	char *href = xasprintf("%s.html", stem);
	char *figure = xasprintf("%s %s", l->line->workload, l->line->metric);
	const struct db_night *last = &l->line->nights[l->count - 1];
	bool here = !strcmp(last->session, plan->newest->id);
	enum verdict verdict = here ? l->verdict : VERDICT_UNPROVEN;
	struct strbuf more = STRBUF_INIT;
	char *picture = spark(l);

	strbuf_adds(&more, l->line->spec);
	if (!here)
		strbuf_addf(&more, ", not in the newest night: last on %.10s", last->started);
	table_row(t, NULL);
	table_cell(t, &(struct table_cell){ .text = figure, .href = href, .more = more.data });
	table_text(t, l->line->spec);
	table_percent(t, l->delta_pct, verdict);
	table_verdict(t, verdict);
	table_cell(t, &(struct table_cell){ .picture = picture });
	table_figure(t, l->line->unit, l->level);
	table_figure(t, l->line->unit, l->values[l->count - 1]);
	table_count(t, l->level_nights);
	strbuf_release(&more);
	free(picture);
	free(figure);
	free(href);
	free(stem);
}

static void now_table(struct table *t, const struct site *s, const struct site_plan *plan)
{
	static const struct table_column columns[] = {
		{ "figure", "figure", true },	       { "kernel", NULL, true },
		{ "change_pct", "difference", false }, { "verdict", "means", false },
		{ NULL, "last nights", false },	       { "level", "level", false },
		{ "newest", "newest", false },	       { "nights", "of nights", false },
	};

	table_init(t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < s->history.count; i++) {
		const struct history_line *l = &s->history.items[i];

		if (l->count && l->line->headline && !strcmp(l->line->plan, plan->name))
			now_row(t, plan, l);
	}
}

/* --- nights ------------------------------------------------------------------------------------ */

static void night_table(struct table *t, const struct site *s, const struct site_plan *plan)
{
	static const struct table_column columns[] = {
		{ "started", "night", false },
		{ "session", "session", true },
		{ "runs", "runs", false },
		{ "failed", "failed", false },
	};

	table_init(t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0, n = 0; i < s->sessions.count && n < SITE_NIGHTS; i++) {
		const struct db_session *session = &s->sessions.items[i];

		if (strcmp(session->plan, plan->name) != 0)
			continue;
		n++;
		table_row(t, NULL);
		page_night_cell(t, s, session->id, session->started, ROOT);
		table_text(t, session->id);
		table_count(t, session->runs);
		table_count(t, session->failed_runs);
	}
}

/* --- the page ---------------------------------------------------------------------------------- */

static int section(struct site *s, struct html *h, const struct site_plan *plan, const char *label,
		   const struct table *t, const char *name)
{
	char *path = xasprintf("%s/%s", plan->dir, name);
	int ret = table_files(&s->folder, t, path);

	table_html(h, t, label, name);
	free(path);
	return ret;
}

/* The trend pages of one workload. */
static void group_links(struct html *h, const struct site *s, const struct site_plan *plan,
			const char *workload)
{
	for (size_t g = 0; g < metric_group_count(); g++)
		for (size_t i = 0; i < s->history.count; i++) {
			const struct db_line *l = s->history.items[i].line;
			char *stem, *href;

			if (metric_group(l->metric) != metric_group_at(g) ||
			    strcmp(l->workload, workload) != 0 || strcmp(l->plan, plan->name) != 0)
				continue;
			stem = site_trend_page(workload, l->metric);
			href = xasprintf("%s.html", stem);
			html_text(h, " ");
			html_open(h, "a", "href", href);
			html_text(h, metric_group_at(g)->title);
			html_close(h, "a");
			free(href);
			free(stem);
			break;
		}
}

static void workload_links(struct html *h, const struct site *s, const struct site_plan *plan)
{
	struct strvec seen = STRVEC_INIT;

	for (size_t i = 0; i < s->history.count; i++) {
		const struct db_line *l = s->history.items[i].line;

		if (strcmp(l->plan, plan->name) != 0 || strvec_has(&seen, l->workload))
			continue;
		strvec_push(&seen, l->workload);
		html_open(h, "p", "class", "small");
		html_element(h, "strong", NULL, l->workload);
		html_text(h, ":");
		group_links(h, s, plan, l->workload);
		html_close(h, "p");
	}
	strvec_release(&seen);
}

/* Nobody else leads to their pages. */
static void former_links(struct html *h, const struct site_plan *plan)
{
	if (!plan->former.count)
		return;
	html_open(h, "p", "class", "small");
	html_text(h, "Not measured in the last year:");
	for (size_t i = 0; i < plan->former.count; i++) {
		char *href = xasprintf("%s.html", plan->former.items[i]);

		html_text(h, " ");
		html_open(h, "a", "href", href);
		html_text(h, plan->former.items[i]);
		html_close(h, "a");
		free(href);
	}
	html_close(h, "p");
}

static void badge_list(struct html *h, const struct site *s, const struct site_plan *plan)
{
	struct badges badges;

	badges_make(&badges, s, plan);
	if (badges.count) {
		html_element(h, "h2", NULL, "Badges");
		html_open(h, "p");
		for (size_t i = 0; i < badges.count; i++) {
			char *src = xasprintf("%s%s", ROOT, badges.items[i].file);
			char *alt =
				xasprintf("%s: %s", badges.items[i].label, badges.items[i].value);

			html_open(h, "a", "href", src);
			html_void(h, "img", "src", src, "alt", alt, "height", "20");
			html_close(h, "a");
			html_text(h, " ");
			free(src);
			free(alt);
		}
		html_close(h, "p");
	}
	badges_release(&badges);
}

static int page_plan(struct site *s, const struct site_plan *plan)
{
	struct frame f = { .title = plan->name,
			   .root = ROOT,
			   .published = s->published,
			   .section = SECTION_NIGHTS,
			   .crumbs = { { "Nights", "../index.html" }, { plan->name, NULL } } };
	struct table now, changes, self, nights;
	struct html h = HTML_INIT;
	char *path = xasprintf("%s/index.html", plan->dir);
	int ret;

	now_table(&now, s, plan);
	change_table(&changes, s, plan);
	self_table(&self, s, &plan->checks);
	night_table(&nights, s, plan);
	frame_open(&h, &f);
	html_open(&h, "header");
	html_open(&h, "h1");
	html_textf(&h, "%s: nights", plan->name);
	html_close(&h, "h1");
	workload_links(&h, s, plan);
	former_links(&h, plan);
	html_close(&h, "header");
	html_element(&h, "h2", NULL, "The newest night against the level since the last change");
	ret = section(s, &h, plan, "The newest night", &now, "now");
	html_open(&h, "h2");
	html_textf(&h, "%zu %s of headline figures beyond the threshold", changes.count,
		   changes.count == 1 ? "change" : "changes");
	html_close(&h, "h2");
	if (ret == 0 && changes.count)
		ret = section(s, &h, plan, "Change points", &changes, "changes");
	self_words(&h, &plan->checks);
	if (ret == 0 && self.count)
		ret = section(s, &h, plan, "Comparisons of a kernel with itself", &self,
			      "self-check");
	html_element(&h, "h2", NULL, "Nights");
	if (ret == 0)
		ret = section(s, &h, plan, "Nights", &nights, "nights");
	badge_list(&h, s, plan);
	frame_close(&h);
	if (ret == 0)
		ret = site_write(s, path, &h);
	html_release(&h);
	table_release(&now);
	table_release(&changes);
	table_release(&self);
	table_release(&nights);
	free(path);
	return ret;
}

static int page_plans(struct site *s)
{
	static const struct table_column columns[] = {
		{ "plan", "plan", true },      { "target", "target", true },
		{ "clock", "clock", true },    { "nights", "nights", false },
		{ "newest", "newest", false },
	};
	struct frame f = { .title = "Nights",
			   .root = "../",
			   .published = s->published,
			   .section = SECTION_NIGHTS };
	struct html h = HTML_INIT;
	struct table t;
	int ret;

	table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	t.class = "stack";
	for (size_t i = 0; i < s->plan_count; i++) {
		const struct site_plan *p = &s->plans[i];
		char *href = xasprintf("%s/index.html", p->dir + strlen("trends/"));
		size_t nights = 0;

		for (size_t k = 0; k < s->sessions.count; k++)
			nights += !strcmp(s->sessions.items[k].plan, p->name);
		table_row(&t, NULL);
		table_link(&t, p->name, href);
		table_text(&t, p->newest->target);
		table_text(&t, p->newest->clock);
		table_count(&t, nights);
		page_night_cell(&t, s, p->newest->id, p->newest->started, "../");
		free(href);
	}
	frame_open(&h, &f);
	html_element(&h, "h1", NULL, "Nights");
	html_element(
		&h, "p", "soft",
		"A plan is run again and again; each run of it is a night. Its page shows since "
		"when figures are what they are.");
	table_html(&h, &t, "Plans", "plans");
	frame_close(&h);
	ret = table_files(&s->folder, &t, "trends/plans");
	if (ret == 0)
		ret = site_write(s, "trends/index.html", &h);
	html_release(&h);
	table_release(&t);
	return ret;
}

int site_nights(struct site *s)
{
	/* They change with every night, so they are made anew; what is the same is not written. */
	folder_begin(&s->folder, "nights", NULL);
	for (size_t i = 0; i < s->plan_count; i++)
		if (page_plan(s, &s->plans[i]) < 0)
			return -1;
	return page_plans(s);
}
