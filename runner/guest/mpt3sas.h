/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the mpt3sas driver shows of itself in /sys and /proc.
 */
#ifndef KAB_GUEST_MPT3SAS_H
#define KAB_GUEST_MPT3SAS_H

#include <stdint.h>

#include "lib/strbuf.h"

/* A line of a device's "pools": the DMA pool that the driver's chain segments come from. */
struct chain_pool {
	uint64_t used, blocks, size, pages;
};

/* 0, or -1 when there is no such pool in the text. */
int chain_pool_parse(const char *pools, struct chain_pool *p);
/* Interrupts of all lines of /proc/interrupts that name the driver; one CPU's or many. */
uint64_t interrupts_parse(const char *interrupts, const char *driver);

#endif
