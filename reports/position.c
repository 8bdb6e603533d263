// SPDX-License-Identifier: GPL-2.0-or-later
#include "position.h"

#include <math.h>
#include <stdlib.h>

#include "lib/alloc.h"
#include "stats.h"

#define FREEDOM 4.0
#define POWER	0.7 /* of the likelihood; make bench-truth shows what it has to stand */
#define LEVELS	25  /* grid of each level, and of the scale */
#define SCALES	6
#define COMMON	64    /* grid of the level when there is no step */
#define REACH	2.0   /* of the grid of a level to either side, in scales */
#define WORTH	0.85  /* of the best position's information that a cheap one must have */
#define CLEAR	4.0   /* standard errors from both levels make a misfit */
#define LARGE	1e200 /* products are taken up to here */
#define NORMAL	1.4826

static const double scales[SCALES] = { 0.5, 0.65, 0.85, 1.1, 1.45, 1.9 };

struct model {
	const struct boot *boots;
	size_t count, n;
	double scale;	 /* of the noise, as the boots of one position differ */
	double level[2]; /* of the ends */
	bool *booted;	 /* [n + 1] */
	double *sums;	 /* [n + 1][2][SCALES][LEVELS]: log likelihood of a position's boots */
};

static size_t values_at(const struct model *m, size_t position, double *out)
{
	size_t count = 0;

	for (size_t i = 0; i < m->count; i++)
		if (m->boots[i].position == position)
			out[count++] = m->boots[i].value;
	return count;
}

/* The median absolute deviation from the own position's median, as a standard deviation. */
static double find_scale(const struct model *m)
{
	double *at = xcalloc(m->count, sizeof(*at));
	double *all = xcalloc(m->count, sizeof(*all));
	size_t total = 0;
	double scale;

	for (size_t p = 0; p <= m->n; p++) {
		size_t count = values_at(m, p, at);
		double median = count > 2 ? stats_median(at, count) : 0;

		for (size_t i = 0; count > 2 && i < count; i++)
			all[total++] =
				fabs(at[i] - median) * sqrt((double)count / (double)(count - 1));
	}
	scale = total ? NORMAL * stats_median(all, total) : 0;
	free(at);
	free(all);
	return scale;
}

/* log of the likelihood of these boots around a level. One logarithm for many of them. */
static double log_likelihood(const double *values, size_t n, double level, double scale)
{
	double product = 1, sum = (double)n * log(scale);

	for (size_t i = 0; i < n; i++) {
		double x = (values[i] - level) / scale;

		product *= 1 + x * x / FREEDOM;
		if (product > LARGE) {
			sum += (FREEDOM + 1) / 2 * log(product);
			product = 1;
		}
	}
	return -POWER * (sum + (FREEDOM + 1) / 2 * log(product));
}

static double *sum_at(const struct model *m, size_t position, size_t side, size_t scale)
{
	return m->sums + ((position * 2 + side) * SCALES + scale) * LEVELS;
}

static double level_at(const struct model *m, size_t side, size_t i)
{
	return m->level[side] + m->scale * REACH * (2.0 * (double)i / (LEVELS - 1) - 1);
}

/* `at` has room for all boots. */
static void add_position(struct model *m, size_t position, double *at)
{
	size_t count = values_at(m, position, at);

	m->booted[position] = count > 0;
	for (size_t side = 0; count && side < 2; side++)
		for (size_t k = 0; k < SCALES; k++)
			for (size_t i = 0; i < LEVELS; i++)
				sum_at(m, position, side, k)[i] = log_likelihood(
					at, count, level_at(m, side, i), m->scale * scales[k]);
}

/* The log of the mean of e^x. */
static double log_mean(const double *x, size_t n)
{
	double top = -INFINITY, sum = 0;

	for (size_t i = 0; i < n; i++)
		top = fmax(top, x[i]);
	for (size_t i = 0; i < n; i++)
		sum += exp(x[i] - top);
	return top + log(sum / (double)n);
}

/*
 * log of the likelihood that the change is at position k, for all k at once: boots up to k - 1 at
 * the first level, the others at the second. Levels and scale are integrated over their grids.
 */
static void likelihoods(const struct model *m, double *out)
{
	double(*before)[SCALES] = xcalloc(m->n + 2, sizeof(*before));
	double(*after)[SCALES] = xcalloc(m->n + 2, sizeof(*after));

	for (size_t k = 0; k < SCALES; k++) {
		double sum[LEVELS] = { 0 };

		for (size_t p = 0; p <= m->n; p++) {
			before[p + 1][k] = before[p][k];
			if (!m->booted[p])
				continue;
			for (size_t i = 0; i < LEVELS; i++)
				sum[i] += sum_at(m, p, 0, k)[i];
			before[p + 1][k] = log_mean(sum, LEVELS);
		}
		for (size_t i = 0; i < LEVELS; i++)
			sum[i] = 0;
		for (size_t p = m->n + 1; p-- > 0;) {
			after[p][k] = after[p + 1][k];
			if (!m->booted[p])
				continue;
			for (size_t i = 0; i < LEVELS; i++)
				sum[i] += sum_at(m, p, 1, k)[i];
			after[p][k] = log_mean(sum, LEVELS);
		}
	}
	for (size_t p = 1; p <= m->n; p++) {
		double both[SCALES];

		for (size_t k = 0; k < SCALES; k++)
			both[k] = before[p][k] + after[p][k];
		out[p] = log_mean(both, SCALES);
	}
	free(before);
	free(after);
}

