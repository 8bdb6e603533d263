// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A group of metrics over nights: pictures, what changed and when, where it stands, and every
 * night.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "spark.h"
#include "stats.h"
#include "table.h"
#include "trend.h"
#include "units.h"

#define ROOT "../../"

char *trend_stem(const char *workload, const struct metric_group *group, const char *year)
{
	char *rest = xasprintf("%s%s%s", group->name, *year ? "-" : "", year);
	char *stem = gnuplot_stem(workload, rest);

	free(rest);
	return stem;
}

static const struct db_night *night_of(const struct history_line *l, size_t i)
{
	return &l->line->nights[i];
}

/* --- links ------------------------------------------------------------------------------------- */

/* Nothing where there is no such page. */
static void link_page(struct html *h, const struct trend *t, const struct trend_links *links,
		      const struct metric_group *group, const char *year, const char *text)
{
	char *stem = trend_stem(t->workload, group, year), *href = xasprintf("%s.html", stem);

	if (!strcmp(stem, t->stem)) {
		html_element(h, "strong", NULL, text);
		html_text(h, " ");
	} else if (strvec_has(&links->stems, stem)) {
		html_open(h, "a", "href", href);
		html_text(h, text);
		html_close(h, "a");
		html_text(h, " ");
	}
	free(href);
	free(stem);
}

static void show_links(struct html *h, const struct trend *t, const struct trend_links *links)
{
	html_open(h, "p", "class", "small soft");
	html_textf(h, "%s: ", t->workload);
	for (size_t i = 0; i < metric_group_count(); i++)
		link_page(h, t, links, metric_group_at(i), t->year, metric_group_at(i)->title);
	html_close(h, "p");
	if (!links->years.count)
		return;
	html_open(h, "p", "class", "small soft");
	html_text(h, "Nights: ");
	link_page(h, t, links, t->group, "", "the last year");
	for (size_t i = 0; i < links->years.count; i++)
		link_page(h, t, links, t->group, links->years.items[i], links->years.items[i]);
	html_close(h, "p");
}

/* --- pictures ---------------------------------------------------------------------------------- */

static void pictures(struct html *h, const struct trend *t)
{
	if (!t->plots.count)
		return;
	html_open(h, "div", "class", "plots");
	for (size_t i = 0; i < t->plots.count; i++)
		page_picture(h, &t->plots.items[i]);
	html_close(h, "div");
}

/* What the bands are, in words. */
static void legend(struct html *h, const struct trend *t)
{
	double floor = NAN, threshold = 0;

	for (size_t i = 0; i < t->line_count; i++) {
		if (!isnan(t->measured[i].floor_pct))
			floor = isnan(floor) ? t->measured[i].floor_pct
					     : fmax(floor, t->measured[i].floor_pct);
		threshold = fmax(threshold, t->measured[i].threshold_pct);
	}
	html_open(h, "p", "class", "small soft");
	html_textf(h,
		   "Clock: %s. A point is the median of a night's boots, a bar where that median "
		   "lies with 95 %% (of fewer than six boots their range, which covers less), a "
		   "line the level between two changes (dashed). The band around it counts as "
		   "the same: ±%.2g %%",
		   t->lines[0]->clock, threshold);
	if (isnan(floor))
		html_text(h, "; no kernel was compared with itself here.");
	else
		html_textf(h,
			   ", or the A/A floor where that is wider: a kernel was off itself by at "
			   "most %.2g %% in 19 of 20 nights.",
			   floor);
	html_close(h, "p");
}

/* --- where it stands --------------------------------------------------------------------------- */

