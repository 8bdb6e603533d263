/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MSI-X: the vector table and the pending bits (PCI Local Bus Specification 3.0, 6.8.2), and the
 * sending of messages. Vectors begin masked; one that fires while masked stays pending and is sent
 * when it is unmasked.
 *
 * A message is a write of 32 bits, and the guest chooses where it goes. Only the local APIC's
 * page is accepted: a message to the adapter's own registers would have QEMU wait for an adapter
 * that waits for QEMU.
 */
#ifndef KAB_RUNNER_HBA_MSIX_H
#define KAB_RUNNER_HBA_MSIX_H

#include <stdbool.h>
#include <stdint.h>

#include "pciconfig.h"
#include "refusals.h"

struct msix {
	uint32_t table[HBA_VECTORS][4]; /* address low, address high, data, control */
	uint32_t pending;		/* bit per vector */
	uint64_t sent;
	/* Carries a message to the guest. 0, or -1 when the way to it is broken. */
	int (*send)(void *ctx, uint64_t address, uint32_t data);
	void *ctx;
	bool broken; /* send() has failed */
};

/* As after power-on; the way to send stays. */
void msix_reset(struct msix *x);
/* A dword of the table or the pending bits; `offset` is in BAR 1 and a multiple of 4. */
uint32_t msix_read(const struct msix *x, uint32_t offset);
/* Only the table can be written. The caller has msix_flush() called after it. */
void msix_write(struct msix *x, uint32_t offset, uint32_t value);

/* Fires a vector (below HBA_VECTORS): sends it, or makes it pending. */
void msix_fire(struct msix *x, const struct pciconfig *c, unsigned int vector,
	       struct refusals *refusals);
/* Sends what is pending and no longer masked; after every change of table or configuration. */
void msix_flush(struct msix *x, const struct pciconfig *c, struct refusals *refusals);

#endif
