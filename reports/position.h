/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search for one step in a row of noisy figures: positions 0 (GOOD) to n (BAD), and any number
 * of boots of each. Says how probable it is of every position that the change happened there, and
 * which position should be booted next.
 *
 * Before any boot every position is as probable as another, and so is that there is no step at
 * all. Boots before the step come from one level, the others from another; around its level a
 * figure has the noise of Student's t with 4 degrees of freedom, so that a boot that is far off
 * counts little (Lange, Little and Taylor, "Robust statistical modeling using the t distribution",
 * 1989). Both levels and the scale of the noise are not known: their probabilities are carried
 * along, on grids around what the ends show. Successive boots may be alike; the likelihood is
 * raised to a power below 1, which makes it count as if there were fewer boots (Gruenwald,
 * "The safe Bayesian", 2012).
 *
 * The next boot goes where its class (before or after the step) is most open, at the median of the
 * probabilities: probabilistic bisection (Horstein, "Sequential transmission using noiseless
 * feedback", 1963; Waeber, Frazier and Henderson, "Bisection search with noisy responses", 2013).
 *
 * Positions that cannot be measured cannot be told apart from the next that can: they are in the
 * set together. A history with several steps does not fit the model; `misfit` finds it out where a
 * position was booted that is clear of both levels.
 */
#ifndef KAB_REPORTS_POSITION_H
#define KAB_REPORTS_POSITION_H

#include <stdbool.h>
#include <stddef.h>

#define POSITION_LEVEL 0.99

/* What one boot gave; in the order of the boots. */
struct boot {
	size_t position;
	double value;
};

struct belief {
	size_t n;
	double *mass; /* [n + 1]: that position k made the change; [0]: that there is no step */
	bool *credible; /* [n + 1]: in the smallest set that holds POSITION_LEVEL of it; [0]: unused */
	size_t set;	/* positions in the set */
	double held;	/* what the set holds */
	bool decided;  /* the set cannot become smaller by more boots */
	size_t next;   /* the position that tells most; 0 when none can tell anything */
	size_t misfit; /* a position that is at neither level; 0: none */
};

/*
 * `skip` (n + 1 flags) are positions that cannot be measured, `cheap` those that are built already:
 * they are preferred where they tell nearly as much. Both ends need two boots at least.
 */
void position_infer(const struct boot *boots, size_t count, size_t n, const bool *skip,
		    const bool *cheap, struct belief *out);
void belief_release(struct belief *b);

#endif
