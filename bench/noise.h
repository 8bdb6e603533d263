/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Noise for simulated boots, from a seed: the same figures on every machine.
 */
#ifndef KAB_BENCH_NOISE_H
#define KAB_BENCH_NOISE_H

#include <stddef.h>

#include "lib/random.h"

/* Of a standard normal distribution. */
double noise_normal(struct random *r);

struct noise {
	const char *name;
	/* n successive values; the scale is that of a standard normal distribution, roughly. */
	void (*draw)(struct random *r, double *v, size_t n);
};

extern const struct noise noises[]; /* ends with name NULL */

#endif