static void now_row(struct table *tb, const struct trend *t, const struct history_line *l)
{
	const char *first = night_of(l, 0)->started, *last = night_of(l, l->count - 1)->started;
	struct strbuf more = STRBUF_INIT;
	char *picture = spark(l);

	strbuf_adds(&more, l->line->spec);
	if (t->night_count && strcmp(last, t->nights[t->night_count - 1]->started) != 0)
		strbuf_addf(&more, ", not in the newest night: last on %.10s", last);
	else if (t->night_count && strcmp(first, t->nights[0]->started) != 0)
		strbuf_addf(&more, ", since %.10s", first);
	table_row(tb, l->line->headline ? "headline" : NULL);
	table_cell(tb, &(struct table_cell){ .text = l->line->metric, .more = more.data });
	table_text(tb, l->line->spec);
	table_text(tb, l->line->unit);
	table_text(tb, l->line->better == BETTER_HIGHER ? "higher" : "lower");
	table_figure(tb, l->line->unit, l->values[l->count - 1]);
	table_percent(tb, l->delta_pct, l->verdict);
	table_verdict(tb, l->verdict);
	table_cell(tb, &(struct table_cell){ .picture = picture });
	table_figure(tb, l->line->unit, l->level);
	table_count(tb, l->count);
	strbuf_release(&more);
	free(picture);
}

static void now_table(struct table *tb, const struct trend *t)
{
	static const struct table_column columns[] = {
		{ "metric", "metric", false }, { "kernel", NULL, true },
		{ "unit", NULL, false },       { "better", NULL, false },
		{ "newest", "newest", false }, { "change_pct", "change", false },
		{ "verdict", "means", false }, { NULL, "nights", false },
		{ "level", "level", false },   { "nights", "count", false },
	};

	table_init(tb, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < t->line_count; i++)
		if (t->measured[i].count)
			now_row(tb, t, &t->measured[i]);
}

/* --- changes ----------------------------------------------------------------------------------- */

static void change_row(struct table *tb, const struct site *s, const struct history_line *l,
		       size_t i)
{
	struct history_change c = history_change(l, i);

	/* Exact figures also change by a digit. */
	if (c.verdict == VERDICT_SAME)
		return;
	table_row(tb, NULL);
	page_night_cell(tb, s, c.after->session, c.after->started, ROOT);
	table_percent(tb, c.delta_pct, c.verdict);
	table_verdict(tb, c.verdict);
	table_cell(tb, &(struct table_cell){ .text = l->line->metric, .more = l->line->spec });
	table_text(tb, l->line->spec);
	table_figure(tb, l->line->unit, c.from);
	table_figure(tb, l->line->unit, c.to);
	page_range_cell(tb, s, &c, ROOT);
}

static void change_table(struct table *tb, const struct site *s, const struct trend *t,
			 bool headline)
{
	static const struct table_column columns[] = {
		{ "night", "night", false },   { "change_pct", "change", false },
		{ "verdict", "means", false }, { "metric", "metric", true },
		{ "kernel", NULL, true },      { "before", "before", false },
		{ "after", "after", false },   { "kernels", "between", true },
	};

	table_init(tb, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < t->line_count; i++)
		for (size_t k = t->measured[i].start_count; k-- > 0;)
			if (t->lines[i]->headline == headline)
				change_row(tb, s, &t->measured[i], k);
}

/* --- every night ------------------------------------------------------------------------------- */

/* Where a line is while nights are gone through in the order of time. */
static const struct db_night *take_night(const struct history_line *l, size_t *at,
					 const char *session)
{
	if (*at < l->count && !strcmp(night_of(l, *at)->session, session))
		return night_of(l, (*at)++);
	return NULL;
}

static bool is_main(const struct trend *t, const struct db_line *l)
{
	return t->pictured.count ? !strcmp(l->metric, t->pictured.items[0])
				 : !strcmp(l->metric, t->lines[0]->metric);
}

static void night_cell(struct table *tb, const struct db_line *line, const struct db_night *n,
		       const struct db_session *session)
{
	const char *why = session->failed_runs ? "failed" : "not measured";

	if (n)
		table_figure(tb, line->unit, stats_median(n->values, n->count));
	else
		table_cell(tb, &(struct table_cell){ .text = why, .class = "soft" });
}

