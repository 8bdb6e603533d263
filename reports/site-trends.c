// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trend pages of all plans. A page's fingerprint is made of the figures of its nights, so that
 * years that are over are looked at and left alone.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "pictures.h"
#include "trend.h"

#define LEAD_IN	     30 /* nights of the year before, so that a change at new year shows */
#define PICTURES_MAX 6

/* All that is known of a plan's nights. */
struct span {
	char year[8];
	const struct db_session **nights;
	size_t count;
};

struct spans {
	struct span *items; /* the present, then years, the newest first */
	size_t count;
	struct strvec years;
};

/* --- spans ------------------------------------------------------------------------------------- */

/* Sessions of the plan, by time. */
static const struct db_session **list_nights(const struct site *s, const char *plan, size_t *count)
{
	const struct db_session **nights =
		xcalloc(s->sessions.count + 1, sizeof(const struct db_session *));

	*count = 0;
	for (size_t i = s->sessions.count; i-- > 0;)
		if (!strcmp(s->sessions.items[i].plan, plan))
			nights[(*count)++] = &s->sessions.items[i];
	return nights;
}

static void add_span(struct spans *list, const char *year, const struct db_session **nights,
		     size_t count)
{
	struct span *span;

	list->items = xreallocarray(list->items, list->count + 1, sizeof(*list->items));
	span = &list->items[list->count++];
	*span = (struct span){ .nights = nights, .count = count };
	if (*year) {
		memcpy(span->year, year, 4);
		strvec_push(&list->years, span->year);
	}
}

/* Years that have nights before the present. */
static void make_spans(struct spans *list, const struct db_session **nights, size_t count)
{
	size_t past = count > SITE_NIGHTS ? count - SITE_NIGHTS : 0;
	size_t to = count;

	*list = (struct spans){ .years = STRVEC_INIT };
	add_span(list, "", nights + past, count - past);
	while (to > 0) {
		const char *year = nights[to - 1]->started;
		size_t from = to - 1, lead;

		if (strlen(year) < 4)
			break;
		while (from > 0 && !strncmp(nights[from - 1]->started, year, 4))
			from--;
		lead = from > LEAD_IN ? from - LEAD_IN : 0;
		if (from < past)
			add_span(list, year, nights + lead, to - lead);
		to = from;
	}
}

static void spans_release(struct spans *list)
{
	free(list->items);
	strvec_release(&list->years);
}

/* --- a page ------------------------------------------------------------------------------------ */

