// SPDX-License-Identifier: GPL-2.0-or-later
#include "quantiles.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/random.h"
#include "stats.h"

#define BOOTS_MIN 4

static const struct {
	const char *name;
	double q;
} quantiles[] = {
	{ "p50", 0.5 },	    { "p90", 0.9 },	  { "p95", 0.95 }, { "p99", 0.99 },
	{ "p99.9", 0.999 }, { "p99.99", 0.9999 }, { "p100", 1 },
};

#define QUANTILE_COUNT (sizeof(quantiles) / sizeof(quantiles[0]))

/* One kind of one workload on one side: a row of counts per boot, on the values of both sides. */
struct boots {
	uint64_t *counts; /* rows x width */
	uint64_t *sum;	  /* of the rows that were drawn last */
	size_t rows;
};

struct grid {
	uint64_t *ns; /* ascending */
	size_t width;
};

/* --- bins --------------------------------------------------------------------------------------- */

static bool is_of(const struct db_histogram *h, const struct db_histogram *like)
{
	return !strcmp(h->workload, like->workload) && !strcmp(h->kind, like->kind);
}

static int by_ns(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static size_t bins_of(const struct db_histograms *list, const struct db_histogram *like)
{
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++)
		if (is_of(&list->items[i], like))
			n += list->items[i].count;
	return n;
}

static void add_values(struct grid *g, const struct db_histograms *list,
		       const struct db_histogram *like)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct db_histogram *h = &list->items[i];

		if (!is_of(h, like))
			continue;
		memcpy(g->ns + g->width, h->ns, h->count * sizeof(*g->ns));
		g->width += h->count;
	}
}

/* All values that a bin of either side has, each once. */
static void grid_make(struct grid *g, const struct db_histograms *base,
		      const struct db_histograms *new, const struct db_histogram *like)
{
	size_t kept = 0;

	*g = (struct grid){ 0 };
	g->ns = xcalloc(bins_of(base, like) + bins_of(new, like) + 1, sizeof(*g->ns));
	add_values(g, base, like);
	add_values(g, new, like);
	qsort(g->ns, g->width, sizeof(*g->ns), by_ns);
	for (size_t i = 0; i < g->width; i++)
		if (!kept || g->ns[i] != g->ns[kept - 1])
			g->ns[kept++] = g->ns[i];
	g->width = kept;
}

static void boots_make(struct boots *b, const struct grid *g, const struct db_histograms *list,
		       const struct db_histogram *like)
{
	size_t rows = 0;

	*b = (struct boots){ 0 };
	for (size_t i = 0; i < list->count; i++)
		rows += is_of(&list->items[i], like);
	b->counts = xcalloc(rows * g->width + 1, sizeof(*b->counts));
	b->sum = xcalloc(g->width + 1, sizeof(*b->sum));
	for (size_t i = 0; i < list->count; i++) {
		const struct db_histogram *h = &list->items[i];
		uint64_t *row = b->counts + b->rows * g->width;

		if (!is_of(h, like))
			continue;
		for (size_t k = 0, at = 0; k < h->count; k++) {
			while (g->ns[at] < h->ns[k])
				at++;
			row[at] = h->counts[k];
		}
		b->rows++;
	}
}

static void boots_release(struct boots *b)
{
	free(b->counts);
	free(b->sum);
}

/* --- draws -------------------------------------------------------------------------------------- */

static void add_row(struct boots *b, const struct grid *g, size_t row)
{
	for (size_t i = 0; i < g->width; i++)
		b->sum[i] += b->counts[row * g->width + i];
}

/* As many boots as there are: each once, or at random. */
static void merge(struct boots *b, const struct grid *g, struct random *r)
{
	memset(b->sum, 0, g->width * sizeof(*b->sum));
	for (size_t i = 0; i < b->rows; i++)
		add_row(b, g, r ? random_next(r) % b->rows : i);
}

