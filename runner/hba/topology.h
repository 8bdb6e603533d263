/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What hangs on the adapter: eight phys, as the SAS3008 has them, and one directly attached disk
 * on each of the first ones, every one a port of its own. With no disks there are no phys either,
 * and the driver is never told to look.
 *
 * Handles: the controller's are 1 to 8, one per phy (the driver takes those up to the number of
 * phys for its own); disk N has handle 9 + N.
 */
#ifndef KAB_RUNNER_HBA_TOPOLOGY_H
#define KAB_RUNNER_HBA_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PHYS	    8
#define DISKS_MAX   PHYS
#define EVENT_BYTES 64
#define EVENTS_MAX  (DISKS_MAX + 2)
#define HBA_ADDRESS 0x3000000000000001ull /* SAS address of the adapter, locally assigned */

/* Number of the disk with this handle among `disks`; -1 when it is none's. */
int topology_disk(unsigned int disks, uint16_t handle);

/*
 * The events that follow a PORT_ENABLE: discovery begins, a topology change list for each disk,
 * discovery ends. Fills in the n-th as a whole EVENT_NOTIFICATION reply and returns its length in
 * bytes; 0 when there is none.
 */
size_t topology_event(unsigned int disks, size_t n, uint8_t reply[EVENT_BYTES]);

/* Configuration pages (there is no enclosure, and so no slot): each fills in a page behind its header, which starts at `page`, for the
 * address of the request, and returns false when there is no such page. */
bool topology_io_unit_0(unsigned int disks, uint32_t address, uint8_t *page);
bool topology_io_unit_1(unsigned int disks, uint32_t address, uint8_t *page);
bool topology_phy_0(unsigned int disks, uint32_t address, uint8_t *page);
bool topology_device_0(unsigned int disks, uint32_t address, uint8_t *page);

#endif
