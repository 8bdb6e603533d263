/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics: pure functions on arrays of doubles. Nothing allocates that is returned.
 */
#ifndef KAB_REPORTS_STATS_H
#define KAB_REPORTS_STATS_H

#include <stddef.h>
#include <stdint.h>

/* Median of n >= 1 values (mean of the middle two for even n). */
double stats_median(const double *x, size_t n);

/*
 * The shift of y against x: the median of all pairwise differences y[j] - x[i]
 * (Hodges and Lehmann, 1963).
 */
double stats_hodges_lehmann(const double *x, size_t nx, const double *y, size_t ny);

/*
 * Exact confidence interval of that shift from the null distribution of the Mann-Whitney U
 * (Hollander, Wolfe, Chicken, "Nonparametric Statistical Methods", section 4.3). `level` such
 * as 0.95. Returns 0, or -1 when nx and ny are too small for any interval of that level.
 */
int stats_shift_interval(const double *x, size_t nx, const double *y, size_t ny, double level,
			 double *lo, double *hi);

/*
 * Quantile q in [0, 1] of a histogram: the smallest bin value at which the cumulated count
 * reaches q x total. 0 when the histogram is empty. Percentiles are computed on merged bins and
 * never averaged.
 */
uint64_t stats_histogram_quantile(const uint64_t *value, const uint64_t *count, size_t n, double q);

#endif
