/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a session grows that runs until its figures are proven: the number of boots at which it looks.
 * They are fixed before the first boot. What each look may conclude is reports/proof.h's.
 */
#ifndef KAB_RUNNER_SESSION_LOOKS_H
#define KAB_RUNNER_SESSION_LOOKS_H

#include <stddef.h>
#include <stdint.h>

#define LOOKS_BOOTS_MAX 80 /* when nobody says */

/* Boots of each kernel at the k-th look, from 1: 6, 10, 16, 24, 36, ...; at most `max`. */
int64_t looks_boots(size_t look, int64_t max);

#endif
