// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"

/* Up to here the null distributions are exact enough as doubles and quick to make. */
#define EXACT_MAX 50
/* Blocks are used when they have at least so many permutations: a two-sided p of 1/2000. */
#define BLOCKED_MIN 4000
/* A step that misses less than this share of what the level allows is too coarse. */
#define COARSE 0.85
/* Exponents are tried in steps of a hundredth, up to 4. */
#define EXPONENT_STEP  100.0
#define EXPONENT_STEPS 400

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median_of_sorted(const double *x, size_t n)
{
	return n % 2 ? x[n / 2] : x[n / 2 - 1] / 2 + x[n / 2] / 2;
}

double stats_median(const double *x, size_t n)
{
	double *sorted = xcalloc(n, sizeof(*sorted));
	double median;

	memcpy(sorted, x, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_value);
	median = median_of_sorted(sorted, n);
	free(sorted);
	return median;
}

/* The chance that exactly k of n values are below the median. */
static double chance_below(size_t n, size_t k)
{
	int sign;

	return exp(lgamma_r((double)n + 1, &sign) - lgamma_r((double)k + 1, &sign) -
		   lgamma_r((double)(n - k) + 1, &sign) - (double)n * M_LN2);
}

double stats_median_interval(const double *x, size_t n, double level, double *lo, double *hi)
{
	double *sorted = xcalloc(n, sizeof(*sorted));
	double tail = chance_below(n, 0), covered = 1 - 2 * tail;
	size_t off = 0;

	memcpy(sorted, x, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_value);
	while (2 * (off + 1) < n) {
		tail += chance_below(n, off + 1);
		if (1 - 2 * tail < level)
			break;
		covered = 1 - 2 * tail;
		off++;
	}
	*lo = sorted[off];
	*hi = sorted[n - 1 - off];
	free(sorted);
	return covered;
}

/* --- samples in blocks ------------------------------------------------------------------------- */

/* One block: both sides ascending. */
struct block {
	const double *x, *y;
	size_t nx, ny;
};

struct blocks {
	struct block *items;
	size_t count, pairs;
	double *x, *y;
};

struct tagged {
	int64_t block;
	double value;
};

static int by_block(const void *a, const void *b)
{
	const struct tagged *x = a, *y = b;

	if (x->block != y->block)
		return (x->block > y->block) - (x->block < y->block);
	return by_value(&x->value, &y->value);
}

/* Ascending within their blocks; the caller frees the array. */
static struct tagged *tag(const double *v, const int64_t *block, size_t n)
{
	struct tagged *t = xcalloc(n + 1, sizeof(*t));

	for (size_t i = 0; i < n; i++)
		t[i] = (struct tagged){ block ? block[i] : 0, v[i] };
	qsort(t, n, sizeof(*t), by_block);
	return t;
}

static double *values_of(const struct tagged *t, size_t n)
{
	double *v = xcalloc(n + 1, sizeof(*v));

	for (size_t i = 0; i < n; i++)
		v[i] = t[i].value;
	return v;
}

/* Blocks with values of one side only say nothing and are left out. */
static void blocks_make(struct blocks *b, const struct arms *a, bool blocked)
{
	struct tagged *x = tag(a->x, blocked ? a->x_block : NULL, a->nx);
	struct tagged *y = tag(a->y, blocked ? a->y_block : NULL, a->ny);
	size_t i = 0, j = 0;

	*b = (struct blocks){ .x = values_of(x, a->nx), .y = values_of(y, a->ny) };
	b->items = xcalloc((a->nx < a->ny ? a->nx : a->ny) + 1, sizeof(*b->items));
	while (i < a->nx && j < a->ny) {
		struct block one = { .x = b->x + i, .y = b->y + j };
		int64_t number = x[i].block < y[j].block ? x[i].block : y[j].block;

		while (i < a->nx && x[i].block == number)
			i++, one.nx++;
		while (j < a->ny && y[j].block == number)
			j++, one.ny++;
		if (!one.nx || !one.ny)
			continue;
		b->items[b->count++] = one;
		b->pairs += one.nx * one.ny;
	}
	free(x);
	free(y);
}

static void blocks_release(struct blocks *b)
{
	free(b->items);
	free(b->x);
	free(b->y);
}

/* In how many orders the sides of all blocks can lie; beyond the limit it does not matter. */
static double permutations(const struct blocks *b)
{
	double product = 1;

	for (size_t k = 0; k < b->count && product < 1e15; k++)
		for (size_t i = 1; i <= b->items[k].nx; i++)
			product *= (double)(b->items[k].ny + i) / (double)i;
	return product;
}