/* Columns for the main metric on each kernel. The newest night comes first. */
static void night_table(struct table *tb, const struct site *s, const struct trend *t,
			struct table_column **columns)
{
	size_t *at = xcalloc(t->line_count + 1, sizeof(*at)), count = 1;

	*columns = xcalloc(t->line_count + 2, sizeof(**columns));
	(*columns)[0] = (struct table_column){ "night", "night", false };
	for (size_t i = 0; i < t->line_count; i++)
		if (is_main(t, t->lines[i]))
			(*columns)[count++] = (struct table_column){ t->lines[i]->spec,
								     t->lines[i]->spec, false };
	table_init(tb, *columns, count);
	for (size_t n = 0; n < t->night_count; n++) {
		table_row(tb, NULL);
		page_night_cell(tb, s, t->nights[n]->id, t->nights[n]->started, ROOT);
		for (size_t i = 0; i < t->line_count; i++)
			if (is_main(t, t->lines[i]))
				night_cell(tb, t->lines[i],
					   take_night(&t->measured[i], &at[i], t->nights[n]->id),
					   t->nights[n]);
	}
	for (size_t i = 0; i < tb->count / 2; i++) {
		struct table_row swap = tb->rows[i];

		tb->rows[i] = tb->rows[tb->count - 1 - i];
		tb->rows[tb->count - 1 - i] = swap;
	}
	free(at);
}

/* All figures of the page: a row per night and kernel, a column per metric. */
struct figures {
	const struct trend *t;
	struct strvec metrics, specs;
	size_t *at; /* of each line */
};

static void figure_row(struct table *tb, const struct figures *f, const struct db_session *night,
		       const char *spec)
{
	const struct trend *t = f->t;
	size_t found = 0;

	table_row(tb, NULL);
	table_text(tb, night->started);
	table_text(tb, night->id);
	table_text(tb, spec);
	for (size_t i = 0; i < t->line_count; i++) {
		const struct db_night *n;

		if (strcmp(t->lines[i]->spec, spec) != 0)
			continue;
		/* Lines are by metric, as the columns are; a metric of two units has two of them. */
		while (tb->next < tb->column_count &&
		       strcmp(tb->columns[tb->next].key, t->lines[i]->metric) != 0)
			table_text(tb, "");
		n = take_night(&t->measured[i], &f->at[i], night->id);
		found += n != NULL;
		table_cell(tb, &(struct table_cell){ .number = n ? stats_median(n->values, n->count)
								 : NAN,
						     .is_number = true });
	}
	if (!found) {
		/* Nothing ran: a row without figures says nothing. */
		free(tb->rows[--tb->count].cells);
	}
}

int page_trend_data(struct site *s, const struct trend *t)
{
	struct figures f = { .t = t, .metrics = STRVEC_INIT, .specs = STRVEC_INIT };
	char *name = xasprintf("%s/%s", t->plan->dir, t->stem);
	struct table_column *columns;
	struct table tb;
	size_t count = 3;
	int ret;

	f.at = xcalloc(t->line_count + 1, sizeof(*f.at));
	for (size_t i = 0; i < t->line_count; i++) {
		if (!strvec_has(&f.metrics, t->lines[i]->metric))
			strvec_push(&f.metrics, t->lines[i]->metric);
		if (!strvec_has(&f.specs, t->lines[i]->spec))
			strvec_push(&f.specs, t->lines[i]->spec);
	}
	columns = xcalloc(f.metrics.count + count, sizeof(*columns));
	columns[0] = (struct table_column){ "started", NULL, false };
	columns[1] = (struct table_column){ "session", NULL, false };
	columns[2] = (struct table_column){ "kernel", NULL, false };
	for (size_t i = 0; i < f.metrics.count; i++)
		columns[count++] = (struct table_column){ f.metrics.items[i], NULL, false };
	table_init(&tb, columns, count);
	for (size_t n = 0; n < t->night_count; n++)
		for (size_t i = 0; i < f.specs.count; i++)
			figure_row(&tb, &f, t->nights[n], f.specs.items[i]);
	ret = table_files(&s->folder, &tb, name);
	table_release(&tb);
	free(columns);
	free(f.at);
	free(name);
	strvec_release(&f.metrics);
	strvec_release(&f.specs);
	return ret;
}

