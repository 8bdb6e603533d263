/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Change points in a series of nights: pure functions.
 *
 * Optimal partitioning (Jackson et al., "An algorithm for optimal partitioning of data on an
 * interval", 2005) with a loss that is bounded (Fearnhead and Rigaill, "Changepoint detection in
 * the presence of outliers", 2019): a night counts for its squared distance from the level of its
 * segment in units of the noise, but never for more than nine. So one bad night, however bad, costs
 * less than a change point, and makes none. The noise comes from the differences between successive
 * nights, of which a step disturbs one only.
 *
 * The search is exact, by functional pruning (Rigaill, "A pruned dynamic programming algorithm",
 * 2015; the second paper above has it for bounded losses), and takes about n steps: ten years of
 * nights are a matter of milliseconds.
 *
 * A change point costs CHANGES_PENALTY x ln(n). `make bench-truth` shows what that means for a year
 * of nights: how often there is one where there is none, and how many of planted ones are found.
 */
#ifndef KAB_REPORTS_CHANGES_H
#define KAB_REPORTS_CHANGES_H

#include <stddef.h>

#define CHANGES_PENALTY 2.5

/*
 * Noise of one night: 1.4826 / sqrt(2) of the median distance of successive differences from their
 * median; at least a billionth of the median, which is what exact figures have. n >= 1.
 */
double changes_noise(const double *v, size_t n);

/*
 * Fills `starts` (room for n) with the first night of every segment but the first, ascending, and
 * returns their number. A segment has at least two nights. n >= 1.
 */
size_t changes_find(const double *v, size_t n, size_t *starts);

/* The level of a segment: the mean of what lies within three times the noise of the median. */
double changes_level(const double *v, size_t n, double noise);

#endif
