// SPDX-License-Identifier: GPL-2.0-or-later
#include "plot.h"

#include <stdlib.h>

#include "gnuplot.h"
#include "lib/strvec.h"
#include "pictures.h"
#include "sheet.h"

static void list_workloads(const struct sheet *sheet, struct strvec *out)
{
	for (size_t s = 0; s < sheet->count; s++)
		for (size_t i = 0; i < sheet->sides[s].metrics->count; i++) {
			const char *name = sheet->sides[s].metrics->items[i].workload;

			if (!strvec_has(out, name))
				strvec_push(out, name);
		}
}

/* All pictures of a page, ready to be drawn. */
static void describe(struct sheet *sheet)
{
	struct strvec workloads = STRVEC_INIT;

	list_workloads(sheet, &workloads);
	for (size_t i = 0; i < workloads.count; i++) {
		plot_rates(sheet, workloads.items[i]);
		plot_differences(sheet, workloads.items[i]);
		plot_latencies(sheet, workloads.items[i]);
		plot_growth(sheet, workloads.items[i]);
	}
	strvec_release(&workloads);
}

static int draw(const char *clock, const struct plot_side *sides, size_t count, struct folder *f,
		const char *dir, struct plots *out)
{
	struct sheet sheet = {
		.sides = sides,
		.count = count < PLOT_SIDES_MAX ? count : PLOT_SIDES_MAX,
		.clock = clock,
		.plots = out,
	};
	int ret;

	gnuplot_init(&sheet.gnuplot);
	*out = (struct plots){ 0 };
	describe(&sheet);
	ret = f ? pictures_draw(&sheet.gnuplot, f, dir) : gnuplot_run(&sheet.gnuplot, dir);
	if (ret != 0)
		plots_release(out);
	gnuplot_release(&sheet.gnuplot);
	return ret < 0 ? -1 : 0;
}

int plots_draw(const char *dir, const char *clock, const struct plot_side *sides, size_t count,
	       struct plots *out)
{
	return draw(clock, sides, count, NULL, dir, out);
}

int plots_draw_site(struct folder *f, const char *dir, const char *clock,
		    const struct plot_side *sides, size_t count, struct plots *out)
{
	return draw(clock, sides, count, f, dir, out);
}

void plots_release(struct plots *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->items[i].workload);
		free(p->items[i].stem);
		free(p->items[i].caption);
		free(p->items[i].alt);
	}
	free(p->items);
	*p = (struct plots){ 0 };
}
