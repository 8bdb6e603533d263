// SPDX-License-Identifier: GPL-2.0-or-later
#include "plot.h"

#include <stdlib.h>

#include "gnuplot.h"
#include "lib/strvec.h"
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

int plots_draw(const char *dir, const char *clock, const struct plot_side *sides, size_t count,
	       struct plots *out)
{
	struct sheet sheet = {
		.sides = sides,
		.count = count < PLOT_SIDES_MAX ? count : PLOT_SIDES_MAX,
		.clock = clock,
		.gnuplot = GNUPLOT_INIT,
		.plots = out,
	};
	struct strvec workloads = STRVEC_INIT;
	int ret;

	*out = (struct plots){ 0 };
	list_workloads(&sheet, &workloads);
	for (size_t i = 0; i < workloads.count; i++) {
		plot_rates(&sheet, workloads.items[i]);
		plot_differences(&sheet, workloads.items[i]);
		plot_latencies(&sheet, workloads.items[i]);
		plot_growth(&sheet, workloads.items[i]);
	}
	ret = gnuplot_run(&sheet.gnuplot, dir);
	if (ret != 0)
		plots_release(out);
	strvec_release(&workloads);
	gnuplot_release(&sheet.gnuplot);
	return ret < 0 ? -1 : 0;
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
