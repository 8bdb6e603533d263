/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks: straight pieces of the guest's code as QEMU translates them, and how often each has
 * been executed. A block that is translated again (QEMU's cache was flushed, or the budget of the
 * instruction clock cut it short) finds its counter again by address, length and bytes.
 *
 * A block lives until the process ends, as translated code has its address. Translation on
 * several threads is the caller's to serialise.
 */
#ifndef KAB_PLUGIN_BLOCKS_H
#define KAB_PLUGIN_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "cache.h"

struct block {
	uint64_t address; /* of its first instruction */
	uint32_t insns;
	uint32_t hash;	      /* of its bytes */
	struct block *next;   /* in the same bucket */
	struct tally *tally;  /* one per virtual CPU */
	struct tally *before; /* as they were when a window began */
};

struct blocks {
	struct block **buckets;
	size_t bucket_count; /* a power of two, or 0 */
	size_t count;
	unsigned int vcpus;
};

/* Finds or adds. */
struct block *blocks_get(struct blocks *b, uint64_t address, uint32_t insns, uint32_t hash);
/* A window begins: what has been counted so far is not part of it. */
void blocks_mark(struct blocks *b);
/* All blocks by address, in an array that the caller frees. */
struct block **blocks_sorted(const struct blocks *b);

/* FNV-1a, in parts: start with BLOCKS_HASH. */
#define BLOCKS_HASH 2166136261u
uint32_t blocks_hash(uint32_t hash, const void *bytes, size_t len);

#endif
