/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file "profile" of a run directory, as the plugin in QEMU wrote it (docs/formats.md): how
 * often each block of code was executed in each window. It is read in one pass; a block is handed
 * on as it comes.
 */
#ifndef KAB_COLLECTORS_PROFILE_H
#define KAB_COLLECTORS_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cycles.h"

struct profile_block {
	uint64_t address;
	uint64_t insns; /* in the block */
	uint64_t count; /* of its executions */
	unsigned int vcpu;
	const uint64_t *events; /* CACHED_EVENTS of a model of caches; NULL without one */
};

/* A node of the call graph; the first of a window is the root, number 0. */
struct profile_node {
	uint64_t number, parent;
	uint64_t address; /* of the function */
	uint64_t self, calls;
};

/* The end of a window, whole or not. */
struct profile_window {
	uint64_t number; /* 0, 1, ...: the workload of this position */
	uint64_t instructions;
	bool whole; /* false: it never ended, or another began inside */
};

/* A part of the next window that a bench module timed; in the order in which they ended. */
struct profile_lap {
	uint64_t instructions, events[CACHED_EVENTS];
};

/* All but the first and the last may be NULL: that is left out. */
struct profile_reader {
	void (*block)(const struct profile_block *b, void *ctx);
	void (*node)(const struct profile_node *n, void *ctx);
	void (*costs)(const struct cycle_costs *c, void *ctx); /* before all windows */
	void (*lap)(const struct profile_lap *l, void *ctx);
	void (*window)(const struct profile_window *w, void *ctx);
	void *ctx;
};

/*
 * NULL when all is well; otherwise a constant that says what is wrong: from there on nothing was
 * handed on. A window whose blocks do not add up to its total is wrong as well.
 */
const char *profile_read(const char *text, const struct profile_reader *reader);

#endif
