// SPDX-License-Identifier: GPL-2.0-or-later
#include "noise.h"

#include <math.h>

/* splitmix64 (Steele, Lea and Flood, 2014). */
static uint64_t next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

double rng_uniform(struct rng *r)
{
	return ((double)(next(r) >> 11) + 0.5) * 0x1p-53;
}

double rng_normal(struct rng *r)
{
	double radius = sqrt(-2 * log(rng_uniform(r)));

	return radius * cos(2 * M_PI * rng_uniform(r));
}

static void normal(struct rng *r, double *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		v[i] = rng_normal(r);
}

/* Student's with 3 degrees of freedom: now and then a boot that is far off. */
static void heavy(struct rng *r, double *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double squares = 0;

		for (size_t k = 0; k < 3; k++) {
			double z = rng_normal(r);

			squares += z * z;
		}
		v[i] = rng_normal(r) / sqrt(squares / 3);
	}
}

/* Long to one side: what disturbs a boot makes it slower. */
static void skewed(struct rng *r, double *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		v[i] = exp(rng_normal(r));
}

/* Three boots in ten land in another state, four standard deviations away. */
static void bimodal(struct rng *r, double *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		v[i] = 0.5 * rng_normal(r) + (rng_uniform(r) < 0.3 ? 2 : 0);
}

/* Of a first-order autoregressive process. */
static void autoregressive(struct rng *r, double *v, size_t n, double memory)
{
	double last = rng_normal(r);

	for (size_t i = 0; i < n; i++)
		v[i] = last = memory * last + sqrt(1 - memory * memory) * rng_normal(r);
}

static void autocorrelated(struct rng *r, double *v, size_t n)
{
	autoregressive(r, v, n, 0.3);
}

static void drifting(struct rng *r, double *v, size_t n)
{
	autoregressive(r, v, n, 0.9);
	for (size_t i = 0; i < n; i++)
		v[i] += rng_normal(r);
}

const struct noise noises[] = {
	{ "normal", normal },
	{ "heavy-tailed (Student, 3 degrees of freedom)", heavy },
	{ "skewed (lognormal)", skewed },
	{ "bimodal (3 of 10 boots four deviations off)", bimodal },
	{ "autocorrelated (0.3 from boot to boot)", autocorrelated },
	{ "drifting (0.9 from boot to boot, and noise of the same size)", drifting },
	{ NULL, NULL },
};