/* Of all differences y - x within blocks, how many are at most d. */
static size_t differences_up_to(const struct blocks *b, double d)
{
	size_t count = 0;

	for (size_t k = 0; k < b->count; k++) {
		const struct block *one = &b->items[k];

		/* The larger x is, the more of y are within d of it. */
		for (size_t i = 0, j = 0; i < one->nx; i++) {
			while (j < one->ny && one->y[j] - one->x[i] <= d)
				j++;
			count += j;
		}
	}
	return count;
}

/* Doubles and integers in the same order; and back. */
static uint64_t order_of(double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	return bits >> 63 ? ~bits : bits | 1ULL << 63;
}

static double of_order(uint64_t order)
{
	uint64_t bits = order >> 63 ? order & ~(1ULL << 63) : ~order;
	double d;

	memcpy(&d, &bits, sizeof(d));
	return d;
}

/*
 * The k-th smallest of all differences, k from 1: exactly what sorting them would give, in 64
 * passes over the values, so that a million values a side need no million times a million.
 */
static double nth_difference(const struct blocks *b, size_t k)
{
	uint64_t lo = order_of(-INFINITY), hi = order_of(INFINITY);

	while (lo < hi) {
		uint64_t middle = lo + (hi - lo) / 2;

		if (differences_up_to(b, of_order(middle)) >= k)
			hi = middle;
		else
			lo = middle + 1;
	}
	return of_order(lo);
}

static double median_difference(const struct blocks *b)
{
	double upper = nth_difference(b, b->pairs / 2 + 1);

	if (b->pairs % 2)
		return upper;
	return nth_difference(b, b->pairs / 2) / 2 + upper / 2;
}

/* --- null distributions ------------------------------------------------------------------------ */

/* P(statistic = i) for i < n; of the sum over blocks it is the convolution. */
struct null {
	double *p;
	size_t n;
};

/* Takes `other`. */
static void convolve(struct null *sum, struct null other)
{
	struct null both = { .n = sum->n + other.n - 1 };

	both.p = xcalloc(both.n, sizeof(*both.p));
	for (size_t i = 0; i < sum->n; i++)
		for (size_t k = 0; k < other.n; k++)
			both.p[i + k] += sum->p[i] * other.p[k];
	free(sum->p);
	free(other.p);
	*sum = both;
}

static struct null null_certain(void)
{
	struct null one = { xcalloc(1, sizeof(double)), 1 };

	one.p[0] = 1;
	return one;
}

static void normalise(struct null *d)
{
	double total = 0;

	for (size_t i = 0; i < d->n; i++)
		total += d->p[i];
	for (size_t i = 0; i < d->n; i++)
		d->p[i] /= total;
}

/*
 * The Mann-Whitney U of m and n values without ties: in how many of the C(m + n, m) orders it is
 * u, for u = 0 ... m * n. The largest value is in the second sample and adds nothing, or in the
 * first and is above all n of the second: f(m, n, u) = f(m, n - 1, u) + f(m - 1, n, u - n). A row
 * per m, updated in place n by n.
 */
static struct null null_untied(size_t m, size_t n)
{
	size_t width = m * n + 1;
	double *f = xcalloc((m + 1) * width, sizeof(*f));
	struct null d = { xcalloc(width, sizeof(double)), width };

	for (size_t i = 0; i <= m; i++)
		f[i * width] = 1;
	for (size_t j = 1; j <= n; j++)
		for (size_t i = 1; i <= m; i++)
			for (size_t u = j; u <= i * j; u++)
				f[i * width + u] += f[(i - 1) * width + u - j];
	memcpy(d.p, f + m * width, width * sizeof(*d.p));
	free(f);
	normalise(&d);
	return d;
}

static struct null null_of_blocks(const struct blocks *b)
{
	struct null sum = null_certain();

	for (size_t k = 0; k < b->count; k++)
		convolve(&sum, null_untied(b->items[k].nx, b->items[k].ny));
	return sum;
}

