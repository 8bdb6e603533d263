/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The adapter as a whole: an LSI SAS3008 (MPI 2.5) as far as the kernel's mpt3sas driver uses one
 * to load, find its disks, do I/O, recover, and unload. Each part has a file of its own; this is
 * what they are put together into, and what the bus side (serve.c, or a test) calls.
 *
 * Everything is done at once and in order: when hba_bar_write() returns, a request that was
 * posted has been carried out, its reply is in the guest's memory, and its interrupt is sent. The
 * guest's CPU waits meanwhile, so that on an instruction clock the interrupt comes at the same
 * instruction in every boot.
 *
 * The guest is not trusted. Whatever it writes, the adapter touches no memory but the guest's,
 * through memory.h, and always answers.
 */
#ifndef KAB_RUNNER_HBA_DEVICE_H
#define KAB_RUNNER_HBA_DEVICE_H

#include <stdint.h>

#include "disk.h"
#include "doorbell.h"
#include "memory.h"
#include "msix.h"
#include "pages.h"
#include "pciconfig.h"
#include "queues.h"
#include "refusals.h"
#include "topology.h"

#define SESSIONS_KEPT 64

/* What the driver did between two resets: one loading and unloading, as a rule. */
struct hba_session {
	uint64_t requests, interrupts, handshakes;
};

/* All since the beginning. */
struct hba_counts {
	uint64_t requests, handshakes, unit_resets, diag_resets, events;
	uint64_t scsi_commands, bytes_read, bytes_written, chain_segments, tasks;
	uint64_t check_conditions;
	uint64_t unknown; /* requests of a function that the adapter does not have */
};

struct hba {
	struct pciconfig pci;
	struct memory memory;
	struct msix msix;
	struct doorbell doorbell;
	struct queues queues;
	struct pages pages;
	struct disk disks[DISKS_MAX];
	unsigned int disk_count;
	/* Registers without a part of their own (registers.c). */
	uint32_t interrupt_mask, key_position, descriptor_low;
	bool reply_interrupt, diag_write;
	/* The record. */
	struct refusals refusals;
	struct hba_counts counts;
	struct hba_session session; /* the current one: `interrupts` is that of msix.sent when it
				     * began */
	struct hba_session sessions[SESSIONS_KEPT];
	uint64_t session_count; /* may be more than are kept */
};

/* Power-on, with disks of so many MiB: in memory, or as files "diskN" in the folder `dir`. 0, or
 * -1 with an error printed; hba_release() is right after both. */
int hba_init(struct hba *h, unsigned int disks, unsigned int disk_mib, const char *dir);
void hba_release(struct hba *h);
/* The machine has been reset. Disks and counts stay. */
void hba_reset(struct hba *h);
/* Ends the current session and counts it, if there was anything in it. */
void hba_end_session(struct hba *h);

/* Accesses of the bus. Reads of what is not there give zero. */
uint32_t hba_config_read(struct hba *h, uint32_t addr, int len);
void hba_config_write(struct hba *h, uint32_t addr, int len, uint32_t value);
/* `offset` in BAR 1; 1, 2, 4 or 8 bytes. */
uint64_t hba_bar_read(struct hba *h, uint64_t offset, unsigned int len);
void hba_bar_write(struct hba *h, uint64_t offset, unsigned int len, uint64_t value);

#endif
