// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"

/* Up to here the counts of the Mann-Whitney U are exact enough as doubles and quick to make. */
#define EXACT_MAX 50

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median_of_sorted(const double *x, size_t n)
{
	return n % 2 ? x[n / 2] : x[n / 2 - 1] / 2 + x[n / 2] / 2;
}

double stats_median(const double *x, size_t n)
{
	double *sorted = xcalloc(n, sizeof(*sorted));
	double median;

	memcpy(sorted, x, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_value);
	median = median_of_sorted(sorted, n);
	free(sorted);
	return median;
}

/* All y[j] - x[i], ascending; a new array of nx * ny. */
static double *sorted_differences(const double *x, size_t nx, const double *y, size_t ny)
{
	double *d = xreallocarray(NULL, nx * ny, sizeof(*d));

	for (size_t i = 0; i < nx; i++)
		for (size_t j = 0; j < ny; j++)
			d[i * ny + j] = y[j] - x[i];
	qsort(d, nx * ny, sizeof(*d), by_value);
	return d;
}

double stats_hodges_lehmann(const double *x, size_t nx, const double *y, size_t ny)
{
	double *d = sorted_differences(x, nx, y, ny);
	double shift = median_of_sorted(d, nx * ny);

	free(d);
	return shift;
}

/*
 * In how many of the C(m + n, m) orders of two samples U is u, for u = 0 ... m * n: the largest
 * value is in the second sample and adds nothing, or in the first and is above all n of the
 * second: f(m, n, u) = f(m, n - 1, u) + f(m - 1, n, u - n). A row per m, updated in place n by n.
 */
static double *mann_whitney_counts(size_t m, size_t n)
{
	size_t width = m * n + 1;
	double *f = xcalloc((m + 1) * width, sizeof(*f));
	double *last;

	for (size_t i = 0; i <= m; i++)
		f[i * width] = 1;
	for (size_t j = 1; j <= n; j++)
		for (size_t i = 1; i <= m; i++)
			for (size_t u = j; u <= i * j; u++)
				f[i * width + u] += f[(i - 1) * width + u - j];
	last = xcalloc(width, sizeof(*last));
	memcpy(last, f + m * width, width * sizeof(*last));
	free(f);
	return last;
}

/*
 * The largest k with P(U < k) below the tail; 0 when there is none. A step that meets the tail
 * exactly (2 of 40 orders for 5 %) counts only where there is no other, as in R's wilcox.test().
 */
static size_t critical_exact(size_t m, size_t n, double tail)
{
	const double rounding = 1e-12;
	double *count = mann_whitney_counts(m, n);
	double total = 0, below = 0;
	size_t k = 0;

	for (size_t u = 0; u <= m * n; u++)
		total += count[u];
	tail *= total;
	while (k <= m * n && below + count[k] < tail * (1 - rounding))
		below += count[k++];
	if (k == 0 && count[0] <= tail * (1 + rounding))
		k = 1;
	free(count);
	return k;
}

/* The z with P(Z > z) = tail, for 0 < tail < 0.5. */
static double normal_quantile(double tail)
{
	double lo = 0, hi = 40;

	for (int i = 0; i < 64; i++) {
		double z = (lo + hi) / 2;

		if (erfc(z / M_SQRT2) / 2 > tail)
			lo = z;
		else
			hi = z;
	}
	return lo;
}

/* The normal approximation of the same, without a correction for ties: at more than 50 values on
 * a side it is off by less than one step. */
static size_t critical_normal(size_t m, size_t n, double tail)
{
	double mean = (double)m * (double)n / 2;
	double sd = sqrt((double)m * (double)n * ((double)m + (double)n + 1) / 12);
	double k = floor(mean - normal_quantile(tail) * sd + 0.5);

	return k > 0 ? (size_t)k : 0;
}

int stats_shift_interval(const double *x, size_t nx, const double *y, size_t ny, double level,
			 double *lo, double *hi)
{
	double tail = (1 - level) / 2;
	double *d;
	size_t k;

	if (nx == 0 || ny == 0)
		return -1;
	if (nx <= EXACT_MAX && ny <= EXACT_MAX)
		k = critical_exact(nx, ny, tail);
	else
		k = critical_normal(nx, ny, tail);
	if (k == 0)
		return -1;
	/* Of the sorted differences the k-th from either end. Ties only widen the coverage. */
	d = sorted_differences(x, nx, y, ny);
	*lo = d[k - 1];
	*hi = d[nx * ny - k];
	free(d);
	return 0;
}

uint64_t stats_histogram_quantile(const uint64_t *value, const uint64_t *count, size_t n, double q)
{
	uint64_t total = 0, seen = 0;
	long double reach;

	for (size_t i = 0; i < n; i++)
		total += count[i];
	/* 0.07 x 100 must be 7, though 0.07 as a double is a little more. */
	reach = (long double)q * (long double)total * (1 - 1e-15L);
	for (size_t i = 0; i < n; i++) {
		seen += count[i];
		if (seen > 0 && (long double)seen >= reach)
			return value[i];
	}
	return 0;
}
