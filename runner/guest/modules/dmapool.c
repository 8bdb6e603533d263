// SPDX-License-Identifier: GPL-2.0-only
#include "dmapool.h"

#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/kernfs.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "kab.h"

#define DEVICE	  "kab-dmapool"
#define ATTRIBUTE "pools"

struct device *pool_device_add(void)
{
	struct device *dev = root_device_register(DEVICE);
	int err;

	if (IS_ERR(dev)) {
		kab_failed("cannot register a device: %pe", dev);
		return NULL;
	}
	err = dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64));
	if (err) {
		kab_failed("the device cannot do DMA: %pe", ERR_PTR(err));
		root_device_unregister(dev);
		return NULL;
	}
	return dev;
}

void pool_device_remove(struct device *dev)
{
	root_device_unregister(dev);
}

struct pool_block *pool_blocks(u64 count)
{
	struct pool_block *blocks = kvcalloc(count, sizeof(*blocks), POOL_GFP);

	if (!blocks)
		kab_failed("out of memory for the addresses of %llu blocks", count);
	return blocks;
}

/*
 * The attribute's own function is called: a file that a module opens is not closed before its
 * task is back in user space, and a thousand readings would be a thousand open files.
 */
static ssize_t read_pools(struct device *dev, char *page)
{
	struct kernfs_node *node = sysfs_get_dirent(dev->kobj.sd, ATTRIBUTE);
	struct device_attribute *attribute;
	ssize_t len;

	if (!node)
		return -ENOENT;
	attribute = container_of((struct attribute *)node->priv, struct device_attribute, attr);
	len = attribute->show(dev, attribute, page);
	sysfs_put(node);
	return len;
}

static bool parse_line(const char *line, const char *name, struct pool_stats *s)
{
	size_t len = strlen(name);

	return strncmp(line, name, len) == 0 && line[len] == ' ' &&
	       sscanf(line + len, " %llu %llu %llu %llu", &s->used, &s->total, &s->size,
		      &s->pages) == 4;
}

bool pool_read(struct device *dev, const char *name, struct pool_stats *stats)
{
	char *page = (char *)get_zeroed_page(GFP_KERNEL);
	char *rest = page, *line;
	ssize_t len = page ? read_pools(dev, page) : -ENOMEM;
	bool found = false;

	while (len > 0 && !found && (line = strsep(&rest, "\n")))
		found = parse_line(line, name, stats);
	if (len < 0)
		kab_failed("'" ATTRIBUTE "': %pe", ERR_PTR(len));
	else if (!found)
		kab_failed("'" ATTRIBUTE "' has no pool '%s'", name);
	free_page((unsigned long)page);
	return found;
}

bool pool_any(struct device *dev)
{
	struct kernfs_node *node = sysfs_get_dirent(dev->kobj.sd, ATTRIBUTE);

	sysfs_put(node);
	return node;
}

static u8 filling(u32 number)
{
	return number * 167 + 1;
}

void block_fill(const struct pool_block *block, size_t size, u32 number)
{
	memset(block->vaddr, filling(number), size);
	memcpy(block->vaddr, &number, min(size, sizeof(number)));
}

bool block_intact(const struct pool_block *block, size_t size, u32 number)
{
	size_t head = min(size, sizeof(number));

	return memcmp(block->vaddr, &number, head) == 0 &&
	       !memchr_inv(block->vaddr + head, filling(number), size - head);
}

u64 block_distance(const struct pool_block *block)
{
	return block->dma - virt_to_phys(block->vaddr);
}