/* Twice the midranks of a block's values, ascending; the caller frees them. */
static size_t *midranks(const struct block *one)
{
	size_t n = one->nx + one->ny;
	double *v = xcalloc(n, sizeof(*v));
	size_t *rank = xcalloc(n, sizeof(*rank));

	memcpy(v, one->x, one->nx * sizeof(*v));
	memcpy(v + one->nx, one->y, one->ny * sizeof(*v));
	qsort(v, n, sizeof(*v), by_value);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && v[end] == v[i];)
			end++;
		for (size_t k = i; k < end; k++)
			rank[k] = i + 1 + end; /* twice the mean of i + 1 ... end */
	}
	free(v);
	return rank;
}

/*
 * The same with ties, in halves: P(2 U = i), where a tie counts half. Value by value, in how many
 * ways ny of them have a sum of ranks.
 */
static struct null null_tied(const struct block *one)
{
	size_t n = one->nx + one->ny, width = n * (n + 1) + 1;
	size_t least = one->ny * (one->ny + 1);
	size_t *rank = midranks(one);
	double *f = xcalloc((one->ny + 1) * width, sizeof(*f));
	struct null d = { xcalloc(2 * one->nx * one->ny + 1, sizeof(double)),
			  2 * one->nx * one->ny + 1 };

	f[0] = 1;
	for (size_t i = 0; i < n; i++)
		for (size_t taken = i + 1 < one->ny ? i + 1 : one->ny; taken > 0; taken--)
			for (size_t sum = width - 1; sum >= rank[i]; sum--)
				f[taken * width + sum] += f[(taken - 1) * width + sum - rank[i]];
	memcpy(d.p, f + one->ny * width + least, d.n * sizeof(*d.p));
	free(f);
	free(rank);
	normalise(&d);
	return d;
}

static bool has_ties(const struct block *one)
{
	size_t *rank = midranks(one);
	bool ties = false;

	for (size_t i = 0; i < one->nx + one->ny && !ties; i++)
		ties = rank[i] != 2 * (i + 1);
	free(rank);
	return ties;
}

static bool any_ties(const struct blocks *b)
{
	for (size_t k = 0; k < b->count; k++)
		if (has_ties(&b->items[k]))
			return true;
	return false;
}

static bool small_enough(const struct blocks *b)
{
	for (size_t k = 0; k < b->count; k++)
		if (b->items[k].nx > EXACT_MAX || b->items[k].ny > EXACT_MAX)
			return false;
	return true;
}

/* --- p ----------------------------------------------------------------------------------------- */

/* Twice the pairs with y above x, ties counted half. */
static size_t twice_u(const struct blocks *b)
{
	size_t up_to = differences_up_to(b, 0);
	size_t below = differences_up_to(b, nextafter(0, -1));

	return 2 * (b->pairs - up_to) + (up_to - below);
}

/* The smaller tail from `at` on, twice. */
static double two_sided(const struct null *d, size_t at)
{
	double below = 0, above = 0;

	for (size_t i = 0; i <= at; i++)
		below += d->p[i];
	for (size_t i = at; i < d->n; i++)
		above += d->p[i];
	below = 2 * (below < above ? below : above);
	return below < 1 ? below : 1;
}

/* Sum over groups of t equal values of t^3 - t. */
static double tie_term(const struct block *one)
{
	size_t n = one->nx + one->ny;
	size_t *rank = midranks(one);
	double sum = 0;

	for (size_t i = 0, end; i < n; i = end) {
		double t;

		for (end = i + 1; end < n && rank[end] == rank[i];)
			end++;
		t = (double)(end - i);
		sum += t * t * t - t;
	}
	free(rank);
	return sum;
}

static double variance_of_u(const struct blocks *b, bool ties)
{
	double sum = 0;

	for (size_t k = 0; k < b->count; k++) {
		const struct block *one = &b->items[k];
		double m = (double)one->nx, n = (double)one->ny;
		double tied = ties ? tie_term(one) / ((m + n) * (m + n - 1)) : 0;

		sum += m * n / 12 * (m + n + 1 - tied);
	}
	return sum;
}

/* With a correction for continuity, as R's wilcox.test() has it. */
static double p_normal(const struct blocks *b)
{
	double away = fabs((double)twice_u(b) - (double)b->pairs) / 2 - 0.5;
	double variance = variance_of_u(b, true);

	if (away <= 0 || variance <= 0)
		return 1;
	return erfc(away / sqrt(variance) / M_SQRT2);
}

static double p_exact(const struct blocks *b, const struct null *untied)
{
	size_t at = twice_u(b);
	struct null d;
	double p;

	if (!any_ties(b))
		return two_sided(untied, at / 2);
	d = null_certain();
	for (size_t k = 0; k < b->count; k++)
		convolve(&d, null_tied(&b->items[k]));
	p = two_sided(&d, at);
	free(d.p);
	return p;
}

