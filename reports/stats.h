/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics: pure functions on arrays of doubles. Nothing allocates that is returned. Values are
 * finite; who has others drops them before.
 */
#ifndef KAB_REPORTS_STATS_H
#define KAB_REPORTS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Median of n >= 1 values (mean of the middle two for even n). */
double stats_median(const double *x, size_t n);
/*
 * Where the median of what n >= 1 values come from lies, whatever its distribution: the narrowest
 * interval between two of the values that is symmetric in their order and covers `level` at least
 * (the sign test, turned round; Thompson, "On confidence ranges for the median", 1936). Fewer than
 * six values cannot cover 95 %: then it is their range. Returns what it covers.
 */
double stats_median_interval(const double *x, size_t n, double level, double *lo, double *hi);

/* Two samples, borrowed. Blocks say which values were measured side by side; NULL: none were. */
struct arms {
	const double *x, *y;
	size_t nx, ny;
	const int64_t *x_block, *y_block;
};

/* Where an interval comes from. */
enum shift_method {
	SHIFT_NONE,	    /* fewer than three values: there is no interval */
	SHIFT_STUDENT,	    /* too few values for ranks: takes the noise for normal */
	SHIFT_RANK,	    /* of the Mann-Whitney distribution; covers at least its level */
	SHIFT_INTERPOLATED, /* between two of these, where a whole step would cover far too much */
};

struct shift {
	double estimate; /* of y against x */
	double lo, hi;	 /* NaN for SHIFT_NONE */
	double error;	 /* what a standard error is for a mean; NaN for SHIFT_NONE */
	double p;	 /* two-sided, of no shift */
	enum shift_method method;
	bool blocked; /* values were compared within their blocks only */
};

/*
 * The shift of y against x, for at least one value each:
 *  - estimate: the median of the differences y[j] - x[i] (Hodges and Lehmann, "Estimates of
 *    location based on rank tests", 1963)
 *  - interval: the k-th difference from either end, k from the null distribution of the
 *    Mann-Whitney U: as R's wilcox.test(y, x, conf.int = TRUE, exact = TRUE), but see below
 *  - p: the exact permutation test of the rank sum, with midranks for ties (Streitberg and Roehmel,
 *    1986); without ties it is R's wilcox.test(exact = TRUE).
 *
 * Blocks: differences are taken within a block only, and the null distribution is that of the sum
 * of the blocks' U (van Elteren, 1960, with equal weights). Nothing that changes from block to block
 * matters then. Small blocks have few permutations, so this is done only where the smallest
 * possible p is 1/2000 or less: for blocks of 2 + 2 from ten values a side on. It depends on
 * the sizes alone, never on the values.
 *
 * Few values: where no rank interval of the level exists (3 + 3 values have 20 orders, and the
 * whole range covers 90 %), the interval is Student's for two samples of equal variance. Where
 * the exact one would miss less than 0.85 of what the level allows (5 + 5 values: 3.2 %), its ends
 * are interpolated between the two nearest steps (Hettmansperger and Sheather, 1986), of which
 * one misses less than that and the other more. `make bench-truth` shows what both cover.
 *
 * More than 50 values in a block: the normal approximation, with correction for ties.
 */
void stats_shift(const struct arms *arms, double level, struct shift *out);

/*
 * The p that two samples of n values each (in blocks of 2 + 2, where these are used) have at least:
 * below n = 5 none is proven at 1 %, whatever the values.
 */
double stats_smallest_p(size_t n);

/* The z with P(Z > z) = tail, for 0 < tail < 0.5. */
double stats_normal_quantile(double tail);

/*
 * Adjusts n p-values in place for their number, so that of those below a limit at most that share
 * is false (Benjamini and Hochberg, 1995; R's p.adjust(method = "BH")). NaN is left out.
 */
void stats_adjust(double *p, size_t n);

/*
 * Quantile q in [0, 1] of a histogram: the smallest bin value at which the cumulated count
 * reaches q x total: type 1 of R's quantile(). 0 when the histogram is empty. Percentiles are
 * computed on merged bins and never averaged.
 */
uint64_t stats_histogram_quantile(const uint64_t *value, const uint64_t *count, size_t n, double q);

/*
 * The exponent b of y = c + a * x^b, with a > 0 and c >= 0, to two digits behind the point and at
 * most 4: the least squares of the relative errors, over all b. NaN when n < 4, when a value is not
 * a positive number, or when y does not grow with x.
 */
double stats_exponent(const double *x, const double *y, size_t n);

#endif
