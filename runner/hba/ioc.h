/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IO controller: runs requests, those of the doorbell's handshakes and those that are posted
 * to its queue, and tells the driver what became of them.
 */
#ifndef KAB_RUNNER_HBA_IOC_H
#define KAB_RUNNER_HBA_IOC_H

#include <stdint.h>

#include "device.h"

/* Forgets the queues and what they held; READY. Ends the session. */
void ioc_reset(struct hba *h);
/* Runs the request that a handshake has brought, and puts the reply into the doorbell. */
void ioc_handshake(struct hba *h);
/* Runs a posted request descriptor (Mpi2RequestDescriptorUnion_t), to its interrupt. */
void ioc_post(struct hba *h, uint64_t descriptor);

#endif
