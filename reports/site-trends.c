// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trend pages of all plans. What a span of nights has in the database decides whether it is
 * read at all: years that are over are neither read nor rendered again. Their pages link to no
 * pages of sessions and kernels, which come and go.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "pictures.h"
#include "trend.h"

#define LEAD_IN	     30 /* nights of the year before, so that a change at new year shows */
#define PICTURES_MAX 6

/* Nights that have pages of their own. */
struct span {
	char year[8]; /* "" is the present */
	const struct db_session **nights;
	size_t count;
	struct strvec stems;	      /* of its pages */
	struct db_lines own;	      /* read for a year */
	const struct db_lines *lines; /* NULL: not read, as nothing has changed */
};

struct spans {
	struct span *items; /* the present, then years, the newest first */
	size_t count;
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
	*span = (struct span){ .nights = nights, .count = count, .stems = STRVEC_INIT };
	if (*year)
		memcpy(span->year, year, 4);
}

/* Years that have nights before the present. */
static void make_spans(struct spans *list, const struct db_session **nights, size_t count)
{
	size_t past = count > SITE_NIGHTS ? count - SITE_NIGHTS : 0;
	size_t to = count;

	*list = (struct spans){ 0 };
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
	for (size_t i = 0; i < list->count; i++) {
		strvec_release(&list->items[i].stems);
		db_lines_release(&list->items[i].own);
	}
	free(list->items);
}

/* --- what pages there are ---------------------------------------------------------------------- */

static char *part_key(const struct site_plan *plan, const struct span *span, const char *what)
{
	return xasprintf("%s %s%s", plan->dir, *span->year ? span->year : "now", what);
}

/* All that the span's pages are made from. */
static void hash_span(const struct site *s, const struct span *span, struct hash_hex *out)
{
	struct hash hash;

	hash_init(&hash);
	hash_part(&hash, "published", s->published ? "1" : "0");
	for (size_t i = 0; i < span->count; i++) {
		const struct db_session *night = span->nights[i];

		hash_part(&hash, "night", night->id);
		hash_part(&hash, "content", night->content.s);
		if (!*span->year)
			hash_part(&hash, "shown", site_session(s, night->id) ? "1" : "0");
	}
	for (size_t i = 0; i < s->kernels.count && !*span->year; i++)
		hash_part(&hash, "kernel", s->kernels.items[i]);
	hash_end(&hash, out);
}

/* Adds the pages of a figure, once. */
static void add_stem(struct span *span, const struct db_line *l)
{
	char *stem = trend_stem(l->workload, metric_group(l->metric), span->year);

	if (!strvec_has(&span->stems, stem))
		strvec_push(&span->stems, stem);
	free(stem);
}

static int read_span(struct site *s, const struct site_plan *plan, struct span *span)
{
	if (!*span->year) {
		span->lines = &s->history.lines;
	} else if (db_lines(s->db, span->nights, span->count, true, &span->own) < 0) {
		return -1;
	} else {
		span->lines = &span->own;
	}
	for (size_t i = 0; i < span->lines->count; i++)
		if (!strcmp(span->lines->items[i].plan, plan->name))
			add_stem(span, &span->lines->items[i]);
	return 0;
}

/* Its stems from the names of its files. */
static void recall(struct span *span, const struct strvec *files)
{
	for (size_t i = 0; i < files->count; i++) {
		const char *name = strrchr(files->items[i], '/');

		name = name ? name + 1 : files->items[i];
		strvec_pushf(&span->stems, "%.*s", (int)(strlen(name) - strlen(".html")), name);
	}
}

/*
 * Which pages the span has. For a year that is remembered beside its pages, as a part of its own:
 * it depends on the year's nights alone, while the pages also have links to those of other years.
 */
static int learn(struct site *s, const struct site_plan *plan, struct span *span,
		 const struct hash_hex *content)
{
	char *key = part_key(plan, span, " pages");
	int ret = 0;

	if (*span->year && folder_fresh(&s->folder, key, content)) {
		recall(span, folder_files(&s->folder, key));
	} else {
		ret = read_span(s, plan, span);
		if (*span->year)
			folder_begin(&s->folder, key, content);
		for (size_t i = 0; *span->year && i < span->stems.count; i++) {
			char *name = xasprintf("%s/%s.html", plan->dir, span->stems.items[i]);

			folder_keep(&s->folder, name);
			free(name);
		}
	}
	free(key);
	return ret;
}

/* --- pages ------------------------------------------------------------------------------------- */

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
	for (size_t i = 0; i < t->line_count; i++)
		history_measure(&t->measured[i], t->lines[i]);
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