/* --- intervals --------------------------------------------------------------------------------- */

/* Steps from the end of the sorted differences, and what lies outside of the k-th and the next. */
struct steps {
	size_t k; /* 0: there is no interval */
	double missed, next;
};

/*
 * The largest k with P(U < k) below the tail; 0 when there is none. A step that meets the tail
 * exactly (2 of 40 orders for 5 %) counts only where there is no other, as in R's wilcox.test().
 */
static struct steps steps_exact(const struct null *d, double tail)
{
	const double rounding = 1e-12;
	struct steps s = { 0 };

	while (s.k < d->n && s.missed + d->p[s.k] < tail * (1 - rounding))
		s.missed += d->p[s.k++];
	if (s.k == 0 && d->p[0] <= tail * (1 + rounding)) {
		s.missed = d->p[0];
		s.k = 1;
	}
	s.next = s.k < d->n ? s.missed + d->p[s.k] : 1;
	return s;
}

double stats_normal_quantile(double tail)
{
	double lo = 0, hi = 40;

	for (int i = 0; i < 64; i++) {
		double z = (lo + hi) / 2;

		if (erfc(z / M_SQRT2) / 2 > tail)
			lo = z;
		else
			hi = z;
	}
	return lo;
}

/* The normal approximation of the same: at more than 50 values it is off by less than one step. */
static struct steps steps_normal(const struct blocks *b, double tail)
{
	double sd = sqrt(variance_of_u(b, false));
	double k = floor((double)b->pairs / 2 - stats_normal_quantile(tail) * sd + 0.5);

	return (struct steps){ k > 0 ? (size_t)k : 0, tail, tail };
}

/* P(|T| <= t) for t = sqrt(df) tan(angle) (Abramowitz and Stegun, 26.7.3 and 26.7.4). */
static double student_within(double angle, size_t df)
{
	double term = df % 2 ? cos(angle) : 1, sum = 0;

	for (size_t i = df % 2 ? 3 : 2; i <= df; i += 2) {
		sum += term;
		term *= cos(angle) * cos(angle) * (double)(i - 1) / (double)i;
	}
	sum *= sin(angle);
	return df % 2 ? (angle + sum) * M_2_PI : sum;
}

static double student_quantile(double level, size_t df)
{
	double lo = 0, hi = M_PI_2;

	for (int i = 0; i < 64; i++) {
		double angle = (lo + hi) / 2;

		if (student_within(angle, df) < level)
			lo = angle;
		else
			hi = angle;
	}
	return sqrt((double)df) * tan(lo);
}

static double mean(const double *v, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i] / (double)n;
	return sum;
}

static double squares(const double *v, size_t n)
{
	double middle = mean(v, n), sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (v[i] - middle) * (v[i] - middle);
	return sum;
}

/* Two samples with one variance. */
static void interval_student(const struct arms *a, double level, struct shift *out)
{
	size_t df = a->nx + a->ny - 2;
	double difference = mean(a->y, a->ny) - mean(a->x, a->nx);
	double variance = squares(a->x, a->nx) + squares(a->y, a->ny), half;

	if (df == 0)
		return;
	out->error = sqrt(variance / (double)df * (1 / (double)a->nx + 1 / (double)a->ny));
	half = student_quantile(level, df) * out->error;
	out->lo = difference - half;
	out->hi = difference + half;
	out->method = SHIFT_STUDENT;
}

static void interval_rank(const struct blocks *b, const struct steps *s, double level,
			  struct shift *out)
{
	double tail = (1 - level) / 2;

	out->lo = nth_difference(b, s->k);
	out->hi = nth_difference(b, b->pairs + 1 - s->k);
	out->method = SHIFT_RANK;
	if (s->missed < COARSE * tail && s->next > tail && 2 * s->k < b->pairs) {
		double part = (tail - s->missed) / (s->next - s->missed);

		out->lo += part * (nth_difference(b, s->k + 1) - out->lo);
		out->hi += part * (nth_difference(b, b->pairs - s->k) - out->hi);
		out->method = SHIFT_INTERPOLATED;
	}
	out->error = (out->hi - out->lo) / 2 / stats_normal_quantile(tail);
}

/* --- the shift --------------------------------------------------------------------------------- */

