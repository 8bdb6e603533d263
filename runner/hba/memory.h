/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's memory, as far as QEMU has shared it: the only way to it is through the two
 * functions below, which copy and check every byte. What they return is a copy, so that a guest
 * that changes it afterwards changes nothing here.
 *
 * QEMU sends the whole map again whenever it changes (message SYNC_SYSMEM): some 50 times while
 * the BIOS moves its shadow memory, with at most eight pieces.
 */
#ifndef KAB_RUNNER_HBA_MEMORY_H
#define KAB_RUNNER_HBA_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMORY_PIECES 8

struct memory_piece {
	uint64_t gpa; /* guest-physical address */
	uint64_t size;
	uint8_t *at;
};

struct memory {
	struct memory_piece pieces[MEMORY_PIECES];
	size_t count;
};

/* A piece as QEMU describes it: `size` bytes of the file from `offset` on, seen at `gpa`. */
struct memory_share {
	uint64_t gpa, size;
	int64_t offset;
	int fd; /* borrowed */
};

/* Replaces the map. 0; -1 with an error printed and no memory at all when a piece cannot be
 * mapped, lies beyond its file, or overlaps another. */
int memory_map(struct memory *m, const struct memory_share *shares, size_t count);
/* Unmaps all pieces. */
void memory_release(struct memory *m);

/* False when any byte is not the guest's memory; `out` is then not meaningful, and memory has
 * not been changed. */
bool memory_read(const struct memory *m, uint64_t gpa, void *out, size_t len);
bool memory_write(const struct memory *m, uint64_t gpa, const void *data, size_t len);

#endif
