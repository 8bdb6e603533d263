/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search for steps in a row of exact figures, of which not all are known: positions 0 (GOOD) to
 * n (BAD), and one figure each. Pure functions: whoever calls measures what is asked for, and asks
 * again with what is known then, so that a search can stop and be continued anywhere.
 *
 * An interval whose two ends differ by more than the threshold is halved, and each half whose ends
 * differ is searched in the same way: every step that stands between two different ends is found,
 * also of several, and also of two that are opposite. Halves with equal ends are taken for equal
 * throughout, unless `all`: a change that is taken back within such a half is not seen.
 */
#ifndef KAB_REPORTS_STEPS_H
#define KAB_REPORTS_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STEPS_DONE SIZE_MAX

struct figure {
	enum { FIGURE_UNKNOWN, FIGURE_VALUE, FIGURE_SKIP } state; /* SKIP: cannot be measured */
	double value;
};

/* The change happens at one of the positions first ... last: those between cannot be measured. */
struct step {
	size_t first, last;
	double from, to; /* figures at first - 1 and at last */
	bool gradual; /* at several of them: the parts are within the threshold, their sum is not */
};

struct steps {
	struct step *items; /* by position */
	size_t count;
	size_t next; /* the position to be measured; STEPS_DONE when all is known that is needed */
	size_t left; /* measurements that are probably still needed */
};

/*
 * `figures` has n + 1 positions, and both ends have values. `threshold` is in the figure's unit.
 * While something is to be measured, `items` has what is certain already.
 */
void steps_find(const struct figure *figures, size_t n, double threshold, bool all,
		struct steps *out);
void steps_release(struct steps *s);
/* True when two steps have opposite directions. */
bool steps_opposite(const struct steps *s);

#endif
