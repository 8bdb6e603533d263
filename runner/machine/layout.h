/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where things lie in a guest's memory. The kernels are not relocatable, and on the instruction
 * clock everything is the same in every boot: an accident of the layout then looks like an effect of
 * a change, and exactly so. A layout moves what can be moved: the size of the memory and the length
 * of the archive, which decide where the kernel finds free pages, and so the order in which it
 * hands them out (Mytkowicz et al., "Producing wrong data without doing anything obviously
 * wrong", 2009, for why; Curtsinger and Berger, "Stabilizer", 2013, for the remedy).
 */
#ifndef KAB_RUNNER_MACHINE_LAYOUT_H
#define KAB_RUNNER_MACHINE_LAYOUT_H

#include <stdint.h>

struct layout {
	int64_t number; /* 1: nothing is moved; also the seed of what is */
	int64_t memory_mib;
	int64_t padding_kib; /* zeros behind the archive, which the kernel skips */
};

/* The same number gives the same layout for every kernel, so that they can be compared in each. */
struct layout layout_make(int64_t number, int64_t memory_mib);
/* A copy of an archive with the padding. 0, or -1 with an error printed. */
int layout_pad(const struct layout *l, const char *archive, const char *out);

#endif
