// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page of a bisection: the answer first, then what it rests on, commit by commit.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/strbuf.h"
#include "site.h"
#include "stats.h"
#include "table.h"
#include "units.h"

#define ROOT	 "../"
#define SHORT_ID 12

struct view {
	struct site *site;
	const struct site_search *bisection;
	const struct search *search;
	const struct comparison *compared;
};

/* --- the answer -------------------------------------------------------------------------------- */

static size_t count_named(const struct search *s)
{
	size_t named = 0;

	for (size_t i = 1; i <= s->n; i++)
		named += search_names(s, i);
	return named;
}

char *bisection_title(const struct search *s)
{
	const struct comparison *c = s->compared;
	struct strbuf out = STRBUF_INIT;
	char *words;

	strbuf_addf(&out, "%s %s: ", c->workload, c->metric);
	if (s->exact && s->steps.count == 1) {
		words = search_step_words(s, &s->steps.items[0], UNIT_TYPOGRAPHIC);
		strbuf_adds(&out, words);
		free(words);
	} else {
		unit_format_pct(&out, c->delta_pct, UNIT_TYPOGRAPHIC);
		if (s->exact)
			strbuf_addf(&out, " in %zu steps", s->steps.count);
		else if (s->belief.set == 1)
			strbuf_adds(&out, " by one commit");
		else
			strbuf_addf(&out, " by one of %zu commits", s->belief.set);
	}
	if (s->next)
		strbuf_adds(&out, s->exact ? " (not finished)" : " (not decided)");
	return strbuf_detach(&out);
}

/* "99.4 %"; nothing is certain. */
static void add_probability(struct strbuf *out, double p)
{
	double shown = fmin(fmax(p, 0.001), 0.999);

	strbuf_addf(out, "%s%.1f\u00a0%%", p < 0.0005 ? "<" : p >= 0.9995 ? ">" : "", 100 * shown);
}

static void commit_item(struct html *h, const struct search *s, size_t position)
{
	const struct search_commit *c = &s->commits[position];
	struct strbuf probability = STRBUF_INIT;

	html_open(h, "li");
	html_open(h, "code");
	html_textf(h, "%.*s", SHORT_ID, c->id);
	html_close(h, "code");
	html_textf(h, " %s", c->subject);
	if (!s->exact) {
		add_probability(&probability, s->belief.mass[position]);
		html_textf(h, " (%s)", probability.data);
	}
	html_close(h, "li");
	strbuf_release(&probability);
}

static void commit_list(struct html *h, const struct search *s, size_t first, size_t last)
{
	html_open(h, "ul", "class", "findings");
	for (size_t i = first; i <= last; i++)
		if (search_names(s, i))
			commit_item(h, s, i);
	html_close(h, "ul");
}

static void steps(struct html *h, const struct search *s)
{
	for (size_t i = 0; i < s->steps.count; i++) {
		const struct step *step = &s->steps.items[i];
		char *words = search_step_words(s, step, UNIT_TYPOGRAPHIC);

		if (s->steps.count > 1)
			html_element(h, "p", NULL, words);
		commit_list(h, s, step->first, step->last);
		free(words);
	}
	if (steps_opposite(&s->steps))
		html_element(h, "p", "notice",
			     "The steps are opposite: the history is not monotonic, and there may "
			     "be more that cancel each other. kab bisect --all looks for them.");
}

static void belief(struct html *h, const struct search *s)
{
	char *misfit = s->belief.misfit ? search_commit_words(s, s->belief.misfit) : NULL;
	struct strbuf held = STRBUF_INIT;

	add_probability(&held, s->belief.held);
	html_open(h, "p");
	html_textf(h, "With a probability of %s the change came with %s:", held.data,
		   s->belief.set == 1 ? "this commit" : "one of these");
	html_close(h, "p");
	strbuf_release(&held);
	commit_list(h, s, 1, s->n);
	if (misfit) {
		html_open(h, "p", "class", "notice");
		html_textf(h, "%s is at neither end's level: there may be several steps.", misfit);
		html_close(h, "p");
	}
	free(misfit);
}

static void clock_words(struct html *h, const struct view *v)
{
	html_open(h, "p", "class", "soft");
	if (v->search->exact)
		html_textf(h,
			   "Instruction clock: one instruction of the guest is one nanosecond, and "
			   "each figure is exact. Differences up to %g\u00a0%% count as none. %s",
			   v->compared->threshold_pct,
			   v->search->all
				   ? "What lies between equal figures was measured as well."
				   : "What lies between two equal figures was not measured.");
	else
		html_text(h, "Wall clock: each boot is one value with its noise. The next one went "
			     "where it told most, until the smallest set of commits that holds the "
			     "change with 99\u00a0% could not become smaller.");
	html_close(h, "p");
}

