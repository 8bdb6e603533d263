// SPDX-License-Identifier: GPL-2.0-or-later
#include "changes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "stats.h"

#define BOUND	 3.0 /* in units of the noise: what is further off counts as this far */
#define LEAST	 2   /* nights of a segment */
#define EXACTLY	 1e-9
#define TO_SIGMA 1.4826 /* from a median distance, for normal noise */

double changes_noise(const double *v, size_t n)
{
	double *d = xcalloc(n, sizeof(*d));
	double least = EXACTLY * fabs(stats_median(v, n)), middle, noise = 0;

	if (n > 1) {
		for (size_t i = 0; i + 1 < n; i++)
			d[i] = v[i + 1] - v[i];
		middle = stats_median(d, n - 1);
		for (size_t i = 0; i + 1 < n; i++)
			d[i] = fabs(d[i] - middle);
		noise = TO_SIGMA / M_SQRT2 * stats_median(d, n - 1);
	}
	free(d);
	if (least <= 0)
		least = EXACTLY;
	return fmax(noise, least);
}

/* Of n ascending values. */
static double level_of_sorted(const double *sorted, size_t n, double noise)
{
	double middle = n % 2 ? sorted[n / 2] : sorted[n / 2 - 1] / 2 + sorted[n / 2] / 2;
	double sum = 0;
	size_t near = 0;

	/* As distances, so that large values lose no digits. */
	for (size_t i = n / 2; i < n && sorted[i] - middle <= BOUND * noise; i++, near++)
		sum += sorted[i] - middle;
	for (size_t i = n / 2; i > 0 && middle - sorted[i - 1] <= BOUND * noise; i--, near++)
		sum += sorted[i - 1] - middle;
	return near ? middle + sum / (double)near : middle;
}

static double cost_of_sorted(const double *sorted, size_t n, double noise)
{
	const double bound = BOUND * BOUND * noise * noise;
	double level = level_of_sorted(sorted, n, noise), sum = 0;

	for (size_t i = 0; i < n; i++) {
		double square = (sorted[i] - level) * (sorted[i] - level);

		sum += square < bound ? square : bound;
	}
	return sum / noise / noise;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double changes_level(const double *v, size_t n, double noise)
{
	double *sorted = xcalloc(n, sizeof(*sorted));
	double level;

	memcpy(sorted, v, n * sizeof(*v));
	qsort(sorted, n, sizeof(*sorted), by_value);
	level = level_of_sorted(sorted, n, noise);
	free(sorted);
	return level;
}

static void insert(double *sorted, size_t n, double value)
{
	size_t at = n;

	while (at > 0 && sorted[at - 1] > value)
		at--;
	memmove(sorted + at + 1, sorted + at, (n - at) * sizeof(*sorted));
	sorted[at] = value;
}

/* best[e]: the least cost of the first e nights; from[e]: where its last segment starts. */
static void partition(const double *v, size_t n, double noise, double *best, size_t *from)
{
	double penalty = CHANGES_PENALTY * log((double)n);
	double *sorted = xcalloc(n + 1, sizeof(*sorted));

	best[0] = -penalty;
	for (size_t end = 1; end <= n; end++) {
		best[end] = INFINITY;
		from[end] = 0;
		/* The last segment grows backwards. */
		for (size_t length = 1; length <= end; length++) {
			size_t start = end - length;
			double cost;

			insert(sorted, length - 1, v[start]);
			if ((length < LEAST && start > 0) || !isfinite(best[start]))
				continue;
			cost = best[start] + penalty + cost_of_sorted(sorted, length, noise);
			if (cost < best[end]) {
				best[end] = cost;
				from[end] = start;
			}
		}
	}
	free(sorted);
}

size_t changes_find(const double *v, size_t n, size_t *starts)
{
	double *best = xcalloc(n + 1, sizeof(*best));
	size_t *from = xcalloc(n + 1, sizeof(*from));
	size_t count = 0;

	partition(v, n, changes_noise(v, n), best, from);
	for (size_t end = n; from[end] > 0; end = from[end])
		count++;
	for (size_t end = n, i = count; from[end] > 0; end = from[end])
		starts[--i] = from[end];
	free(best);
	free(from);
	return count;
}
