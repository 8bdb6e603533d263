// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pages of one session, below a folder: its comparisons with their pictures and data, and what
 * was published of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flame.h"
#include "format.h"
#include "gnuplot.h"
#include "lib/alloc.h"
#include "lib/paths.h"
#include "lib/strvec.h"
#include "page-compare.h"
#include "pictures.h"
#include "reports.h"
#include "site.h"
#include "table.h"

static int write_html(struct folder *f, const char *dir, const char *name, struct html *h)
{
	char *path = folder_name(dir, name);
	int ret = folder_write(f, path, h->out.data, h->out.len);

	html_release(h);
	free(path);
	return ret;
}

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

static int draw(struct folder *f, const char *dir, const struct judgement *list, size_t count,
		const struct strvec *names, struct plots *plots)
{
	struct plot_side *sides = xcalloc(count + 1, sizeof(*sides));
	int ret;

	sides[0] = (struct plot_side){ names->items[0], &list[0].base_metrics,
				       &list[0].base_histograms, NULL };
	for (size_t i = 0; i < count; i++)
		sides[i + 1] = (struct plot_side){ names->items[i + 1], &list[i].new_metrics,
						   &list[i].new_histograms, &list[i] };
	ret = plots_draw_site(f, dir, list[0].base.clock, sides, count + 1, plots);
	free(sides);
	return ret;
}

static int write_flame(struct folder *f, const char *dir, size_t judgement,
		       const struct explanation *e)
{
	char *name = page_flame_name(judgement, e->workload), *file = folder_name(dir, name);
	char *path = folder_path(f, file);
	int ret = path ? flame_write(path, e) : -1;

	if (ret == 0)
		folder_keep(f, file);
	free(path);
	free(file);
	free(name);
	return ret;
}

/* Of what was profiled with its calls. */
static int write_flames(struct folder *f, const char *dir, const struct judgement *list,
			size_t count)
{
	for (size_t k = 0; k < count; k++)
		for (size_t i = 0; i < list[k].explanation_count; i++) {
			const struct explanation *e = &list[k].explanations[i];

			if (e->clock == EXPLAIN_INSTRUCTIONS && e->base_calls.count &&
			    e->new_calls.count && write_flame(f, dir, k, e) < 0)
				return -1;
		}
	return 0;
}

/* All figures of a page, in a form of --format. */
struct form {
	format_fn *write;
	const struct judgement *list;
	size_t count;
};

static int print_form(FILE *out, const void *what)
{
	const struct form *form = what;

	return form->write(out, form->list, form->count, true);
}

static int write_figures(struct folder *f, const char *dir, const struct judgement *list,
			 size_t count)
{
	static const struct {
		const char *name;
		format_fn *write;
	} forms[] = { { "figures.csv", format_csv }, { "figures.json", format_json } };
	int ret = 0;

	for (size_t i = 0; i < 2 && ret == 0; i++) {
		const struct form form = { forms[i].write, list, count };
		char *name = folder_name(dir, forms[i].name);

		ret = folder_print(f, name, print_form, &form);
		free(name);
	}
	return ret;
}

/* The page of comparisons with one base; a page that is part of a site has its data beside it. */
static int write_compare(struct folder *f, const char *dir, const struct judgement *list,
			 size_t count, const struct page_links *links)
{
	struct strvec names = STRVEC_INIT;
	struct plots plots = { 0 };
	struct html h = HTML_INIT;
	int ret;

	name_sides(list, count, &names);
	ret = draw(f, dir, list, count, &names, &plots);
	if (ret == 0)
		pictures_keep(f, dir, &plots);
	if (ret == 0)
		ret = write_flames(f, dir, list, count);
	if (ret == 0 && links->root)
		ret = write_figures(f, dir, list, count);
	if (ret == 0) {
		page_compare(&h, list, count, names.items, &plots, links);
		ret = write_html(f, dir, "index.html", &h);
	}
	plots_release(&plots);
	strvec_release(&names);
	return ret;
}

/* 1 when there is such a page, 0 when nothing of what was published was measured, -1. */
static int write_published(struct folder *f, const char *dir, const struct judgement *list,
			   size_t count, const struct page_links *links)
{
	char *path = path_share("configs/published.json");
	struct published p = { 0 };
	struct html h = HTML_INIT;
	int ret = path ? published_load(&p, path) : -1;

	if (ret == 0 && published_match(&p, list, count)) {
		page_published(&h, &p, &list[0].base, links);
		ret = write_html(f, dir, "published.html", &h) < 0 ? -1 : 1;
		if (ret > 0 && links->root) {
			char *name = folder_name(dir, "published");

			if (published_files(f, &p, name) < 0)
				ret = -1;
			free(name);
		}
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

/* One folder deeper; a new string, or NULL. */
static char *deeper(const char *href)
{
	return href ? xasprintf("../%s", href) : NULL;
}

static int write_groups(struct folder *f, const char *dir, const struct page_group *groups,
			size_t count, const struct page_links *links)
{
	struct page_links below = *links;
	char *hrefs[] = { deeper(links->root),	 deeper("index.html"),	 deeper(links->published),
			  deeper(links->nights), deeper(links->kernels), deeper(links->runs) };
	struct html h = HTML_INIT;
	int ret = 0;

	below.root = hrefs[0];
	below.overview = hrefs[1];
	below.published = hrefs[2];
	below.nights = hrefs[3];
	below.kernels = hrefs[4];
	below.runs = hrefs[5];
	for (size_t i = 0; i < count && ret == 0; i++) {
		char *name = xasprintf("comparison-%zu", i + 1), *sub = folder_name(dir, name);

		ret = write_compare(f, sub, groups[i].list, groups[i].count, &below);
		free(sub);
		free(name);
	}
	for (size_t i = 0; i < sizeof(hrefs) / sizeof(hrefs[0]); i++)
		free(hrefs[i]);
	if (ret < 0)
		return -1;
	page_overview(&h, groups, count, links);
	return write_html(f, dir, "index.html", &h);
}

int session_pages(struct folder *f, const struct session_place *place, const struct judgement *list,
		  size_t count)
{
	struct judgement *sorted = sort_by_group(list, count); /* shallow copies */
	struct page_group *groups = xcalloc(count, sizeof(*groups));
	char **hrefs = xcalloc(count, sizeof(*hrefs));
	struct page_links links = place->links;
	size_t group_count = 0;
	int ret = write_published(f, place->dir, list, count, &links);

	if (ret > 0)
		links.published = "published.html";
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || !same_group(&sorted[i - 1], &sorted[i])) {
			hrefs[group_count] =
				xasprintf("comparison-%zu/index.html", group_count + 1);
			groups[group_count] = (struct page_group){ .list = &sorted[i],
								   .href = hrefs[group_count] };
			group_count++;
		}
		groups[group_count - 1].count++;
	}
	if (ret >= 0 && group_count == 1)
		ret = write_compare(f, place->dir, sorted, count, &links);
	else if (ret >= 0)
		ret = write_groups(f, place->dir, groups, group_count, &links);
	for (size_t i = 0; i < group_count; i++)
		free(hrefs[i]);
	free(hrefs);
	free(groups);
	free(sorted);
	return ret < 0 ? -1 : 0;
}

int report_html(const char *dir, const struct judgement *list, size_t count)
{
	const struct session_place place = { .dir = "" };
	struct folder f;
	int ret = folder_open_alone(&f, dir);

	if (ret == 0) {
		folder_begin(&f, "session", NULL);
		ret = session_pages(&f, &place, list, count);
	}
	folder_release(&f);
	return ret;
}