static void top(struct html *h, const struct view *v, const char *title)
{
	const struct db_session *ends = v->bisection->ends->session;
	const struct search *s = v->search;

	html_open(h, "header");
	html_open(h, "p", "class", "small soft");
	html_textf(h, "kab · bisection · target %s · %.10s", ends->target, ends->started);
	html_close(h, "p");
	html_element(h, "h1", NULL, title);
	if (s->exact)
		steps(h, s);
	else
		belief(h, s);
	if (!count_named(s))
		html_element(h, "p", NULL, "Nothing is found yet.");
	clock_words(h, v);
	html_close(h, "header");
}

/* --- what was searched ------------------------------------------------------------------------- */

static void pair(struct html *h, const char *name, const char *value)
{
	html_element(h, "dt", NULL, name);
	html_element(h, "dd", NULL, value);
}

static void pair_commit(struct html *h, const struct search *s, const char *name, size_t position)
{
	char *commit = search_commit_words(s, position);

	pair(h, name, commit);
	free(commit);
}

static void searched(struct html *h, const struct view *v)
{
	const struct search *s = v->search;
	const struct comparison *c = v->compared;
	char *workload = xasprintf("%s (%s)", c->workload, c->title);
	char *metric = xasprintf("%s, %s is better", c->metric,
				 c->better == BETTER_HIGHER ? "higher" : "lower");
	char *clock = xasprintf("%s, target %s", v->bisection->ends->session->clock,
				v->bisection->ends->session->target);
	char *measured = xasprintf("%zu of %zu commits between the ends", s->measured, s->n - 1);

	html_open(h, "div", "class", "card");
	html_element(h, "h2", NULL, "What was searched");
	html_open(h, "dl");
	pair_commit(h, s, "good", 0);
	pair_commit(h, s, "bad", s->n);
	pair(h, "workload", workload);
	pair(h, "metric", metric);
	pair(h, "clock", clock);
	pair(h, "measured", measured);
	html_close(h, "dl");
	html_close(h, "div");
	free(measured);
	free(clock);
	free(metric);
	free(workload);
}

/* --- what was measured ------------------------------------------------------------------------- */

/* Which end an exact figure is like. */
static const char *likeness(const struct view *v, double value)
{
	const struct comparison *c = v->compared;
	double threshold = c->threshold_pct / 100 * fabs(c->base);

	if (fabs(value - c->base) <= threshold)
		return "like good";
	return fabs(value - c->new) <= threshold ? "like bad" : "between";
}

/* What a commit was found to be. */
static const char *verdict_of(const struct view *v, size_t position)
{
	const struct search *s = v->search;
	const struct search_commit *c = &s->commits[position];

	if (position == 0)
		return "good";
	if (position == s->n)
		return "bad";
	if (c->fault)
		return "skipped";
	if (!c->count)
		return "not measured";
	if (s->exact)
		return likeness(v, c->values[0]);
	return search_behind(s, position) > 0.5 ? "like bad" : "like good";
}

/* On a wall clock with its probability. */
static void verdict_cell(struct table *t, const struct view *v, size_t position)
{
	const struct search *s = v->search;
	double behind = s->exact || !s->commits[position].count ? NAN : search_behind(s, position);
	struct table_cell cell = { .text = verdict_of(v, position) };
	struct strbuf more = STRBUF_INIT;

	if (position && position < s->n && !isnan(behind))
		add_probability(&more, fmax(behind, 1 - behind));
	if (search_names(s, position)) {
		bool alone = count_named(s) == 1;

		cell.badge = alone ? page_verdict_class(v->compared->verdict) : "";
		strbuf_addf(&more, "%s%s", more.len ? "; " : "",
			    alone ? "the change" : "in the answer");
	}
	cell.more = more.len ? more.data : NULL;
	table_cell(t, &cell);
	table_cell(t, &(struct table_cell){ .number = behind, .is_number = true });
	strbuf_release(&more);
}

/* To the runs of the commit; of an end to the comparison of both. A new string, or NULL. */
static char *commit_href(const struct view *v, const struct search_commit *c)
{
	const struct site_session *shown =
		c->sessions.count ? site_session(v->site, c->sessions.items[0]) : NULL;

	if (!shown)
		return NULL;
	return xasprintf(ROOT "%s/%s", shown->dir,
			 site_session_indexed(v->site, shown) ? "index.html" : "runs/index.html");
}

/* Of several boots the median. */
static void figure_cell(struct table *t, const struct view *v, const struct search_commit *c,
			double value)
{
	struct unit_scale scale = unit_scale(v->compared->unit, v->compared->base);
	char *boots = c->count > 1 ? xasprintf("%zu boots", c->count) : NULL;
	struct strbuf text = STRBUF_INIT;

	unit_format_scaled(&text, v->compared->unit, value, &scale, UNIT_TYPOGRAPHIC);
	table_cell(t,
		   &(struct table_cell){
			   .text = text.data, .number = value, .is_number = true, .more = boots });
	strbuf_release(&text);
	free(boots);
}

