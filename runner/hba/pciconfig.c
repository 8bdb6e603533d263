// SPDX-License-Identifier: GPL-2.0-or-later
#include "pciconfig.h"

#include <stddef.h>
#include <string.h>

#include "bytes.h"

enum {
	CAPABILITY = 0x50,
	MSIX_CONTROL = CAPABILITY + 2,
	MSIX_ENABLE = 0x8000,
	MSIX_MASK_ALL = 0x4000,
	BAR1 = 1, /* as in the low bits of an MSI-X table address */
};

/* Values after power-on, and the bits that can be written. What is not here is zero. */
static const struct reg {
	uint8_t at, len;
	uint32_t value, writable;
} regs[] = {
	{ 0x00, 2, 0x1000, 0 },	      /* vendor: LSI */
	{ 0x02, 2, 0x0097, 0 },	      /* device: SAS3008 */
	{ 0x04, 2, 0, 0x0547 },	      /* command */
	{ 0x06, 2, 0x0010, 0 },	      /* status: there are capabilities */
	{ 0x08, 1, 0x02, 0 },	      /* revision */
	{ 0x09, 1, 0, 0 },	      /* class: mass storage, */
	{ 0x0a, 2, 0x0107, 0 },	      /* serial attached SCSI */
	{ 0x0c, 2, 0, 0xffff },	      /* cache line, latency timer */
	{ 0x14, 4, 0, 0xffff0000 },   /* BAR 1: 64 KiB of memory */
	{ 0x2c, 2, 0x1000, 0 },	      /* subsystem: LSI */
	{ 0x2e, 2, 0x3090, 0 },	      /* SAS9311-8i */
	{ 0x34, 1, CAPABILITY, 0 },   /* first capability */
	{ 0x3c, 1, 0, 0xff },	      /* interrupt line */
	{ 0x3d, 1, 1, 0 },	      /* interrupt pin: INTA */
	{ CAPABILITY, 2, 0x0011, 0 }, /* MSI-X, the last one */
	{ MSIX_CONTROL, 2, HBA_VECTORS - 1, MSIX_ENABLE | MSIX_MASK_ALL },
	{ CAPABILITY + 4, 4, HBA_TABLE | BAR1, 0 },
	{ CAPABILITY + 8, 4, HBA_PBA | BAR1, 0 },
};

void pciconfig_reset(struct pciconfig *c)
{
	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
		for (unsigned int byte = 0; byte < regs[i].len; byte++)
			c->bytes[regs[i].at + byte] = (uint8_t)(regs[i].value >> (8 * byte));
}

static uint8_t writable_bits(uint32_t addr)
{
	for (size_t i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
		if (addr >= regs[i].at && addr < (uint32_t)regs[i].at + regs[i].len)
			return (uint8_t)(regs[i].writable >> (8 * (addr - regs[i].at)));
	return 0;
}

static bool acceptable(uint32_t addr, int len)
{
	return (len == 1 || len == 2 || len == 4) && addr <= PCICONFIG_SIZE - (uint32_t)len;
}

bool pciconfig_read(const struct pciconfig *c, uint32_t addr, int len, uint32_t *value)
{
	*value = 0;
	if (!acceptable(addr, len))
		return false;
	for (int i = len - 1; i >= 0; i--)
		*value = *value << 8 | c->bytes[addr + (uint32_t)i];
	return true;
}

bool pciconfig_write(struct pciconfig *c, uint32_t addr, int len, uint32_t value)
{
	if (!acceptable(addr, len))
		return false;
	for (int i = 0; i < len; i++, value >>= 8) {
		uint8_t bits = writable_bits(addr + (uint32_t)i);
		uint8_t *byte = &c->bytes[addr + (uint32_t)i];

		*byte = (uint8_t)((*byte & ~bits) | (value & bits));
	}
	return true;
}

bool pciconfig_msix_on(const struct pciconfig *c)
{
	return (get_le16(c->bytes + MSIX_CONTROL) & (MSIX_ENABLE | MSIX_MASK_ALL)) == MSIX_ENABLE;
}
