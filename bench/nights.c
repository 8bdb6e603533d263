// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A year of nights with planted steps, and what is found of them: by kab, and by two published
 * methods on the same series.
 */
#include "nights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/alloc.h"
#include "noise.h"
#include "reports/changes.h"

#define NIGHTS 365
#define SERIES 100
#define STEPS  3 /* of them in a series, at least GAP apart from each other and the ends */
#define GAP    60
#define NEAR   14 /* nights that a found one may be off */
#define ALARMS 0.05
#define NOISES 3 /* of noises[]: a year of each takes long enough */

typedef size_t find_fn(const double *v, size_t n, size_t *starts);

/* --- published methods, as references ---------------------------------------------------------- */

/* Least squares and 2 ln(n) a change point: what PELT finds (Killick, Fearnhead, Eckley, 2012). */
static size_t find_squares(const double *v, size_t n, size_t *starts)
{
	double *best = xcalloc(n + 1, sizeof(*best));
	size_t *from = xcalloc(n + 1, sizeof(*from)), count = 0;
	double noise = changes_noise(v, n), penalty = 2 * log((double)n);

	best[0] = -penalty;
	for (size_t end = 1; end <= n; end++) {
		double sum = 0, squares = 0;

		best[end] = INFINITY;
		for (size_t start = end; start-- > 0;) {
			double x = v[start] / noise, length = (double)(end - start), cost;

			sum += x;
			squares += x * x;
			cost = best[start] + penalty + squares - sum * sum / length;
			if (cost < best[end]) {
				best[end] = cost;
				from[end] = start;
			}
		}
	}
	for (size_t end = n; from[end] > 0; end = from[end])
		count++;
	for (size_t end = n, i = count; from[end] > 0; end = from[end])
		starts[--i] = from[end];
	free(best);
	free(from);
	return count;
}

/* Sums of |v[i] - v[k]| over i < row, k < column. */
struct distances {
	double *sums;
	size_t width;
};

static double between(const struct distances *d, size_t a, size_t b, size_t c, size_t e)
{
	const double *s = d->sums;
	size_t w = d->width;

	return s[b * w + e] - s[a * w + e] - s[b * w + c] + s[a * w + c];
}

/* The split of [from, to) with the largest energy distance (Szekely and Rizzo); 0 for none. */
static size_t best_split(const struct distances *d, size_t from, size_t to)
{
	double best = 0;
	size_t at = 0;

	for (size_t split = from + 5; split + 5 <= to; split++) {
		double m = (double)(split - from), n = (double)(to - split);
		double across = 2 * between(d, from, split, split, to) / (m * n);
		double left = between(d, from, split, from, split) / (m * (m - 1));
		double right = between(d, split, to, split, to) / (n * (n - 1));
		double energy = m * n / (m + n) * (across - left - right);

		if (energy > best) {
			best = energy;
			at = split;
		}
	}
	return at;
}

/* |t| of two means, for the check that Otava makes; its p of 0.001 is about 3.3. */
static double student(const double *v, size_t from, size_t split, size_t to)
{
	double sums[2] = { 0 }, squares[2] = { 0 };
	double n[2] = { (double)(split - from), (double)(to - split) };

	for (size_t i = from; i < to; i++)
		sums[i >= split] += v[i];
	for (size_t i = from; i < to; i++) {
		double off = v[i] - sums[i >= split] / n[i >= split];

		squares[i >= split] += off * off;
	}
	return fabs(sums[0] / n[0] - sums[1] / n[1]) /
	       sqrt((squares[0] + squares[1]) / (n[0] + n[1] - 2) * (1 / n[0] + 1 / n[1]));
}

static size_t divide(const struct distances *d, const double *v, size_t from, size_t to,
		     size_t *starts, size_t count)
{
	size_t split = to - from >= 10 ? best_split(d, from, to) : 0;

	if (!split || student(v, from, split, to) < 3.3)
		return count;
	count = divide(d, v, from, split, starts, count);
	starts[count++] = split;
	return divide(d, v, split, to, starts, count);
}

