/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The adapter's PCI configuration space, type 0 header (PCI Local Bus Specification 3.0, 6.1), and
 * its one capability, MSI-X (6.8.2). Identity: Broadcom/LSI SAS3008, subsystem 0x3090, as in
 * MPI25_MFGPAGE_DEVID_SAS3008 of the kernel's mpi2_cnfg.h.
 *
 * QEMU reads 7 dwords from 0x10 on as BARs, so 0x28 is zero, too; and it registers BARs as plain
 * 32-bit memory, so the one BAR is neither 64 bits wide nor prefetchable.
 */
#ifndef KAB_RUNNER_HBA_PCICONFIG_H
#define KAB_RUNNER_HBA_PCICONFIG_H

#include <stdbool.h>
#include <stdint.h>

#define PCICONFIG_SIZE 256
#define HBA_BAR_SIZE   0x10000 /* BAR 1 */
#define HBA_VECTORS    8
#define HBA_TABLE      0x2000 /* the MSI-X table in BAR 1 */
#define HBA_PBA	       0x3000

struct pciconfig {
	uint8_t bytes[PCICONFIG_SIZE];
};

/* As after power-on. */
void pciconfig_reset(struct pciconfig *c);
/* 1, 2 or 4 bytes. False when the access is none of the configuration space's. */
bool pciconfig_read(const struct pciconfig *c, uint32_t addr, int len, uint32_t *value);
/* Read-only bits keep their value. */
bool pciconfig_write(struct pciconfig *c, uint32_t addr, int len, uint32_t value);

/* Whether MSI-X is on, and not masked as a whole. */
bool pciconfig_msix_on(const struct pciconfig *c);

#endif
