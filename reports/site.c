// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The folder of the report. Pictures are drawn in a folder of their own inside it and renamed into
 * place one by one; the page that shows them comes last, also by rename.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flame.h"
#include "gnuplot.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "lib/strvec.h"
#include "page-compare.h"
#include "page.h"
#include "reports.h"

/* Specs, told apart where a kernel is compared with itself. */
static void name_sides(const struct judgement *list, size_t count, struct strvec *names)
{
	strvec_push(names, list[0].base.spec);
	for (size_t i = 0; i < count; i++) {
		const char *spec = list[i].new.spec;

		if (strvec_has(names, spec))
			strvec_pushf(names, "%s (kernel %zu)", spec, i + 2);
		else
			strvec_push(names, spec);
	}
}

static int draw(const char *dir, const struct judgement *list, size_t count,
		const struct strvec *names, struct plots *plots)
{
	struct plot_side *sides = xcalloc(count + 1, sizeof(*sides));
	int ret;

	sides[0] = (struct plot_side){ names->items[0], &list[0].base_metrics,
				       &list[0].base_histograms, NULL };
	for (size_t i = 0; i < count; i++)
		sides[i + 1] = (struct plot_side){ names->items[i + 1], &list[i].new_metrics,
						   &list[i].new_histograms, &list[i] };
	ret = plots_draw(dir, list[0].base.clock, sides, count + 1, plots);
	free(sides);
	return ret;
}

static int write_flame(const char *dir, size_t judgement, const struct explanation *e)
{
	char *name = page_flame_name(judgement, e->workload);
	char *path = xasprintf("%s/%s", dir, name);
	int ret = flame_write(path, e);

	free(path);
	free(name);
	return ret;
}

/* Of what was profiled with its calls. */
static int write_flames(const char *dir, const struct judgement *list, size_t count)
{
	for (size_t k = 0; k < count; k++)
		for (size_t i = 0; i < list[k].explanation_count; i++) {
			const struct explanation *e = &list[k].explanations[i];

			if (e->base_calls.count && e->new_calls.count && write_flame(dir, k, e) < 0)
				return -1;
		}
	return 0;
}

static int write_html(const char *dir, const char *name, struct html *h)
{
	char *path = xasprintf("%s/%s", dir, name);
	int ret = file_write(path, h->out.data, h->out.len);

	html_release(h);
	free(path);
	return ret;
}

/* The page of comparisons with one base, and its pictures before it. */
static int write_compare(const char *dir, const struct judgement *list, size_t count,
			 const struct page_links *links)
{
	struct strvec names = STRVEC_INIT;
	struct plots plots = { 0 };
	struct html h = HTML_INIT;
	int ret = dir_make(dir);

	name_sides(list, count, &names);
	if (ret == 0)
		ret = draw(dir, list, count, &names, &plots);
	if (ret == 0)
		ret = write_flames(dir, list, count);
	if (ret == 0) {
		page_compare(&h, list, count, names.items, &plots, links);
		ret = write_html(dir, "index.html", &h);
	}
	plots_release(&plots);
	strvec_release(&names);
	return ret;
}

/* 1 when there is such a page, 0 when nothing of what was published was measured, -1. */
static int write_published(const char *dir, const struct judgement *list, size_t count)
{
	char *path = path_share("configs/published.json");
	struct published p = { 0 };
	struct html h = HTML_INIT;
	int ret = path ? published_load(&p, path) : -1;

	if (ret == 0 && published_match(&p, list, count)) {
		page_published(&h, &p, &list[0].base);
		ret = write_html(dir, "published.html", &h) < 0 ? -1 : 1;
	}
	published_release(&p);
	free(path);
	return ret;
}

/* With the same base and the same workloads. */
static bool same_group(const struct judgement *a, const struct judgement *b)
{
	const char *x = a->new.only.workloads, *y = b->new.only.workloads;

	return a->base.arm == b->base.arm && strcmp(x ? x : "", y ? y : "") == 0;
}

/* Comparisons that belong together stand together; the order is otherwise that of the plan. */
static struct judgement *sort_by_group(const struct judgement *list, size_t count)
{
	struct judgement *sorted = xcalloc(count, sizeof(*sorted));
	bool *taken = xcalloc(count, sizeof(*taken));
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t k = i; k < count && !taken[i]; k++) {
			if (taken[k] || !same_group(&list[i], &list[k]))
				continue;
			sorted[n++] = list[k];
			taken[k] = k != i;
		}
	free(taken);
	return sorted;
}

static bool has_history(const char *dir)
{
	char *path = xasprintf("%s/history.html", dir);
	bool there = file_exists(path);

	free(path);
	return there;
}

int report_history(const char *dir, const struct history *history, const struct self_checks *checks)
{
	struct html h = HTML_INIT;

	if (dir_make(dir) < 0)
		return -1;
	page_history(&h, history, checks);
	return write_html(dir, "history.html", &h);
}

static int write_groups(const char *dir, const struct page_group *groups, size_t count,
			bool published)
{
	const struct page_links links = { "../index.html", published ? "../published.html" : NULL,
					  has_history(dir) ? "../history.html" : NULL };
	struct html h = HTML_INIT;

	for (size_t i = 0; i < count; i++) {
		char *sub = xasprintf("%s/comparison-%zu", dir, i + 1);
		int ret = write_compare(sub, groups[i].list, groups[i].count, &links);

		free(sub);
		if (ret < 0)
			return -1;
	}
	page_overview(&h, groups, count, published);
	return write_html(dir, "index.html", &h);
}

int report_html(const char *dir, const struct judgement *list, size_t count)
{
	struct judgement *sorted = sort_by_group(list, count); /* shallow copies */
	struct page_group *groups = xcalloc(count, sizeof(*groups));
	size_t group_count = 0;
	int ret = -1, published = dir_make(dir) < 0 ? -1 : write_published(dir, list, count);

	for (size_t i = 0; i < count; i++) {
		if (i == 0 || !same_group(&sorted[i - 1], &sorted[i])) {
			groups[group_count] = (struct page_group){ .list = &sorted[i] };
			group_count++;
		}
		groups[group_count - 1].count++;
	}
	if (published >= 0 && group_count == 1) {
		const struct page_links links = { NULL, published ? "published.html" : NULL,
						  has_history(dir) ? "history.html" : NULL };

		ret = write_compare(dir, sorted, count, &links);
	} else if (published >= 0) {
		char **hrefs = xcalloc(group_count, sizeof(*hrefs));

		for (size_t i = 0; i < group_count; i++)
			groups[i].href = hrefs[i] = xasprintf("comparison-%zu/index.html", i + 1);
		ret = write_groups(dir, groups, group_count, published);
		for (size_t i = 0; i < group_count; i++)
			free(hrefs[i]);
		free(hrefs);
	}
	free(groups);
	free(sorted);
	return ret;
}