/* E-divisive (Matteson and James, 2014), with a t-test in place of permutations, as Otava has it. */
static size_t find_divisive(const double *v, size_t n, size_t *starts)
{
	struct distances d = { xcalloc((n + 1) * (n + 1), sizeof(double)), n + 1 };
	size_t count, w = d.width;

	for (size_t i = 1; i <= n; i++)
		for (size_t k = 1; k <= n; k++)
			d.sums[i * w + k] = fabs(v[i - 1] - v[k - 1]) + d.sums[(i - 1) * w + k] +
					    d.sums[i * w + k - 1] - d.sums[(i - 1) * w + k - 1];
	count = divide(&d, v, 0, n, starts, 0);
	free(d.sums);
	return count;
}

static const struct {
	const char *name;
	find_fn *find;
} methods[] = {
	{ "kab", changes_find },
	{ "least squares", find_squares },
	{ "E-divisive, t", find_divisive },
};

#define METHOD_COUNT (sizeof(methods) / sizeof(methods[0]))

/* --- a year ------------------------------------------------------------------------------------ */

struct year {
	double v[NIGHTS];
	size_t steps[STEPS], count;
};

static void make_year(struct year *y, struct random *r, const struct noise *noise, double step)
{
	double level = 0;

	y->count = 0;
	noise->draw(r, y->v, NIGHTS);
	if (step > 0)
		for (size_t i = 0; i < STEPS; i++)
			y->steps[y->count++] =
				GAP * (i + 1) + i * 30 + (size_t)(random_uniform(r) * 30);
	for (size_t i = 0, next = 0; i < NIGHTS; i++) {
		if (next < y->count && i == y->steps[next]) {
			level += random_uniform(r) < 0.5 ? step : -step;
			next++;
		}
		y->v[i] += 100 + level;
	}
}

struct score {
	size_t years_with_alarm, found, planted, right, claimed;
};

static void add_score(struct score *s, const struct year *y, find_fn *find)
{
	size_t starts[NIGHTS], n = find(y->v, NIGHTS, starts);

	s->years_with_alarm += n > 0;
	s->claimed += n;
	s->planted += y->count;
	for (size_t i = 0; i < y->count; i++)
		for (size_t k = 0; k < n; k++)
			if (starts[k] + NEAR >= y->steps[i] && starts[k] <= y->steps[i] + NEAR) {
				s->found++;
				break;
			}
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < y->count; i++)
			if (starts[k] + NEAR >= y->steps[i] && starts[k] <= y->steps[i] + NEAR) {
				s->right++;
				break;
			}
}

static struct score score_of(const struct noise *noise, uint64_t seed, double step, find_fn *find)
{
	struct random r = { .state = seed };
	struct score s = { 0 };

	for (size_t i = 0; i < SERIES; i++) {
		struct year y;

		make_year(&y, &r, noise, step);
		add_score(&s, &y, find);
	}
	return s;
}

static double share(size_t part, size_t of)
{
	return of ? 100 * (double)part / (double)of : NAN;
}

static bool table_of(const struct noise *noise, uint64_t seed, double alarms)
{
	static const double steps[] = { 0.5, 1, 3 };
	bool holds = true;

	printf("\n%s\n%-14s years with a false alarm %%   precision %%, recall %% of steps of: "
	       "0.5 sd        1 sd         3 sd\n",
	       noise->name, "");
	for (size_t m = 0; m < METHOD_COUNT; m++) {
		struct score quiet = score_of(noise, seed, 0, methods[m].find);
		double rate = share(quiet.years_with_alarm, SERIES);
		bool good = m > 0 || isnan(alarms) || rate <= 100 * alarms;

		holds &= good;
		printf("%-14s %25.1f%s                                        ", methods[m].name,
		       rate, good ? " " : "!");
		for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
			struct score s = score_of(noise, seed, steps[k], methods[m].find);

			printf("  %5.1f %5.1f", share(s.right, s.claimed),
			       share(s.found, s.planted));
		}
		putchar('\n');
	}
	return holds;
}

bool bench_nights(uint64_t seed)
{
	bool holds = true;

	printf("\n\nchange points: %d years of %d nights a line, each with %d steps; found means within "
	       "%d nights\n",
	       SERIES, NIGHTS, STEPS, NEAR);
	/* Noise that hangs together from night to night has levels of its own: shown only. */
	for (size_t i = 0; i < NOISES; i++) {
		holds &= table_of(&noises[i], seed, i < 2 ? ALARMS : NAN);
		fflush(stdout);
	}
	return holds;
}