static void commit_row(struct table *t, const struct view *v, size_t position)
{
	const struct search_commit *c = &v->search->commits[position];
	double value = c->count ? stats_median(c->values, c->count) : NAN;
	char *name = search_commit_words(v->search, position), *href = commit_href(v, c);

	table_row(t, NULL);
	table_cell(t, &(struct table_cell){
			      .text = name, .data = c->id, .href = href, .more = c->fault });
	table_text(t, c->subject);
	table_text(t, c->fault);
	table_count(t, position);
	figure_cell(t, v, c, value);
	table_percent(t, 100 * (value - v->compared->base) / fabs(v->compared->base),
		      VERDICT_UNPROVEN);
	verdict_cell(t, v, position);
	table_count(t, c->count);
	if (c->turn)
		table_count(t, c->turn);
	else
		table_text(t, "");
	free(href);
	free(name);
}

/* Whether the table has the commit: it was measured, or tried, or is in the answer. */
static bool is_told(const struct search *s, size_t position)
{
	const struct search_commit *c = &s->commits[position];

	return c->count || c->fault || search_names(s, position);
}

static int measured(struct site *s, struct html *h, const struct view *v)
{
	static const struct table_column columns[] = {
		{ "commit", "commit", true },
		{ "subject", NULL, false },
		{ "fault", NULL, false },
		{ "position", "position", false },
		{ "value", "figure", false },
		{ "change_pct", "against good", false },
		{ "verdict", "found to be", false },
		{ "behind", NULL, false },
		{ "boots", NULL, false },
		{ "turn", NULL, false },
	};
	char *path = xasprintf("bisections/%s", v->bisection->stem);
	struct table t;
	int ret;

	table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	t.class = "stack";
	for (size_t i = 0; i <= v->search->n; i++)
		if (is_told(v->search, i))
			commit_row(&t, v, i);
	html_element(h, "h2", NULL, "What was measured");
	html_element(h, "p", "soft",
		     "In the order of the history. A commit leads to its runs with their logs, an "
		     "end to the comparison of both.");
	table_html(h, &t, "Commits", v->bisection->stem);
	ret = table_files(&s->folder, &t, path);
	table_release(&t);
	free(path);
	return ret;
}

/* --- the rest ---------------------------------------------------------------------------------- */

/* For git bisect replay. */
static int log_file(struct site *s, struct html *h, const struct view *v)
{
	char *name = xasprintf("%s.log.txt", v->bisection->stem);
	char *path = xasprintf("bisections/%s", name);
	struct strbuf log = STRBUF_INIT;
	int ret = 0;

	search_log(v->search, &log);
	if (log.len) {
		ret = folder_write(&s->folder, path, log.data, log.len);
		html_open(h, "p");
		html_text(h, "For git: ");
		html_open(h, "a", "href", name, "download", "bisect.log");
		html_text(h, "bisect.log");
		html_close(h, "a");
		html_text(h, ", which git bisect replay reads.");
		html_close(h, "p");
	}
	strbuf_release(&log);
	free(path);
	free(name);
	return ret;
}

static void again(struct html *h, const struct view *v)
{
	const struct search *s = v->search;

	html_element(h, "h2", NULL, "Again");
	html_open(h, "pre", "tabindex", "0");
	html_textf(h, "kab bisect %.*s..%.*s --workload %s --metric %s --target %s\n", SHORT_ID,
		   s->commits[0].id, SHORT_ID, s->commits[s->n].id, v->compared->workload,
		   v->compared->metric, v->bisection->ends->session->target);
	html_close(h, "pre");
}

int page_bisection(struct site *s, const struct site_search *b, const struct plots *plots)
{
	const struct view v = {
		.site = s, .bisection = b, .search = &b->search, .compared = b->search.compared
	};
	char *title = bisection_title(&b->search), *page = xasprintf("bisections/%s.html", b->stem);
	struct html h = HTML_INIT;
	int ret;

	page_cause_frame(&h, title, ROOT, s->published);
	top(&h, &v, title);
	html_open(&h, "div", "class", "plots");
	for (size_t i = 0; i < plots->count; i++)
		page_picture(&h, &plots->items[i]);
	searched(&h, &v);
	html_close(&h, "div");
	ret = measured(s, &h, &v);
	again(&h, &v);
	if (ret == 0)
		ret = log_file(s, &h, &v);
	frame_close(&h);
	if (ret == 0)
		ret = site_write(s, page, &h);
	html_release(&h);
	free(page);
	free(title);
	return ret;
}
