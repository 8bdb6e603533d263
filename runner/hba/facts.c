// SPDX-License-Identifier: GPL-2.0-or-later
#include "facts.h"

#include "bytes.h"
#include "pciconfig.h"
#include "queues.h"
#include "sgl.h"

/* Mpi2IOCFactsReply_t.IOCCapabilities; RAID and the array of reply queues (RDPQ) are left out. */
enum {
	TASK_SET_FULL_HANDLING = 0x00000004,
	DIAG_TRACE_BUFFER = 0x00000008,
	SNAPSHOT_BUFFER = 0x00000010,
	EEDP = 0x00000040,
	TLR = 0x00000800,
	EVENT_REPLAY = 0x00002000, /* lets the driver end with a message unit reset */
	MSI_X_INDEX = 0x00008000,
	CAPABILITIES = TASK_SET_FULL_HANDLING | DIAG_TRACE_BUFFER | SNAPSHOT_BUFFER | EEDP | TLR |
		       EVENT_REPLAY | MSI_X_INDEX,
};

/* Fields of 2 and 4 bytes; single bytes are set by hand. */
static const struct {
	uint8_t at, len;
	uint32_t value;
} ioc_fields[] = {
	{ 0x00, 2, 0x0205 },			      /* MsgVersion 2.5 */
	{ 0x18, 2, 10240 },			      /* RequestCredit */
	{ 0x1a, 2, 0x2221 },			      /* ProductID */
	{ 0x1c, 4, CAPABILITIES },		      /* IOCCapabilities */
	{ 0x20, 4, 0x10000c00 },		      /* FWVersion 16.00.12.00 */
	{ 0x24, 2, REQUEST_FRAME_DWORDS },	      /* IOCRequestFrameSize */
	{ 0x26, 2, CHAIN_SEGMENT_BYTES / SGE_BYTES }, /* IOCMaxChainSegmentSize */
	{ 0x28, 2, 32 },			      /* MaxInitiators */
	{ 0x2a, 2, 1024 },			      /* MaxTargets */
	{ 0x2c, 2, 64 },			      /* MaxSasExpanders */
	{ 0x2e, 2, 65 },			      /* MaxEnclosures */
	{ 0x30, 2, 2 },				      /* ProtocolFlags: SCSI initiator */
	{ 0x32, 2, 128 },			      /* HighPriorityCredit */
	{ 0x34, 2, 65504 },			      /* MaxReplyDescriptorPostQueueDepth */
	{ 0x38, 2, 1184 },			      /* MaxDevHandle */
};

void facts_ioc(uint8_t who_init, uint8_t reply[FACTS_BYTES])
{
	for (size_t i = 0; i < sizeof(ioc_fields) / sizeof(ioc_fields[0]); i++)
		if (ioc_fields[i].len == 2)
			put_le16(reply + ioc_fields[i].at, (uint16_t)ioc_fields[i].value);
		else
			put_le32(reply + ioc_fields[i].at, ioc_fields[i].value);
	reply[0x14] = CHAIN_DEPTH; /* MaxChainDepth */
	reply[0x15] = who_init;
	reply[0x16] = 1;	   /* NumberOfPorts */
	reply[0x17] = HBA_VECTORS; /* MaxMSIxVectors */
	reply[0x36] = REPLY_FRAME_BYTES / 4;
}

void facts_port(uint8_t port, uint8_t reply[PORT_FACTS_BYTES])
{
	reply[0x06] = port; /* PortNumber */
	reply[0x15] = 0x30; /* PortType: SAS physical */
}
