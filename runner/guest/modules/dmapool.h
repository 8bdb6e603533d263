/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the dma_pool benches share: a device to make pools for, what its attribute `pools` says,
 * and blocks that can be told apart.
 */
#ifndef KAB_MODULES_DMAPOOL_H
#define KAB_MODULES_DMAPOOL_H

#include <linux/dmapool.h>
#include <linux/types.h>

/* Rather no memory than the kernel killing the agent for it. */
#define POOL_GFP (GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

struct pool_block {
	void *vaddr;
	dma_addr_t dma;
};

/* The columns of `pools`. Blocks per page is what the kernel thinks: before 6.4 it ignored boundaries. */
struct pool_stats {
	u64 used; /* blocks */
	u64 total;
	u64 size; /* of a block, bytes */
	u64 pages;
};

/* A registered device that can address everything; NULL after kab_failed(). */
struct device *pool_device_add(void);
void pool_device_remove(struct device *dev);

/* Room for the blocks, to be given to kvfree(); NULL after kab_failed() when there is none. */
struct pool_block *pool_blocks(u64 count);

/* True, or false after kab_failed(): no such attribute, or no pool of that name (no spaces in it). */
bool pool_read(struct device *dev, const char *name, struct pool_stats *stats);
/* Whether the device has the attribute, which goes with the last pool. */
bool pool_any(struct device *dev);

/* Fills a block with what no other number has (as long as 4 bytes can tell), and looks for it. */
void block_fill(const struct pool_block *block, size_t size, u32 number);
bool block_intact(const struct pool_block *block, size_t size, u32 number);
/* From the address of the memory to that of the device: the same for all blocks of a device. */
u64 block_distance(const struct pool_block *block);

#endif