/* The pages of a span. */
struct batch {
	struct trend *items;
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

static const struct db_line **list_lines(const struct db_lines *all, const struct site_plan *plan,
					 const char *workload, const struct metric_group *group,
					 size_t *count)
{
	const struct db_line **lines = xcalloc(all->count + 1, sizeof(const struct db_line *));

	*count = 0;
	for (size_t i = 0; i < all->count; i++) {
		const struct db_line *l = &all->items[i];

		if (!strcmp(l->workload, workload) && !strcmp(l->plan, plan->name) &&
		    metric_group(l->metric) == group)
			lines[(*count)++] = l;
	}
	if (*count)
		qsort((void *)lines, *count, sizeof(const struct db_line *), by_metric);
	return lines;
}

static void add_page(struct batch *b, const struct site_plan *plan, const struct span *span,
		     const char *workload, const struct metric_group *group)
{
	struct trend t = {
		.plan = plan, .group = group, .nights = span->nights, .night_count = span->count
	};

	t.lines = list_lines(span->lines, plan, workload, group, &t.line_count);
	if (!t.line_count) {
		free(t.lines);
		return;
	}
	t.workload = t.lines[0]->workload;
	memcpy(t.year, span->year, sizeof(t.year));
	t.stem = trend_stem(workload, group, t.year);
	measure(&t);
	plot_trend(&t, &b->gnuplot);
	b->items = xreallocarray(b->items, b->count + 1, sizeof(*b->items));
	b->items[b->count++] = t;
}

static void add_pages(struct batch *b, const struct site_plan *plan, const struct span *span)
{
	struct strvec workloads = STRVEC_INIT;

	for (size_t i = 0; i < span->lines->count; i++) {
		const struct db_line *l = &span->lines->items[i];

		if (!strcmp(l->plan, plan->name) && !strvec_has(&workloads, l->workload))
			strvec_push(&workloads, l->workload);
	}
	for (size_t i = 0; i < workloads.count; i++)
		for (size_t g = 0; g < metric_group_count(); g++)
			add_page(b, plan, span, workloads.items[i], metric_group_at(g));
	strvec_release(&workloads);
}

/* While pictures are drawn, the data beside the pages is written; these come last, and without
 * pictures when gnuplot is missing. */
static int write_pages(struct site *s, struct batch *b, const struct site_plan *plan,
		       const struct trend_links *links)
{
	struct pictures pictures;
	int ret = pictures_start(&pictures, &b->gnuplot, &s->folder, plan->dir), drawn;

	for (size_t i = 0; i < b->count && ret == 0; i++)
		ret = page_trend_data(s, &b->items[i]);
	drawn = pictures_finish(&pictures, &s->folder);
	if (drawn < 0)
		ret = -1;
	for (size_t i = 0; i < b->count && ret == 0; i++) {
		if (drawn > 0)
			plots_release(&b->items[i].plots);
		pictures_keep(&s->folder, plan->dir, &b->items[i].plots);
		ret = page_trend(s, &b->items[i], links);
	}
	return ret;
}

static int render_span(struct site *s, const struct site_plan *plan, struct span *span,
		       const struct hash_hex *hash, const struct trend_links *links)
{
	char *key = part_key(plan, span, "");
	struct batch b = { 0 };
	int ret = 0;

	if (folder_fresh(&s->folder, key, hash))
		goto out;
	if (!span->lines)
		ret = read_span(s, plan, span);
	folder_begin(&s->folder, key, hash);
	gnuplot_init(&b.gnuplot);
	if (ret == 0) {
		add_pages(&b, plan, span);
		ret = write_pages(s, &b, plan, links);
	}
	for (size_t i = 0; i < b.count; i++)
		trend_release(&b.items[i]);
	free(b.items);
	gnuplot_release(&b.gnuplot);
out:
	free(key);
	return ret;
}

/* --- plans ------------------------------------------------------------------------------------- */

/* The span's content, and the links between the plan's pages. */
static void hash_links(const struct hash_hex *content, const struct trend_links *links,
		       struct hash_hex *out)
{
	struct hash hash;

	hash_init(&hash);
	hash_part(&hash, "content", content->s);
	for (size_t i = 0; i < links->stems.count; i++)
		hash_part(&hash, "page", links->stems.items[i]);
	hash_end(&hash, out);
}

/* Years come with the newest first. */
static void find_former(const struct spans *spans, struct strvec *out)
{
	struct strvec seen = STRVEC_INIT;

	for (size_t i = 0; i < spans->count; i++)
		for (size_t k = 0; k < spans->items[i].stems.count; k++) {
			const char *stem = spans->items[i].stems.items[k];
			size_t year = *spans->items[i].year ? strlen("-") + 4 : 0;
			char *figure = xasprintf("%.*s", (int)(strlen(stem) - year), stem);

			if (!strvec_has(&seen, figure)) {
				strvec_push(&seen, figure);
				if (year)
					strvec_push(out, stem);
			}
			free(figure);
		}
	strvec_release(&seen);
}

static int render_spans(struct site *s, struct site_plan *plan, struct spans *spans)
{
	struct trend_links links = { .stems = STRVEC_INIT, .years = STRVEC_INIT };
	struct hash_hex *content = xcalloc(spans->count, sizeof(*content)), hash;
	int ret = 0;

	for (size_t i = 0; i < spans->count && ret == 0; i++) {
		struct span *span = &spans->items[i];

		hash_span(s, span, &content[i]);
		ret = learn(s, plan, span, &content[i]);
		for (size_t k = 0; k < span->stems.count; k++)
			strvec_push(&links.stems, span->stems.items[k]);
		if (*span->year)
			strvec_push(&links.years, span->year);
	}
	find_former(spans, &plan->former);
	for (size_t i = 0; i < spans->count && ret == 0; i++) {
		hash_links(&content[i], &links, &hash);
		ret = render_span(s, plan, &spans->items[i], &hash, &links);
	}
	free(content);
	strvec_release(&links.stems);
	strvec_release(&links.years);
	return ret;
}

static int render_plan(struct site *s, struct site_plan *plan)
{
	struct spans spans;
	size_t count;
	const struct db_session **nights = list_nights(s, plan->name, &count);
	int ret;

	make_spans(&spans, nights, count);
	ret = render_spans(s, plan, &spans);
	spans_release(&spans);
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
