// SPDX-License-Identifier: GPL-2.0-or-later
#include "proof.h"

#include <math.h>
#include <stdlib.h>

#include "lib/alloc.h"

#define POWER_TAIL 0.2 /* 80 % power */
#define FEWEST	   4   /* boots a side that may prove anything */

static double percent_of(double shift, double base)
{
	if (base != 0)
		return 100 * shift / fabs(base);
	return shift == 0 ? 0 : NAN;
}

static enum verdict direction(const struct comparison *c, double shift)
{
	return (shift > 0) == (c->better == BETTER_HIGHER) ? VERDICT_BETTER : VERDICT_WORSE;
}

void proof_exact(struct comparison *c)
{
	double shift = c->new - c->base;

	c->delta_pct = percent_of(shift, c->base);
	c->ci_pct[0] = c->ci_pct[1] = c->delta_pct;
	/* NaN, a change from zero, is beyond any threshold. */
	if (fabs(c->delta_pct) <= c->threshold_pct)
		c->verdict = VERDICT_SAME;
	else
		c->verdict = direction(c, shift);
}

/* --- layouts ----------------------------------------------------------------------------------- */

static bool is_beyond(double shift, const struct comparison *c)
{
	return !(fabs(percent_of(shift, c->base)) <= c->threshold_pct);
}

/* The differences of boots with one number; a new array with room for all. */
static double *paired_differences(struct comparison *c)
{
	const struct db_series *b = c->base_series, *n = c->new_series;
	double *d = xcalloc(b->count + 1, sizeof(*d));

	for (size_t i = 0; i < b->count; i++)
		for (size_t k = 0; k < n->count; k++) {
			double shift = n->values[k] - b->values[i];

			if (n->boots[k] != b->boots[i])
				continue;
			d[c->layouts++] = shift;
			c->layouts_up += shift > 0 && is_beyond(shift, c);
			c->layouts_down += shift < 0 && is_beyond(shift, c);
			break;
		}
	return d;
}

void proof_layouts(struct comparison *c)
{
	double *d = paired_differences(c), lo = INFINITY, hi = -INFINITY;

	c->verdict = VERDICT_UNPROVEN;
	for (size_t i = 0; i < c->layouts; i++) {
		lo = fmin(lo, d[i]);
		hi = fmax(hi, d[i]);
	}
	if (c->layouts) {
		c->delta_pct = percent_of(stats_median(d, c->layouts), c->base);
		c->ci_pct[0] = percent_of(lo, c->base);
		c->ci_pct[1] = percent_of(hi, c->base);
		if (c->layouts_up + c->layouts_down == 0)
			c->verdict = VERDICT_SAME;
		else if (c->layouts_up == c->layouts || c->layouts_down == c->layouts)
			c->verdict = direction(c, lo);
	}
	free(d);
}

/* --- noise ------------------------------------------------------------------------------------- */

double proof_share(double rate, size_t look)
{
	return look ? rate / ((double)look * ((double)look + 1)) : rate;
}

void proof_measure(struct comparison *c, size_t looks)
{
	const struct db_series *b = c->base_series, *n = c->new_series;
	const struct arms arms = { .x = b->values,
				   .y = n->values,
				   .nx = b->count,
				   .ny = n->count,
				   .x_block = b->blocks,
				   .y_block = n->blocks };

	stats_shift(&arms, 1 - proof_share(1 - PROOF_LEVEL, looks), &c->shift);
	c->delta_pct = percent_of(c->shift.estimate, c->base);
	c->ci_pct[0] = percent_of(c->shift.lo, c->base);
	c->ci_pct[1] = percent_of(c->shift.hi, c->base);
	c->p = c->p_adjusted = c->shift.p;
}

/* --- how many boots ---------------------------------------------------------------------------- */

/* The harmonic mean of the sides. */
static double boots_a_side(const struct comparison *c)
{
	return 2 / (1 / (double)c->n_base + 1 / (double)c->n_new);
}

/* What p may be for this metric: less than the share where its family has others. */
static double needed_p(const struct comparison *c, size_t looks)
{
	double family = c->p > 0 && c->p_adjusted > c->p ? c->p_adjusted / c->p : 1;

	return proof_share(PROOF_FALSE_SHARE, looks) / family;
}

static size_t fewest_boots(double p)
{
	size_t n = FEWEST;

	while (n < PROOF_BOOTS_MAX && stats_smallest_p(n) > p)
		n++;
	return n;
}

/* Boots a side until `distance` from a limit shows in four of five cases at a two-sided p. */
static double boots_to_show(double distance, double noise, double p)
{
	double z = stats_normal_quantile(p / 2) + stats_normal_quantile(POWER_TAIL);

	if (!(distance > 0))
		return INFINITY;
	return z * noise / distance * (z * noise / distance);
}

static size_t boots_to_decide(const struct comparison *c, size_t looks)
{
	double now = boots_a_side(c), p = needed_p(c, looks);
	double noise = c->shift.error * sqrt(now);
	double threshold = c->threshold_pct / 100 * fabs(c->base);
	double shift = fabs(c->shift.estimate), more;
	double differs = fmax(boots_to_show(shift, noise, p), (double)fewest_boots(p));
	double same =
		fmax(boots_to_show(threshold - shift, noise, proof_share(1 - PROOF_LEVEL, looks)),
		     FEWEST);

	if (isnan(noise))
		return fewest_boots(p) > now ? fewest_boots(p) - (size_t)now : 0;
	more = ceil(fmin(differs, same) - now);
	if (!(more >= 1))
		more = 1;
	return more < PROOF_BOOTS_MAX ? (size_t)more : PROOF_BOOTS_MAX;
}

double proof_smallest_effect(const struct comparison *c, size_t n)
{
	double noise = c->shift.error * sqrt(boots_a_side(c));
	double p = needed_p(c, 0);
	double z = stats_normal_quantile(p / 2) + stats_normal_quantile(POWER_TAIL);

	if (c->base == 0 || stats_smallest_p(n) > p)
		return NAN;
	return 100 * z * noise / sqrt((double)n) / fabs(c->base);
}

/* --- the verdict ------------------------------------------------------------------------------- */

static bool is_same(const struct comparison *c)
{
	/* Without a percentage, as the base is 0, only nothing is the same. */
	if (c->base == 0)
		return c->shift.lo == 0 && c->shift.hi == 0;
	return c->ci_pct[0] >= -c->threshold_pct && c->ci_pct[1] <= c->threshold_pct;
}

void proof_decide(struct comparison *c, size_t looks)
{
	bool enough = c->n_base >= FEWEST && c->n_new >= FEWEST &&
		      (c->shift.method == SHIFT_RANK || c->shift.method == SHIFT_INTERPOLATED);

	c->verdict = VERDICT_UNPROVEN;
	c->more_boots = 0;
	if (enough && is_same(c))
		c->verdict = VERDICT_SAME;
	else if (enough && (c->shift.lo > 0 || c->shift.hi < 0) &&
		 c->p_adjusted <= proof_share(PROOF_FALSE_SHARE, looks))
		c->verdict = direction(c, c->shift.lo);
	else
		c->more_boots = boots_to_decide(c, looks);
}
