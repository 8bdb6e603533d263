// SPDX-License-Identifier: GPL-2.0-or-later
#include "noise.h"

#include <math.h>

double noise_normal(struct random *r)
{
	double radius = sqrt(-2 * log(random_uniform(r)));

	return radius * cos(2 * M_PI * random_uniform(r));
}

static void normal(struct random *r, double *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		v[i] = noise_normal(r);
}

/* Student's with 3 degrees of freedom: now and then a boot that is far off. */
static void heavy(struct random *r, double *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double squares = 0;

		for (size_t k = 0; k < 3; k++) {
			double z = noise_normal(r);

			squares += z * z;
		}
		v[i] = noise_normal(r) / sqrt(squares / 3);
	}
}

/* Long to one side: what disturbs a boot makes it slower. */
static void skewed(struct random *r, double *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		v[i] = exp(noise_normal(r));
}

/* Three boots in ten land in another state, four standard deviations away. */
static void bimodal(struct random *r, double *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		v[i] = 0.5 * noise_normal(r) + (random_uniform(r) < 0.3 ? 2 : 0);
}

/* Of a first-order autoregressive process. */
static void autoregressive(struct random *r, double *v, size_t n, double memory)
{
	double last = noise_normal(r);

	for (size_t i = 0; i < n; i++)
		v[i] = last = memory * last + sqrt(1 - memory * memory) * noise_normal(r);
}

static void autocorrelated(struct random *r, double *v, size_t n)
{
	autoregressive(r, v, n, 0.3);
}

static void drifting(struct random *r, double *v, size_t n)
{
	autoregressive(r, v, n, 0.9);
	for (size_t i = 0; i < n; i++)
		v[i] += noise_normal(r);
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
