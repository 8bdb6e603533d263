// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The registers in BAR 1 (Mpi2SystemInterfaceRegs_t), each 32 bits wide, and the MSI-X table and
 * pending bits behind them. A request descriptor is 64 bits: one write, or two halves, the lower
 * one first.
 */
#include <inttypes.h>

#include "device.h"
#include "ioc.h"

enum {
	DOORBELL = 0x00,
	WRITE_SEQUENCE = 0x04,
	HOST_DIAGNOSTIC = 0x08,
	HOST_INTERRUPT_STATUS = 0x30,
	HOST_INTERRUPT_MASK = 0x34,
	REPLY_FREE_HOST_INDEX = 0x48,
	REPLY_POST_HOST_INDEX = 0x6c,
	DESCRIPTOR_LOW = 0xc0,
	DESCRIPTOR_HIGH = 0xc4,
	/* Bits of HostDiagnostic and HostInterruptStatus. */
	RESET_ADAPTER = 0x04,
	DIAG_WRITE_ENABLE = 0x80,
	IOC_TO_SYSTEM = 0x01,
	REPLY_DESCRIPTOR = 0x08,
};

/* What has to be written to WriteSequence to enable writes to HostDiagnostic. */
static const uint32_t keys[] = { 0xf, 0x4, 0xb, 0x2, 0x7, 0xd };

#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

/*
 * Configuration space.
 */
uint32_t hba_config_read(struct hba *h, uint32_t addr, int len)
{
	uint32_t value;

	if (!pciconfig_read(&h->pci, addr, len, &value))
		refuse(&h->refusals, "read of %d bytes of configuration at 0x%" PRIx32, len, addr);
	return value;
}

void hba_config_write(struct hba *h, uint32_t addr, int len, uint32_t value)
{
	if (!pciconfig_write(&h->pci, addr, len, value))
		refuse(&h->refusals, "write of %d bytes of configuration at 0x%" PRIx32, len, addr);
	msix_flush(&h->msix, &h->pci, &h->refusals);
}

/*
 * Reads.
 */
static uint32_t read_dword(struct hba *h, uint32_t offset)
{
	switch (offset) {
	case DOORBELL:
		return doorbell_read(&h->doorbell);
	case HOST_DIAGNOSTIC:
		return h->diag_write ? DIAG_WRITE_ENABLE : 0;
	case HOST_INTERRUPT_STATUS:
		return (h->doorbell.interrupt ? IOC_TO_SYSTEM : 0) |
		       (h->reply_interrupt ? REPLY_DESCRIPTOR : 0);
	case HOST_INTERRUPT_MASK:
		return h->interrupt_mask;
	default:
		return msix_read(&h->msix, offset);
	}
}

uint64_t hba_bar_read(struct hba *h, uint64_t offset, unsigned int len)
{
	uint32_t at = (uint32_t)(offset & (HBA_BAR_SIZE - 1)), aligned = at & ~3u;
	uint64_t value;

	if (!len || len > 8 || at % 4 + len > (len > 4 ? 8 : 4)) {
		refuse(&h->refusals, "read of %u bytes at 0x%" PRIx32, len, at);
		return 0;
	}
	value = read_dword(h, aligned);
	if (len > 4)
		value |= (uint64_t)read_dword(h, aligned + 4) << 32;
	value >>= 8 * (at % 4);
	return len < 8 ? value & ((UINT64_C(1) << (8 * len)) - 1) : value;
}

/*
 * Writes.
 */
static void write_doorbell(struct hba *h, uint32_t value)
{
	switch (doorbell_write(&h->doorbell, value)) {
	case DOORBELL_REQUEST:
		ioc_handshake(h);
		break;
	case DOORBELL_RESET:
		h->counts.unit_resets++;
		ioc_reset(h);
		break;
	case DOORBELL_ODD:
		refuse(&h->refusals, "doorbell 0x%08" PRIx32, value);
		break;
	case DOORBELL_NOTHING:
		break;
	}
}

static void write_sequence(struct hba *h, uint32_t value)
{
	h->diag_write = false;
	if (h->key_position >= KEY_COUNT || value != keys[h->key_position])
		h->key_position = value == keys[0];
	else
		h->key_position++;
	h->diag_write = h->key_position == KEY_COUNT;
}

/* The reset takes no time: the bit that starts it reads as zero again at once. */
static void write_diagnostic(struct hba *h, uint32_t value)
{
	if (!h->diag_write) {
		refuse(&h->refusals, "locked diagnostic register 0x%08" PRIx32, value);
	} else if (value & RESET_ADAPTER) {
		h->counts.diag_resets++;
		ioc_reset(h);
		h->doorbell.who_init = 0;
	}
}

static void write_dword(struct hba *h, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case DOORBELL:
		write_doorbell(h, value);
		break;
	case WRITE_SEQUENCE:
		write_sequence(h, value);
		break;
	case HOST_DIAGNOSTIC:
		write_diagnostic(h, value);
		break;
	case HOST_INTERRUPT_STATUS:
		doorbell_acknowledge(&h->doorbell);
		break;
	case HOST_INTERRUPT_MASK:
		h->interrupt_mask = value;
		break;
	case REPLY_FREE_HOST_INDEX:
		queues_set_free_host(&h->queues, value, &h->refusals);
		break;
	case REPLY_POST_HOST_INDEX:
		queues_set_post_host(&h->queues, value, &h->refusals);
		h->reply_interrupt = false;
		break;
	case DESCRIPTOR_LOW:
		h->descriptor_low = value;
		break;
	case DESCRIPTOR_HIGH:
		ioc_post(h, (uint64_t)value << 32 | h->descriptor_low);
		break;
	default:
		if (offset < HBA_TABLE || offset >= HBA_TABLE + sizeof(h->msix.table)) {
			refuse(&h->refusals, "write to register 0x%" PRIx32, offset);
			break;
		}
		msix_write(&h->msix, offset, value);
		msix_flush(&h->msix, &h->pci, &h->refusals);
	}
}

void hba_bar_write(struct hba *h, uint64_t offset, unsigned int len, uint64_t value)
{
	uint32_t at = (uint32_t)(offset & (HBA_BAR_SIZE - 1));

	if (at % 4 || (len != 4 && len != 8)) {
		refuse(&h->refusals, "write of %u bytes at 0x%" PRIx32, len, at);
		return;
	}
	write_dword(h, at, (uint32_t)value);
	if (len == 8)
		write_dword(h, at + 4, (uint32_t)(value >> 32));
}