/* --- the page ---------------------------------------------------------------------------------- */

/* A table of the page with its files; `suffix` makes their names. */
static int section(struct site *s, struct html *h, const struct trend *t, const char *title,
		   const struct table *tb, const char *suffix)
{
	char *name = xasprintf("%s-%s", t->stem, suffix);
	char *path = xasprintf("%s/%s", t->plan->dir, name);
	int ret;

	html_element(h, "h2", NULL, title);
	table_html(h, tb, title, name);
	ret = table_files(&s->folder, tb, path);
	free(path);
	free(name);
	return ret;
}

/* Those of metrics that are not headline. */
static int more_changes(struct site *s, struct html *h, const struct trend *t,
			const struct table *tb)
{
	char *name = xasprintf("%s-other-changes", t->stem);
	char *path = xasprintf("%s/%s", t->plan->dir, name);
	int ret = table_files(&s->folder, tb, path);

	html_open(h, "details");
	html_open(h, "summary");
	html_textf(h, "%zu %s of metrics that are not headline", tb->count,
		   tb->count == 1 ? "change" : "changes");
	html_close(h, "summary");
	table_html(h, tb, "Changes of other metrics", name);
	html_close(h, "details");
	free(path);
	free(name);
	return ret;
}

static void open_page(struct html *h, const struct site *s, const struct trend *t,
		      const struct trend_links *l)
{
	char *title = xasprintf("%s: %s%s%s", t->workload, t->group->title, *t->year ? ", " : "",
				t->year);
	struct frame f = { .title = title,
			   .root = ROOT,
			   .published = s->published,
			   .section = SECTION_NIGHTS,
			   .crumbs = { { "Nights", "../index.html" },
				       { t->plan->name, "index.html" },
				       { title, NULL } } };

	frame_open(h, &f);
	html_open(h, "header");
	html_element(h, "h1", NULL, title);
	show_links(h, t, l);
	html_close(h, "header");
	free(title);
}

int page_trend(struct site *s, const struct trend *t, const struct trend_links *links)
{
	/* Pages of sessions and kernels come and go; those of a year stay as they are. */
	const struct site *linked = *t->year ? NULL : s;
	struct table now, changes, others, nights;
	struct table_column *columns = NULL;
	struct html h = HTML_INIT;
	char *path = xasprintf("%s/%s.html", t->plan->dir, t->stem);
	int ret = 0;

	now_table(&now, t);
	change_table(&changes, linked, t, true);
	change_table(&others, linked, t, false);
	night_table(&nights, linked, t, &columns);
	open_page(&h, s, t, links);
	pictures(&h, t);
	legend(&h, t);
	if (changes.count)
		ret = section(s, &h, t, "Changes", &changes, "changes");
	if (ret == 0 && others.count)
		ret = more_changes(s, &h, t, &others);
	if (!changes.count && !others.count)
		html_element(&h, "p", NULL,
			     "No figure of this page changed its level beyond the threshold.");
	if (ret == 0)
		ret = section(s, &h, t, "Where it stands", &now, "now");
	html_open(&h, "h2");
	html_textf(&h, "Nights: %s",
		   t->pictured.count ? t->pictured.items[0] : t->lines[0]->metric);
	html_close(&h, "h2");
	table_html(&h, &nights, "Nights", t->stem);
	frame_close(&h);
	if (ret == 0)
		ret = site_write(s, path, &h);
	html_release(&h);
	table_release(&now);
	table_release(&changes);
	table_release(&others);
	table_release(&nights);
	free(columns);
	free(path);
	return ret;
}
