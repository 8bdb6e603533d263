/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Simulated bisections: how often the set of commits that is printed holds the culprit.
 */
#ifndef KAB_BENCH_BISECTION_H
#define KAB_BENCH_BISECTION_H

#include <stdbool.h>
#include <stdint.h>

/* Prints a table. False when a share of it does not hold. */
bool bench_bisections(uint64_t seed);

#endif
