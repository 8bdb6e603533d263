// SPDX-License-Identifier: GPL-2.0-or-later
#include "msix.h"

#include <inttypes.h>
#include <string.h>

enum {
	ADDRESS_LOW,
	ADDRESS_HIGH,
	DATA,
	CONTROL,
	MASKED = 1, /* of the control dword */
};

#define APIC_BASE  0xfee00000u
#define APIC_RANGE 0x00100000u

void msix_reset(struct msix *x)
{
	memset(x->table, 0, sizeof(x->table));
	for (int i = 0; i < HBA_VECTORS; i++)
		x->table[i][CONTROL] = MASKED;
	x->pending = 0;
}

uint32_t msix_read(const struct msix *x, uint32_t offset)
{
	uint32_t index = (offset - HBA_TABLE) / 4;

	if (offset == HBA_PBA)
		return x->pending;
	if (offset < HBA_TABLE || index >= HBA_VECTORS * 4)
		return 0;
	return x->table[index / 4][index % 4];
}

void msix_write(struct msix *x, uint32_t offset, uint32_t value)
{
	uint32_t index = (offset - HBA_TABLE) / 4;

	if (offset >= HBA_TABLE && index < HBA_VECTORS * 4)
		x->table[index / 4][index % 4] = value;
}

static void send(struct msix *x, unsigned int vector, struct refusals *refusals)
{
	const uint32_t *entry = x->table[vector];
	uint64_t address = entry[ADDRESS_LOW] | (uint64_t)entry[ADDRESS_HIGH] << 32;

	if (address < APIC_BASE || address - APIC_BASE >= APIC_RANGE || address % 4) {
		refuse(refusals, "interrupt %u to address 0x%" PRIx64, vector, address);
		return;
	}
	x->sent++;
	if (x->send && x->send(x->ctx, address, entry[DATA]) < 0)
		x->broken = true;
}

void msix_fire(struct msix *x, const struct pciconfig *c, unsigned int vector,
	       struct refusals *refusals)
{
	x->pending |= 1u << vector;
	msix_flush(x, c, refusals);
}

void msix_flush(struct msix *x, const struct pciconfig *c, struct refusals *refusals)
{
	if (!x->pending || !pciconfig_msix_on(c))
		return;
	for (unsigned int v = 0; v < HBA_VECTORS; v++) {
		if (!(x->pending & 1u << v) || x->table[v][CONTROL] & MASKED)
			continue;
		x->pending &= ~(1u << v);
		send(x, v, refusals);
	}
}
