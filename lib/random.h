/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers that look random and come from a seed, so that what was drawn can be drawn again.
 */
#ifndef KAB_LIB_RANDOM_H
#define KAB_LIB_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state; /* the seed */
};

/* splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). */
uint64_t random_next(struct random *r);
/* Uniform in (0, 1). */
double random_uniform(struct random *r);

#endif
