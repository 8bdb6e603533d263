/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CONFIG requests (Mpi2ConfigRequest_t): the pages in which the adapter describes itself. The
 * table in pages.c names the structure of mpi2_cnfg.h that each models; those of attached
 * devices are in topology.c.
 *
 * The driver panics the kernel when a reply's page type differs from what it asked for, or when
 * a page that was read does not begin with its own header: both are made in one place.
 */
#ifndef KAB_RUNNER_HBA_PAGES_H
#define KAB_RUNNER_HBA_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "memory.h"
#include "queues.h"
#include "refusals.h"

#define CONFIG_REPLY_BYTES 24

struct pages {
	unsigned int disks;
	uint32_t io_unit_flags; /* of IO unit page 1: the one thing that the driver sets */
};

/* As after power-on; the number of disks stays. */
void pages_reset(struct pages *p);
/* Carries a request out and fills in its reply (zeroed). */
void pages_run(struct pages *p, const struct memory *m, const uint8_t request[REQUEST_FRAME_BYTES],
	       uint8_t reply[CONFIG_REPLY_BYTES], struct refusals *refusals);

#endif
