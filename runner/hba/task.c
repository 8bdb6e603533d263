// SPDX-License-Identifier: GPL-2.0-or-later
#include "task.h"

#include <string.h>

#include "bytes.h"
#include "mpi.h"
#include "topology.h"

/* MPI2_SCSITASKMGMT_RSP_ */
enum {
	TM_COMPLETE = 0x00,
	TM_NOT_SUPPORTED = 0x04,
	TM_INVALID_LUN = 0x09,
};

/* MPI2_SCSITASKMGMT_TASKTYPE_: whether the type exists, and whether it is for one logical unit. */
static const struct {
	bool known, one_lun;
} types[] = {
	[0x01] = { true, true },  /* ABORT_TASK */
	[0x02] = { true, true },  /* ABRT_TASK_SET */
	[0x03] = { true, false }, /* TARGET_RESET */
	[0x05] = { true, true },  /* LOGICAL_UNIT_RESET */
	[0x06] = { true, true },  /* CLEAR_TASK_SET */
	[0x07] = { true, true },  /* QUERY_TASK: complete means that there is none such */
	[0x09] = { true, true },  /* QRY_TASK_SET */
	[0x0a] = { true, true },  /* QRY_ASYNC_EVENT */
};

static uint8_t respond(uint8_t type, uint64_t lun)
{
	if (type >= sizeof(types) / sizeof(types[0]) || !types[type].known)
		return TM_NOT_SUPPORTED;
	return types[type].one_lun && lun ? TM_INVALID_LUN : TM_COMPLETE;
}

void task_run(unsigned int disks, const uint8_t request[REQUEST_FRAME_BYTES],
	      uint8_t reply[TASK_REPLY_BYTES])
{
	uint16_t handle = get_le16(request); /* DevHandle */
	uint8_t type = request[0x05];	     /* TaskType */

	memcpy(reply, request, 2);
	reply[0x05] = type;
	if (topology_disk(disks, handle) < 0)
		put_le16(reply + 0x0e, MPI2_IOCSTATUS_SCSI_INVALID_DEVHANDLE);
	else
		reply[0x04] = respond(type, get_le64(request + 0x0c)); /* ResponseCode; LUN */
}
