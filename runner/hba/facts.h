/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the adapter says about itself before its queues exist: IOC_FACTS and PORT_FACTS, the
 * replies of doorbell handshakes.
 *
 * The figures are those of the adapter in the series "mpt3sas and dmapool scalability" (Tony
 * Battersby, linux-mm, 2022-05-31), a SAS 9300-8i whose chain pool had 373,959 blocks with
 * max_sgl_entries=256. That is 37 segments x 10,107 commands, which leaves one choice:
 *	RequestCredit 10240, HighPriorityCredit 128	10,240 - (128 + 5) = 10,107 commands
 *	IOCRequestFrameSize 32 dwords			1 element in the request itself
 *	IOCMaxChainSegmentSize 8 x 16 bytes		7 in each segment: (256 - 1) / 7 + 1 = 37
 */
#ifndef KAB_RUNNER_HBA_FACTS_H
#define KAB_RUNNER_HBA_FACTS_H

#include <stddef.h>
#include <stdint.h>

#define FACTS_BYTES	 68
#define PORT_FACTS_BYTES 28

/* Fill in a zeroed reply. */
void facts_ioc(uint8_t who_init, uint8_t reply[FACTS_BYTES]);
void facts_port(uint8_t port, uint8_t reply[PORT_FACTS_BYTES]);

#endif
