/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Task management (Mpi2SCSITaskManagementRequest_t). Each command is carried out whole before the
 * guest goes on, so there is never a task to abort; what is left is to say so, for devices and
 * types that exist.
 */
#ifndef KAB_RUNNER_HBA_TASK_H
#define KAB_RUNNER_HBA_TASK_H

#include <stdint.h>

#include "queues.h"

#define TASK_REPLY_BYTES 28

/* Fills in the reply (zeroed). */
void task_run(unsigned int disks, const uint8_t request[REQUEST_FRAME_BYTES],
	      uint8_t reply[TASK_REPLY_BYTES]);

#endif
