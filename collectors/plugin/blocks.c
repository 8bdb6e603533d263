// SPDX-License-Identifier: GPL-2.0-or-later
#include "blocks.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"

#define BUCKETS_MIN 4096

uint32_t blocks_hash(uint32_t hash, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * 16777619u;
	return hash;
}

static size_t bucket_of(const struct blocks *b, uint64_t address, uint32_t hash)
{
	return (size_t)((address ^ hash) * 0x9e3779b97f4a7c15u >> 32) & (b->bucket_count - 1);
}

static void grow(struct blocks *b)
{
	struct block **old = b->buckets;
	size_t old_count = b->bucket_count;

	b->bucket_count = old_count ? 4 * old_count : BUCKETS_MIN;
	b->buckets = xcalloc(b->bucket_count, sizeof(struct block *));
	for (size_t i = 0; i < old_count; i++) {
		for (struct block *block = old[i], *next; block; block = next) {
			size_t bucket = bucket_of(b, block->address, block->hash);

			next = block->next;
			block->next = b->buckets[bucket];
			b->buckets[bucket] = block;
		}
	}
	free(old);
}

static struct tally *tallies(unsigned int vcpus)
{
	size_t size = vcpus * sizeof(struct tally);

	return memset(xcheck(aligned_alloc(_Alignof(struct tally), size)), 0, size);
}

struct block *blocks_get(struct blocks *b, uint64_t address, uint32_t insns, uint32_t hash)
{
	struct block *block;
	size_t bucket;

	if (b->count >= b->bucket_count)
		grow(b);
	bucket = bucket_of(b, address, hash);
	for (block = b->buckets[bucket]; block; block = block->next)
		if (block->address == address && block->insns == insns && block->hash == hash)
			return block;
	block = xcalloc(1, sizeof(*block));
	*block = (struct block){ .address = address,
				 .insns = insns,
				 .hash = hash,
				 .next = b->buckets[bucket],
				 .tally = tallies(b->vcpus),
				 .before = tallies(b->vcpus) };
	b->buckets[bucket] = block;
	b->count++;
	return block;
}

void blocks_mark(struct blocks *b)
{
	for (size_t i = 0; i < b->bucket_count; i++)
		for (struct block *block = b->buckets[i]; block; block = block->next)
			memcpy(block->before, block->tally, b->vcpus * sizeof(*block->tally));
}

static int by_address(const void *left, const void *right)
{
	const struct block *a = *(struct block *const *)left, *b = *(struct block *const *)right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->insns != b->insns)
		return a->insns < b->insns ? -1 : 1;
	return a->hash < b->hash ? -1 : a->hash > b->hash;
}

struct block **blocks_sorted(const struct blocks *b)
{
	struct block **sorted = xcalloc(b->count + 1, sizeof(struct block *));
	size_t n = 0;

	for (size_t i = 0; i < b->bucket_count; i++)
		for (struct block *block = b->buckets[i]; block; block = block->next)
			sorted[n++] = block;
	qsort(sorted, n, sizeof(struct block *), by_address);
	return sorted;
}