static double quantile(const struct boots *b, const struct grid *g, double q)
{
	return (double)stats_histogram_quantile(g->ns, b->sum, g->width, q);
}

static double percent(double base, double new)
{
	if (base > 0)
		return 100 * (new - base) / base;
	return new > 0 ? NAN : 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Draws of all quantiles at once: QUANTILE_COUNT columns of QUANTILES_DRAWS. */
static void add_intervals(struct quantile_shift *shifts, const struct grid *g,
			  struct boots sides[2])
{
	enum { OUTSIDE = QUANTILES_DRAWS / 40 }; /* 2.5 % */
	double *draws = xcalloc(QUANTILE_COUNT * QUANTILES_DRAWS, sizeof(*draws));
	struct random r = { .state = QUANTILES_SEED };

	for (size_t d = 0; d < QUANTILES_DRAWS; d++) {
		merge(&sides[0], g, &r);
		merge(&sides[1], g, &r);
		for (size_t k = 0; k < QUANTILE_COUNT; k++)
			draws[k * QUANTILES_DRAWS + d] =
				percent(quantile(&sides[0], g, quantiles[k].q),
					quantile(&sides[1], g, quantiles[k].q));
	}
	for (size_t k = 0; k < QUANTILE_COUNT; k++) {
		double *column = draws + k * QUANTILES_DRAWS;

		if (isnan(shifts[k].delta_pct))
			continue;
		qsort(column, QUANTILES_DRAWS, sizeof(*column), by_value);
		shifts[k].ci_pct[0] = column[OUTSIDE];
		shifts[k].ci_pct[1] = column[QUANTILES_DRAWS - 1 - OUTSIDE];
	}
	free(draws);
}

/* --- one kind ----------------------------------------------------------------------------------- */

static void compare_kind(const struct db_histograms *base, const struct db_histograms *new,
			 const struct db_histogram *like, struct quantile_shifts *out)
{
	struct quantile_shift *shifts = out->items + out->count;
	struct boots sides[2];
	struct grid g;

	grid_make(&g, base, new, like);
	boots_make(&sides[0], &g, base, like);
	boots_make(&sides[1], &g, new, like);
	merge(&sides[0], &g, NULL);
	merge(&sides[1], &g, NULL);
	for (size_t k = 0; k < QUANTILE_COUNT; k++) {
		double values[2] = { quantile(&sides[0], &g, quantiles[k].q),
				     quantile(&sides[1], &g, quantiles[k].q) };

		shifts[k] = (struct quantile_shift){
			.workload = like->workload,
			.kind = like->kind,
			.name = quantiles[k].name,
			.base_ns = values[0],
			.new_ns = values[1],
			.delta_pct = percent(values[0], values[1]),
			.ci_pct = { NAN, NAN },
			.saturated = fmax(values[0], values[1]) >= (double)BIN_LAST_NS,
			.n_base = sides[0].rows,
			.n_new = sides[1].rows,
		};
	}
	if (sides[0].rows >= BOOTS_MIN && sides[1].rows >= BOOTS_MIN)
		add_intervals(shifts, &g, sides);
	out->count += QUANTILE_COUNT;
	boots_release(&sides[0]);
	boots_release(&sides[1]);
	free(g.ns);
}

static bool is_first(const struct db_histograms *list, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (is_of(&list->items[i], &list->items[index]))
			return false;
	return true;
}

void quantiles_compare(const struct db_histograms *base, const struct db_histograms *new,
		       struct quantile_shifts *out)
{
	*out = (struct quantile_shifts){ 0 };
	for (size_t i = 0; i < base->count; i++) {
		if (!is_first(base, i) || !bins_of(new, &base->items[i]))
			continue;
		out->items =
			xreallocarray(out->items, out->count + QUANTILE_COUNT, sizeof(*out->items));
		compare_kind(base, new, &base->items[i], out);
	}
}

void quantiles_release(struct quantile_shifts *q)
{
	free(q->items);
	*q = (struct quantile_shifts){ 0 };
}
