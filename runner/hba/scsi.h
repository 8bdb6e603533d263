/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A SAS disk as SCSI sees it: one logical unit, LUN 0, of a direct-access device. Commands of
 * SPC-4 and SBC-3, as far as the kernel's sd driver and fio use them: TEST UNIT READY, REQUEST
 * SENSE, INQUIRY with its vital product data, MODE SENSE, READ CAPACITY, READ, WRITE, SYNCHRONIZE
 * CACHE, UNMAP, START STOP UNIT, REPORT LUNS. Anything else is answered by a check condition, as
 * a disk would.
 */
#ifndef KAB_RUNNER_HBA_SCSI_H
#define KAB_RUNNER_HBA_SCSI_H

#include <stdbool.h>
#include <stdint.h>

#include "disk.h"
#include "sgl.h"

#define SENSE_BYTES 18

/* One command on its way. */
struct scsi_command {
	/* Set by the caller: */
	const uint8_t *cdb; /* 32 bytes */
	uint64_t lun;	    /* as in the request: 0 is the only one there is */
	struct sgl *sgl;
	uint32_t room;	     /* bytes that the request has for data */
	unsigned int number; /* of the disk, for its names */
	/* The answer: */
	uint8_t status;		    /* MPI2_SCSI_STATUS_ */
	uint8_t sense[SENSE_BYTES]; /* with MPI2_SCSI_STATUS_CHECK_CONDITION */
	uint32_t moved;		    /* bytes of data, either way */
	bool bad_list;		    /* the scatter-gather list was refused */
};

/* The disk's SAS address, which is its name in VPD page 0x83, too: of the NAA 3 kind ("locally
 * assigned"), so that it can be no real one's. */
uint64_t scsi_disk_address(unsigned int number);
/* Carries the command out, whole. */
void scsi_run(struct disk *d, struct scsi_command *c);

#endif
