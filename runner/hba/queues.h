/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queues between driver and adapter, all of them in the guest's memory (IOC_INIT says where):
 *	request frames			read, by system message id (SMID)
 *	reply free queue		addresses of empty reply frames, taken in order
 *	reply descriptor post queues	one per vector, in one array; what is done is told there
 * A reply frame is only taken when the driver's host index says that there is one, and a
 * descriptor only written where the driver has been: a driver that gives neither gets no reply.
 */
#ifndef KAB_RUNNER_HBA_QUEUES_H
#define KAB_RUNNER_HBA_QUEUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"
#include "pciconfig.h"
#include "refusals.h"

#define REQUEST_FRAME_DWORDS 32 /* as IOC_FACTS announces */
#define REQUEST_FRAME_BYTES  128
#define REPLY_FRAME_BYTES    128

struct queues {
	/* From IOC_INIT (Mpi2IOCInitRequest_t). */
	bool ready;
	uint32_t vectors; /* HostMSIxVectors, 1 to HBA_VECTORS */
	uint32_t frame_bytes;
	uint64_t requests, posts, frees; /* addresses */
	uint32_t post_depth, free_depth; /* entries; a post queue per vector */
	uint64_t reply_high, sense_high; /* upper halves of addresses of which only the lower
					  * one is told; shifted */
	/* Positions. */
	uint32_t free_next, free_host;
	uint32_t post_next[HBA_VECTORS], post_host[HBA_VECTORS];
};

/* Takes an IOC_INIT request of at least 0x48 bytes. 0, or -1 (refused) when the sizes are beyond
 * what IOC_FACTS announced. */
int queues_init(struct queues *q, const uint8_t *request, struct refusals *refusals);
/* Copies the frame of an SMID. 0, or -1 (refused). */
int queues_fetch(const struct queues *q, const struct memory *m, uint16_t smid,
		 uint8_t frame[REQUEST_FRAME_BYTES], struct refusals *refusals);
/* What the driver has written to its index registers; values beyond the depth are refused. */
void queues_set_free_host(struct queues *q, uint32_t value, struct refusals *refusals);
void queues_set_post_host(struct queues *q, uint32_t value, struct refusals *refusals);

/* Tells that a request is done, with a reply of `len` bytes (a multiple of 4, at most
 * REPLY_FRAME_BYTES); SMID 0 is an event. 0, or -1 (refused). */
int queues_reply(struct queues *q, const struct memory *m, unsigned int vector, uint16_t smid,
		 const uint8_t *reply, size_t len, struct refusals *refusals);
/* The short form for SCSI I/O that went well: no reply frame. */
int queues_reply_scsi_good(struct queues *q, const struct memory *m, unsigned int vector,
			   uint16_t smid, struct refusals *refusals);

#endif
