/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The caches and TLBs of a documented machine, in configs/targets/TARGET.json, for the model in
 * collectors/plugin/cache.h, and what its misses cost (collectors/cycles.h).
 */
#ifndef KAB_RUNNER_MACHINE_HIERARCHY_H
#define KAB_RUNNER_MACHINE_HIERARCHY_H

#include <stdint.h>

#include "lib/strvec.h"

/* A set-associative table. Its entries are lines of a cache, or pages of a TLB. */
struct hierarchy_table {
	int64_t entries, ways;
};

struct hierarchy {
	char *machine; /* which one it is, for people; NULL: none has been read */
	int64_t line;  /* bytes */
	struct hierarchy_table l1d, l1i, l2, llc, dtlb_4k, dtlb_2m, stlb;
	struct {
		int64_t pages, lines;
	} stream; /* followed at a time, brought in ahead; 0: none */
	/* Cycles of each instruction, and on top for each miss, in the order of the plugin's events. */
	struct {
		double instruction, l1d, l1i, l2, llc, dtlb, stlb;
	} cycles;
};

/*
 * Reads the file of a target. 0, or -1 with the errors printed: there is none, or it describes what
 * cannot be built (numbers of sets that are no power of two). hierarchy_release() is safe after both.
 */
int hierarchy_load(struct hierarchy *h, const char *target);
/* The same from a path. */
int hierarchy_load_file(struct hierarchy *h, const char *path);
void hierarchy_release(struct hierarchy *h);
/* Pushes the plugin's options. */
void hierarchy_push(const struct hierarchy *h, struct strvec *options);

#endif