static bool blocks_suffice(const struct arms *a, struct blocks *b)
{
	if (!a->x_block || !a->y_block)
		return false;
	blocks_make(b, a, true);
	if (permutations(b) >= BLOCKED_MIN)
		return true;
	blocks_release(b);
	return false;
}

void stats_shift(const struct arms *a, double level, struct shift *out)
{
	struct null d = { 0 };
	struct steps s;
	struct blocks b;

	*out = (struct shift){ .lo = NAN, .hi = NAN, .error = NAN };
	out->blocked = blocks_suffice(a, &b);
	if (!out->blocked)
		blocks_make(&b, a, false);
	out->estimate = median_difference(&b);
	if (small_enough(&b)) {
		d = null_of_blocks(&b);
		out->p = p_exact(&b, &d);
		s = steps_exact(&d, (1 - level) / 2);
	} else {
		out->p = p_normal(&b);
		s = steps_normal(&b, (1 - level) / 2);
	}
	if (s.k > 0)
		interval_rank(&b, &s, level, out);
	else
		interval_student(a, level, out);
	free(d.p);
	blocks_release(&b);
}

double stats_smallest_p(size_t n)
{
	double orders = 1;

	/* Blocks of 2 + 2 have 6 orders, the 1 + 1 that may be left over has 2. */
	for (size_t i = 0; i < n / 2 && orders < 1e15; i++)
		orders *= 6;
	if (n % 2)
		orders *= 2;
	if (orders < BLOCKED_MIN) {
		orders = 1;
		for (size_t i = 1; i <= n; i++)
			orders *= (double)(n + i) / (double)i;
	}
	return orders > 2 ? 2 / orders : 1;
}

void stats_adjust(double *p, size_t n)
{
	double *sorted = xcalloc(n + 1, sizeof(*sorted));
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(p[i]))
			sorted[count++] = p[i];
	qsort(sorted, count, sizeof(*sorted), by_value);
	for (size_t i = 0; i < n; i++) {
		double least = 1;

		if (isnan(p[i]))
			continue;
		for (size_t k = count; k > 0 && sorted[k - 1] >= p[i]; k--)
			least = fmin(least, sorted[k - 1] * (double)count / (double)k);
		p[i] = least;
	}
	free(sorted);
}

uint64_t stats_histogram_quantile(const uint64_t *value, const uint64_t *count, size_t n, double q)
{
	uint64_t total = 0, seen = 0;
	long double reach;

	for (size_t i = 0; i < n; i++)
		total += count[i];
	/* 0.07 x 100 must be 7, though 0.07 as a double is a little more. */
	reach = (long double)q * (long double)total * (1 - 1e-15L);
	for (size_t i = 0; i < n; i++) {
		seen += count[i];
		if (seen > 0 && (long double)seen >= reach)
			return value[i];
	}
	return 0;
}

/* The best c and a of y = c + a * t for relative errors; returns their sum of squares. */
static double fit_line(const double *t, const double *y, size_t n)
{
	double s = 0, st = 0, sy = 0, stt = 0, sty = 0, sum = 0, a, c;

	for (size_t i = 0; i < n; i++) {
		double w = 1 / (y[i] * y[i]);

		s += w;
		st += w * t[i];
		sy += w * y[i];
		stt += w * t[i] * t[i];
		sty += w * t[i] * y[i];
	}
	a = (s * sty - st * sy) / (s * stt - st * st);
	c = (sy - a * st) / s;
	if (c < 0) { /* nothing takes less than no time */
		c = 0;
		a = sty / stt;
	}
	for (size_t i = 0; i < n; i++) {
		double error = (c + a * t[i]) / y[i] - 1;

		sum += error * error;
	}
	return a > 0 ? sum : INFINITY;
}

double stats_exponent(const double *x, const double *y, size_t n)
{
	double best = INFINITY, exponent = NAN, max = 0;
	double *t;

	for (size_t i = 0; i < n; i++) {
		if (!(x[i] > 0) || !(y[i] > 0))
			return NAN;
		max = x[i] > max ? x[i] : max;
	}
	t = xcalloc(n + 1, sizeof(*t));
	for (int step = 1; n >= 4 && step <= EXPONENT_STEPS; step++) {
		double b = step / EXPONENT_STEP, sum;

		for (size_t i = 0; i < n; i++)
			t[i] = pow(x[i] / max, b);
		sum = fit_line(t, y, n);
		if (sum < best) {
			best = sum;
			exponent = b;
		}
	}
	free(t);
	return exponent;
}
