// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The folder of the report. Pictures are drawn in a folder of their own inside it and renamed into
 * place one by one; the page that shows them comes last, also by rename.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/strvec.h"
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

static int move_into_place(const char *from, const char *to, const char *stem)
{
	int ret = 0;

	for (size_t i = 0; i < GNUPLOT_FORMATS && ret == 0; i++) {
		char *old = xasprintf("%s/%s%s", from, stem, gnuplot_suffixes[i]);
		char *new = xasprintf("%s/%s%s", to, stem, gnuplot_suffixes[i]);

		if (rename(old, new) < 0)
			ret = error("cannot rename \"%s\" to \"%s\":", old, new);
		free(old);
		free(new);
	}
	return ret;
}

static int write_page(const char *dir, const struct judgement *list, size_t count,
		      const struct strvec *names, const struct plots *plots)
{
	char *path = xasprintf("%s/index.html", dir);
	struct html h = HTML_INIT;
	int ret;

	page_compare(&h, list, count, names->items, plots);
	ret = file_write(path, h.out.data, h.out.len);
	html_release(&h);
	free(path);
	return ret;
}

int report_html(const char *dir, const struct judgement *list, size_t count)
{
	char *work = xasprintf("%s/.plots-XXXXXX", dir);
	struct strvec names = STRVEC_INIT;
	struct plots plots = { 0 };
	int ret = -1;

	if (dir_make(dir) < 0)
		goto out_free;
	if (!mkdtemp(work)) {
		error("cannot create a folder in \"%s\":", dir);
		goto out_free;
	}
	name_sides(list, count, &names);
	if (draw(work, list, count, &names, &plots) < 0)
		goto out;
	for (size_t i = 0; i < plots.count; i++)
		if (move_into_place(work, dir, plots.items[i].stem) < 0)
			goto out;
	ret = write_page(dir, list, count, &names, &plots);
out:
	if (dir_remove(work) < 0)
		ret = -1;
	plots_release(&plots);
	strvec_release(&names);
out_free:
	free(work);
	return ret;
}
