// SPDX-License-Identifier: GPL-2.0-or-later
#include "changes.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "stats.h"

#define BOUND	 3.0 /* in units of the noise: what is further off counts as this far */
#define LEAST	 2   /* nights of a segment */
#define EXACTLY	 1e-9
#define TIE	 1e-6	/* a bad night between two segments may belong to either: to the first */
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

/*
 * The search. cost[] holds, for every level that the newest night may have, the least cost of all
 * nights up to it: a function in pieces, each a parabola that belongs to the first night of its
 * last segment (Rigaill's functional pruning). Nights are in units of the noise, and a parabola is
 * written around a point near its piece, so that exact series, whose steps are a billion times
 * their noise, lose no digits.
 */
struct piece {
	double lo, hi;	    /* levels */
	double at, a, b, c; /* a (x - at)^2 + b (x - at) + c */
	size_t start;
};

struct pieces {
	struct piece *items;
	size_t count, room;
};

static double value_at(const struct piece *p, double x)
{
	double d = x - p->at;

	return p->a != 0 || p->b != 0 ? (p->a * d + p->b) * d + p->c : p->c;
}

/* The same function around another point. */
static void move_to(struct piece *p, double at)
{
	p->c = value_at(p, at);
	if (p->a != 0 || p->b != 0)
		p->b += 2 * p->a * (at - p->at);
	p->at = at;
}

static bool same_function(const struct piece *p, const struct piece *q)
{
	return p->start == q->start && p->a == q->a && p->b == q->b && p->c == q->c &&
	       (p->at == q->at || (p->a == 0 && p->b == 0));
}

/* Appends the part of a piece from lo to hi, or widens the last one. */
static void append(struct pieces *out, const struct piece *p, double lo, double hi)
{
	struct piece *last = out->count ? &out->items[out->count - 1] : NULL;

	if (!(lo < hi))
		return;
	if (last && same_function(last, p)) {
		last->hi = hi;
		return;
	}
	if (out->count == out->room) {
		out->room = out->room ? 2 * out->room : 16;
		out->items = xreallocarray(out->items, out->room, sizeof(*out->items));
	}
	out->items[out->count] = *p;
	out->items[out->count].lo = lo;
	out->items[out->count++].hi = hi;
}

/* The lower of two functions between lo and hi: where they cross, one takes over from the other. */
static void append_lower(struct pieces *out, const struct piece *p, const struct piece *q,
			 double lo, double hi)
{
	struct piece r = *q;
	double cuts[4] = { lo, hi, hi, hi }, a, b, c;
	size_t count = 1;

	move_to(&r, p->at);
	a = p->a - r.a;
	b = p->b - r.b;
	c = p->c - r.c;
	if (a != 0 && b * b - 4 * a * c > 0) {
		double root = sqrt(b * b - 4 * a * c);
		double x = p->at + (-b - root) / (2 * a), y = p->at + (-b + root) / (2 * a);

		if (fmin(x, y) > lo && fmin(x, y) < hi)
			cuts[count++] = fmin(x, y);
		if (fmax(x, y) > lo && fmax(x, y) < hi)
			cuts[count++] = fmax(x, y);
	} else if (a == 0 && b != 0 && p->at - c / b > lo && p->at - c / b < hi) {
		cuts[count++] = p->at - c / b;
	}
	cuts[count] = hi;
	for (size_t i = 0; i < count; i++) {
		double middle = cuts[i] / 2 + cuts[i + 1] / 2;

		append(out, value_at(p, middle) < value_at(q, middle) - TIE ? p : q, cuts[i],
		       cuts[i + 1]);
	}
}

/* What one night costs, on top of `base`: near its value a parabola, further off a constant. */
static void make_night(struct piece night[3], double z, double base, size_t start)
{
	const struct piece far = { .at = z, .c = base + BOUND * BOUND, .start = start };

	night[0] = night[1] = night[2] = far;
	night[0].lo = -INFINITY;
	night[0].hi = night[1].lo = z - BOUND;
	night[1].hi = night[2].lo = z + BOUND;
	night[2].hi = INFINITY;
	night[1].a = 1;
	night[1].c = base;
}

/* The lower of the function and of another one that covers all levels. */
static void take_lower(struct pieces *out, const struct pieces *in, const struct piece *other)
{
	out->count = 0;
	for (size_t i = 0; i < in->count; i++)
		for (size_t k = 0; k < 3; k++) {
			double lo = fmax(in->items[i].lo, other[k].lo);
			double hi = fmin(in->items[i].hi, other[k].hi);

			if (lo < hi)
				append_lower(out, &in->items[i], &other[k], lo, hi);
		}
}

static void add_night(struct pieces *out, const struct pieces *in, const struct piece *night)
{
	out->count = 0;
	for (size_t i = 0; i < in->count; i++)
		for (size_t k = 0; k < 3; k++) {
			struct piece p = in->items[i];

			if (night[k].a != 0) {
				move_to(&p, night[k].at);
				p.a += night[k].a;
			}
			p.c += night[k].c;
			append(out, &p, fmax(p.lo, night[k].lo), fmin(p.hi, night[k].hi));
		}
}

/* The least value, and the segment that has it. */
static double lowest(const struct pieces *in, size_t *start)
{
	double best = INFINITY;

	for (size_t i = 0; i < in->count; i++) {
		const struct piece *p = &in->items[i];
		double x = p->a > 0 ? p->at - p->b / (2 * p->a) : p->at;
		double y = value_at(p, fmin(fmax(x, p->lo), p->hi));

		if (y < best - TIE || (y < best + TIE && p->start > *start)) {
			best = y;
			*start = p->start;
		}
	}
	return best;
}

/* from[e]: where the last segment of the best partition of the first e nights starts. */
static void partition(const double *v, size_t n, double noise, size_t *from)
{
	double penalty = CHANGES_PENALTY * log((double)n), best[2] = { -penalty, 0 };
	struct pieces cost = { 0 }, next = { 0 };
	struct piece night[3];

	for (size_t i = 0; i < n; i++) {
		struct pieces swap;

		/* A segment comes in with its second night, so that it has at least two. */
		if (i == 0) {
			const struct piece nothing = { .c = 0 };

			append(&cost, &nothing, -INFINITY, INFINITY);
		} else if (i >= LEAST) {
			make_night(night, v[i - 1] / noise, best[(i - 1) % 2] + penalty, i - 1);
			take_lower(&next, &cost, night);
			swap = cost;
			cost = next;
			next = swap;
		}
		make_night(night, v[i] / noise, 0, 0);
		add_night(&next, &cost, night);
		swap = cost;
		cost = next;
		next = swap;
		best[(i + 1) % 2] = lowest(&cost, &from[i + 1]);
	}
	free(cost.items);
	free(next.items);
}

size_t changes_find(const double *v, size_t n, size_t *starts)
{
	size_t *from = xcalloc(n + 1, sizeof(*from));
	size_t count = 0;

	partition(v, n, changes_noise(v, n), from);
	for (size_t end = n; from[end] > 0; end = from[end])
		count++;
	for (size_t end = n, i = count; from[end] > 0; end = from[end])
		starts[--i] = from[end];
	free(from);
	return count;
}
