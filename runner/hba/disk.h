/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The blocks of a disk: anonymous memory, or a file that is mapped. 512 bytes each.
 */
#ifndef KAB_RUNNER_HBA_DISK_H
#define KAB_RUNNER_HBA_DISK_H

#include <stdbool.h>
#include <stdint.h>

#define DISK_BLOCK 512

struct disk {
	uint8_t *data;
	uint64_t blocks;
	bool file; /* `data` is a file's */
};

/* In memory (path NULL), or in a file that is made or brought to the size when need be, and
 * keeps its content. 0, or -1 with an error printed. */
int disk_open(struct disk *d, uint64_t bytes, const char *path);
void disk_close(struct disk *d);
/* True when all of these blocks exist. */
bool disk_has(const struct disk *d, uint64_t block, uint64_t count);
/* What is written comes to the file. 0, or -1 with an error printed. */
int disk_flush(struct disk *d);
/* The blocks (which exist) read as zero from now on, and take no memory. */
void disk_discard(struct disk *d, uint64_t block, uint64_t count);

#endif