/* The same for one level of all boots. `at` has room for all of them. */
static double likelihood_of_none(const struct model *m, double *at)
{
	double lo = fmin(m->level[0], m->level[1]) - m->scale * REACH;
	double hi = fmax(m->level[0], m->level[1]) + m->scale * REACH;
	double values[SCALES * COMMON];

	for (size_t i = 0; i < m->count; i++)
		at[i] = m->boots[i].value;
	for (size_t k = 0; k < SCALES; k++)
		for (size_t i = 0; i < COMMON; i++)
			values[k * COMMON + i] = log_likelihood(
				at, m->count, lo + (hi - lo) * (double)i / (COMMON - 1),
				m->scale * scales[k]);
	return log_mean(values, sizeof(values) / sizeof(values[0]));
}

static void normalize(double *log_mass, size_t count)
{
	double top = -INFINITY, sum = 0;

	for (size_t i = 0; i < count; i++)
		top = fmax(top, log_mass[i]);
	for (size_t i = 0; i < count; i++)
		sum += log_mass[i] = exp(log_mass[i] - top);
	for (size_t i = 0; i < count; i++)
		log_mass[i] /= sum;
}

/* The last position of the group that this one cannot be told apart from. */
static size_t group_end(const bool *skip, size_t n, size_t position)
{
	while (position < n && skip[position])
		position++;
	return position;
}

/* Takes the most probable groups until they hold enough. Returns how many these are. */
static size_t choose_set(struct belief *b, const bool *skip)
{
	size_t groups = 0;

	while (b->held < POSITION_LEVEL) {
		size_t best = 0, last;
		double most = -1;

		for (size_t first = 1; first <= b->n; first = last + 1) {
			double mass = 0;

			last = group_end(skip, b->n, first);
			for (size_t k = first; k <= last; k++)
				mass += b->mass[k];
			if (!b->credible[first] && mass > most) {
				most = mass;
				best = first;
			}
		}
		if (!best)
			break; /* what is left speaks for no step */
		last = group_end(skip, b->n, best);
		for (size_t k = best; k <= last; k++) {
			b->credible[k] = true;
			b->held += b->mass[k];
			b->set++;
		}
		groups++;
	}
	return groups;
}

static double entropy(double p)
{
	return p <= 0 || p >= 1 ? 0 : -p * log(p) - (1 - p) * log1p(-p);
}

static void choose_next(struct belief *b, const bool *skip, const bool *cheap)
{
	double after = 0, best = 0, best_cheap = 0;
	size_t cheapest = 0;

	for (size_t k = 1; k < b->n; k++) {
		double tells;

		after += b->mass[k];
		if (skip[k])
			continue;
		tells = entropy(after / (1 - b->mass[0]));
		if (tells > best) {
			best = tells;
			b->next = k;
		}
		if (cheap[k] && tells > best_cheap) {
			best_cheap = tells;
			cheapest = k;
		}
	}
	if (cheapest && best_cheap >= WORTH * best)
		b->next = cheapest;
}

/* Three boots of a position in between, and their median clear of both levels. */
static void find_misfit(const struct model *m, struct belief *b)
{
	double *at = xcalloc(m->count, sizeof(*at));

	for (size_t p = 1; p < m->n && !b->misfit; p++) {
		size_t count = values_at(m, p, at);
		double error = m->scale * 1.25 / sqrt((double)(count ? count : 1));
		double median = count > 2 ? stats_median(at, count) : 0;

		if (count > 2 && fabs(median - m->level[0]) > CLEAR * error &&
		    fabs(median - m->level[1]) > CLEAR * error)
			b->misfit = p;
	}
	free(at);
}

void position_infer(const struct boot *boots, size_t count, size_t n, const bool *skip,
		    const bool *cheap, struct belief *out)
{
	struct model m = { .boots = boots, .count = count, .n = n };
	double *at = xcalloc(count + 1, sizeof(*at));

	*out = (struct belief){ .n = n };
	out->mass = xcalloc(n + 1, sizeof(*out->mass));
	out->credible = xcalloc(n + 1, sizeof(*out->credible));
	m.level[0] = stats_median(at, values_at(&m, 0, at));
	m.level[1] = stats_median(at, values_at(&m, n, at));
	m.scale = find_scale(&m);
	/* Boots that are all alike: anything that is not at a level is then far from it. */
	if (m.scale <= 0)
		m.scale = fmax(fabs(m.level[1] - m.level[0]) / 100, 1e-12);
	m.booted = xcalloc(n + 1, sizeof(*m.booted));
	m.sums = xcalloc((n + 1) * 2 * SCALES * LEVELS, sizeof(*m.sums));
	for (size_t i = 0; i <= n; i++)
		add_position(&m, i, at);
	likelihoods(&m, out->mass);
	out->mass[0] = likelihood_of_none(&m, at);
	normalize(out->mass, n + 1);
	out->decided = choose_set(out, skip) == 1 && out->held >= POSITION_LEVEL;
	choose_next(out, skip, cheap);
	find_misfit(&m, out);
	free(m.booted);
	free(m.sums);
	free(at);
}

void belief_release(struct belief *b)
{
	free(b->mass);
	free(b->credible);
	*b = (struct belief){ 0 };
}
