/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the boots of two sides prove about one metric. In two steps, as how much is asked of one
 * depends on how many are asked at once: measure them all, adjust, decide each.
 */
#ifndef KAB_REPORTS_PROOF_H
#define KAB_REPORTS_PROOF_H

#include <stddef.h>

#include "judge.h"

/* Of all differences that are called proven, at most this share is none. */
#define PROOF_FALSE_SHARE 0.01
#define PROOF_LEVEL	  0.95
/* More boots than this are not promised. */
#define PROOF_BOOTS_MAX 1000

/*
 * Figures without noise: the difference is what it is. Decides as well; a p has no place there.
 */
void proof_exact(struct comparison *c);

/* The same figures in several layouts of memory, paired by boot; see judge.h. Decides as well. */
void proof_layouts(struct comparison *c);

/*
 * Figures with noise: sets delta, interval, p and method from the boots (stats_shift()). `looks` is
 * 1, or which look at growing data this is (proof_share()).
 */
void proof_measure(struct comparison *c, size_t looks);

/*
 * Sets the verdict, and for "unproven" how many boots more of each kernel would probably decide.
 *	same		the interval is inside the threshold
 *	better, worse	the interval is clear of zero, and p, adjusted, is at most proof_share()
 *	unproven	anything else; always with fewer than four boots a side
 * The number of boots takes the difference and the noise seen so far for the true ones, and asks
 * for an even chance of four in five (80 % power): a guess, and 0 when there is nothing to go by.
 */
void proof_decide(struct comparison *c, size_t looks);

/*
 * The part of an error rate that the k-th look at growing data may spend, k from 1: 1 / (k (k + 1))
 * of it. Over any number of looks that adds up to no more than the whole, and as Boole's inequality
 * needs no assumption on how the looks depend on each other, stopping at the first that decides
 * is fair (alpha spending: Lan and DeMets, 1983). A session that was planned whole has one
 * look, which may spend everything: looks = 0.
 */
double proof_share(double rate, size_t look);

/*
 * The smallest true difference, in per cent, that n boots a side would prove in four of five cases,
 * given the noise of this comparison and the correction for its family; NaN when not known.
 */
double proof_smallest_effect(const struct comparison *c, size_t n);

#endif
