/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of make bench-truth about change points.
 */
#ifndef KAB_BENCH_NIGHTS_H
#define KAB_BENCH_NIGHTS_H

#include <stdbool.h>
#include <stdint.h>

/* Prints them; false when something does not hold. */
bool bench_nights(uint64_t seed);

#endif