static size_t find_night(const struct db_line *l, const char *started, const char *session,
			 bool behind)
{
	size_t low = 0, high = l->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(l->nights[middle].started, started);

		if (order == 0)
			order = strcmp(l->nights[middle].session, session);
		if (order < 0 || (behind && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void find_range(const struct trend *t, const struct db_line *l, size_t *from, size_t *to)
{
	const struct db_session *first = t->nights[0], *last = t->nights[t->night_count - 1];

	*from = find_night(l, first->started, first->id, false);
	*to = find_night(l, last->started, last->id, true);
}

static void hash_line(struct hash *hash, const struct trend *t, const struct db_line *l)
{
	size_t from, to;

	find_range(t, l, &from, &to);
	hash_part(hash, "metric", l->metric);
	hash_part(hash, "kernel", l->spec);
	hash_part(hash, "unit", l->unit);
	hash_part(hash, "headline", l->headline ? "1" : "0");
	for (size_t i = from; i < to; i++) {
		const struct db_night *n = &l->nights[i];

		hash_part(hash, "session", n->session);
		hash_part(hash, "identity", n->kernel);
		hash_bytes(hash, &n->count, sizeof(n->count));
		hash_bytes(hash, n->values, (n->count + n->twins) * sizeof(*n->values));
	}
}

static void hash_trend(const struct site *s, const struct trend *t, const struct strvec *years,
		       const bool *groups, struct hash_hex *out)
{
	struct hash hash;

	hash_init(&hash);
	hash_part(&hash, "published", s->published ? "1" : "0");
	hash_bytes(&hash, groups, metric_group_count() * sizeof(*groups));
	for (size_t i = 0; i < years->count; i++)
		hash_part(&hash, "year", years->items[i]);
	for (size_t i = 0; i < t->night_count; i++) {
		hash_part(&hash, "night", t->nights[i]->id);
		hash_part(&hash, "failed", t->nights[i]->failed_runs ? "1" : "0");
		hash_part(&hash, "shown", site_session(s, t->nights[i]->id) ? "1" : "0");
	}
	for (size_t i = 0; i < t->line_count; i++)
		hash_line(&hash, t, t->lines[i]);
	hash_end(&hash, out);
}

static void choose_pictures(struct trend *t)
{
	for (int headline = 1; headline >= 0 && !t->pictured.count; headline--)
		for (size_t i = 0; i < t->line_count; i++)
			if (t->measured[i].count && t->lines[i]->headline == headline &&
			    t->pictured.count < (headline ? PICTURES_MAX : 1) &&
			    !strvec_has(&t->pictured, t->lines[i]->metric))
				strvec_push(&t->pictured, t->lines[i]->metric);
}

static void measure(struct trend *t)
{
	t->measured = xcalloc(t->line_count, sizeof(*t->measured));
	for (size_t i = 0; i < t->line_count; i++) {
		size_t from, to;

		find_range(t, t->lines[i], &from, &to);
		history_measure(&t->measured[i], t->lines[i], from, to);
	}
	choose_pictures(t);
}

static void trend_release(struct trend *t)
{
	for (size_t i = 0; i < t->line_count && t->measured; i++)
		history_line_release(&t->measured[i]);
	free(t->measured);
	free(t->lines);
	free(t->stem);
	strvec_release(&t->pictured);
	plots_release(&t->plots);
}

/* --- the pages of a plan ----------------------------------------------------------------------- */

/* A page that is to be rendered. */
struct pending {
	struct trend trend;
	char *key;
	struct hash_hex hash;
	bool groups[8];
};

struct batch {
	struct pending *items;
	size_t count;
	struct gnuplot gnuplot;
};

static int by_metric(const void *a, const void *b)
{
	const struct db_line *x = *(const struct db_line *const *)a;
	const struct db_line *y = *(const struct db_line *const *)b;
	int order = strcmp(x->metric, y->metric);

	return order != 0 ? order : strcmp(x->spec, y->spec);
}

static const struct db_line **list_lines(const struct site *s, const struct site_plan *plan,
					 const char *workload, const struct metric_group *group,
					 size_t *count)
{
	const struct db_line **lines =
		xcalloc(s->history.lines.count + 1, sizeof(const struct db_line *));

	*count = 0;
	for (size_t i = 0; i < s->history.lines.count; i++) {
		const struct db_line *l = &s->history.lines.items[i];

		if (!strcmp(l->workload, workload) && !strcmp(l->plan, plan->name) &&
		    metric_group(l->metric) == group)
			lines[(*count)++] = l;
	}
	if (*count)
		qsort((void *)lines, *count, sizeof(const struct db_line *), by_metric);
	return lines;
}

static void consider(struct site *s, struct batch *b, struct trend *t, const struct spans *spans,
		     const bool *groups)
{
	char *key = xasprintf("%s/%s", t->plan->dir, t->stem);
	struct pending *p;
	struct hash_hex hash;

	hash_trend(s, t, &spans->years, groups, &hash);
	if (folder_fresh(&s->folder, key, &hash)) {
		free(key);
		trend_release(t);
		return;
	}
	b->items = xreallocarray(b->items, b->count + 1, sizeof(*b->items));
	p = &b->items[b->count++];
	*p = (struct pending){ .trend = *t, .key = key, .hash = hash };
	memcpy(p->groups, groups, metric_group_count() * sizeof(*groups));
	measure(&p->trend);
	plot_trend(&p->trend, &b->gnuplot);
}

static void add_workload(struct site *s, struct batch *b, const struct site_plan *plan,
			 const char *workload, const struct spans *spans)
{
	bool groups[8] = { false };

	for (size_t g = 0; g < metric_group_count(); g++) {
		size_t count;

		free(list_lines(s, plan, workload, metric_group_at(g), &count));
		groups[g] = count != 0;
	}
	for (size_t g = 0; g < metric_group_count(); g++)
		for (size_t i = 0; i < spans->count && groups[g]; i++) {
			const struct span *span = &spans->items[i];
			struct trend t = { .plan = plan,
					   .workload = workload,
					   .group = metric_group_at(g),
					   .nights = span->nights,
					   .night_count = span->count };

			memcpy(t.year, span->year, sizeof(t.year));
			t.stem = trend_stem(workload, t.group, t.year);
			t.lines = list_lines(s, plan, workload, t.group, &t.line_count);
			consider(s, b, &t, spans, groups);
		}
}

/* Pictures first, all at once; then the pages, without them when gnuplot is missing. */
static int finish(struct site *s, struct batch *b, const struct site_plan *plan,
		  const struct spans *spans)
{
	int ret = pictures_draw(&b->gnuplot, &s->folder, plan->dir);

	for (size_t i = 0; i < b->count && ret >= 0; i++) {
		struct pending *p = &b->items[i];

		if (ret > 0)
			plots_release(&p->trend.plots);
		folder_begin(&s->folder, p->key, &p->hash);
		pictures_keep(&s->folder, plan->dir, &p->trend.plots);
		if (page_trend(s, &p->trend, &spans->years, p->groups) < 0)
			ret = -1;
	}
	return ret < 0 ? -1 : 0;
}

static int render_plan(struct site *s, const struct site_plan *plan)
{
	struct batch b = { 0 };
	struct strvec workloads = STRVEC_INIT;
	struct spans spans;
	size_t count;
	const struct db_session **nights = list_nights(s, plan->name, &count);
	int ret;

	gnuplot_init(&b.gnuplot);
	make_spans(&spans, nights, count);
	for (size_t i = 0; i < s->history.lines.count; i++) {
		const struct db_line *l = &s->history.lines.items[i];

		if (!strcmp(l->plan, plan->name) && !strvec_has(&workloads, l->workload))
			strvec_push(&workloads, l->workload);
	}
	for (size_t i = 0; i < workloads.count; i++)
		add_workload(s, &b, plan, workloads.items[i], &spans);
	ret = finish(s, &b, plan, &spans);
	for (size_t i = 0; i < b.count; i++) {
		trend_release(&b.items[i].trend);
		free(b.items[i].key);
	}
	free(b.items);
	gnuplot_release(&b.gnuplot);
	spans_release(&spans);
	strvec_release(&workloads);
	free(nights);
	return ret;
}

int site_trends(struct site *s)
{
	for (size_t i = 0; i < s->plan_count; i++)
		if (render_plan(s, &s->plans[i]) < 0)
			return -1;
	return 0;
}
