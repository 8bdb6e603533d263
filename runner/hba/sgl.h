/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scatter-gather lists of SCSI I/O requests and firmware uploads: IEEE elements of 16 bytes
 * (Mpi25IeeeSgeChain64_t, of which a simple element uses less). The list begins in the request
 * frame; a chain element, which is the last of its segment, leads to the next segment. The
 * segments are what the driver's "chain pool" is full of.
 *
 * A list is walked once, in one direction. Its segments are copied before they are read; they
 * are no longer and no more than IOC_FACTS announces, so a list that leads back into itself
 * ends, too.
 */
#ifndef KAB_RUNNER_HBA_SGL_H
#define KAB_RUNNER_HBA_SGL_H

#include <stddef.h>
#include <stdint.h>

#include "memory.h"
#include "queues.h"
#include "refusals.h"

#define SGE_BYTES	    16
#define CHAIN_SEGMENT_BYTES 128 /* IOCMaxChainSegmentSize, 8 x 16 */
#define CHAIN_DEPTH	    128 /* MaxChainDepth */

struct sgl {
	const struct memory *memory;
	struct refusals *refusals;
	uint8_t segment[REQUEST_FRAME_BYTES > CHAIN_SEGMENT_BYTES ? REQUEST_FRAME_BYTES
								  : CHAIN_SEGMENT_BYTES];
	size_t end;	  /* bytes of the segment */
	size_t at;	  /* of the next element */
	size_t chain;	  /* of the chain element; `end` when the segment has none */
	uint32_t chained; /* segments so far, without the first */
	bool last;	  /* the element before was the end of the list */
	uint64_t address; /* what is left of the current element */
	uint32_t left;
};

/* The list of a request: its first element is at `offset`, its chain element at 16 *
 * `chain_offset` (0: none). `refusals` and `memory` are borrowed. */
void sgl_init(struct sgl *s, const struct memory *memory, struct refusals *refusals,
	      const uint8_t frame[REQUEST_FRAME_BYTES], size_t offset, uint8_t chain_offset);
/* Moves `len` bytes, from where the last call ended. 0; -1 (refused) when the list is too short,
 * broken, or leads out of memory: a part may have been moved then. */
int sgl_to_guest(struct sgl *s, const void *data, size_t len);
int sgl_from_guest(struct sgl *s, void *data, size_t len);

#endif
