// SPDX-License-Identifier: GPL-2.0-or-later
#include "steps.h"

#include <math.h>
#include <stdlib.h>

#include "lib/alloc.h"

struct search {
	const struct figure *figures;
	double threshold;
	bool all;
	struct steps *out;
};

static bool differ(const struct search *s, size_t lo, size_t hi)
{
	return fabs(s->figures[hi].value - s->figures[lo].value) > s->threshold;
}

static void add(struct search *s, size_t lo, size_t hi, bool gradual)
{
	struct steps *out = s->out;

	out->items = xreallocarray(out->items, out->count + 1, sizeof(*out->items));
	out->items[out->count++] =
		(struct step){ lo + 1, hi, s->figures[lo].value, s->figures[hi].value, gradual };
}

/* The position of this state that is nearest to the middle; 0 when there is none. */
static size_t nearest_to_middle(const struct search *s, size_t lo, size_t hi, int state)
{
	size_t middle = lo + (hi - lo) / 2, best = 0;

	for (size_t i = lo + 1; i < hi; i++) {
		size_t far = i > middle ? i - middle : middle - i;
		size_t so_far = best > middle ? best - middle : middle - best;

		if ((int)s->figures[i].state == state && (!best || far < so_far))
			best = i;
	}
	return best;
}

static void need(struct search *s, size_t position, size_t lo, size_t hi)
{
	if (s->out->next == STEPS_DONE)
		s->out->next = position;
	for (size_t length = hi - lo; length > 1; length = (length + 1) / 2)
		s->out->left++;
}

static void visit(struct search *s, size_t lo, size_t hi)
{
	bool differs = differ(s, lo, hi);
	size_t middle;

	if (!differs && (!s->all || hi - lo == 1))
		return;
	if (hi - lo == 1) {
		add(s, lo, hi, false);
		return;
	}
	middle = nearest_to_middle(s, lo, hi, FIGURE_VALUE);
	if (middle) {
		if (differs && !s->all && !differ(s, lo, middle) && !differ(s, middle, hi)) {
			add(s, lo, hi, true);
			return;
		}
		visit(s, lo, middle);
		visit(s, middle, hi);
		return;
	}
	middle = nearest_to_middle(s, lo, hi, FIGURE_UNKNOWN);
	if (middle)
		need(s, middle, lo, hi);
	else if (differs)
		add(s, lo, hi, false);
}

void steps_find(const struct figure *figures, size_t n, double threshold, bool all,
		struct steps *out)
{
	struct search s = { figures, threshold, all, out };

	*out = (struct steps){ .next = STEPS_DONE };
	if (n)
		visit(&s, 0, n);
}

void steps_release(struct steps *s)
{
	free(s->items);
	*s = (struct steps){ 0 };
}

bool steps_opposite(const struct steps *s)
{
	bool up = false, down = false;

	for (size_t i = 0; i < s->count; i++) {
		up |= s->items[i].to > s->items[i].from;
		down |= s->items[i].to < s->items[i].from;
	}
	return up && down;
}
