// SPDX-License-Identifier: GPL-2.0-or-later
#include "ioc.h"

#include <inttypes.h>
#include <string.h>

#include "bytes.h"
#include "facts.h"
#include "mpi.h"
#include "scsi.h"
#include "task.h"

/* Fields that all replies have. */
enum {
	MSG_LENGTH = 0x02, /* dwords */
	FUNCTION = 0x03,
	IOC_STATUS = 0x0e,
	DEFAULT_REPLY_BYTES = 20,
	IOC_INIT_BYTES = 0x48,
};

void ioc_reset(struct hba *h)
{
	hba_end_session(h);
	doorbell_reset(&h->doorbell);
	h->queues = (struct queues){ .ready = false };
	h->reply_interrupt = false;
	h->descriptor_low = 0;
}

/*
 * Handshakes.
 */
static size_t init(struct hba *h, const uint8_t *request, size_t len, uint8_t *reply)
{
	if (len < IOC_INIT_BYTES || queues_init(&h->queues, request, &h->refusals) < 0) {
		put_le16(reply + IOC_STATUS, MPI2_IOCSTATUS_INVALID_FIELD);
		return DEFAULT_REPLY_BYTES;
	}
	h->doorbell.who_init = request[0] & 7; /* WhoInit */
	h->doorbell.state = MPI2_IOC_STATE_OPERATIONAL;
	reply[0] = request[0];
	return DEFAULT_REPLY_BYTES;
}

static size_t run_handshake(struct hba *h, const uint8_t *request, size_t len, uint8_t *reply)
{
	uint8_t function = request[FUNCTION];

	reply[FUNCTION] = function;
	switch (function) {
	case MPI2_FUNCTION_IOC_FACTS:
		facts_ioc(h->doorbell.who_init, reply);
		return FACTS_BYTES;
	case MPI2_FUNCTION_PORT_FACTS:
		facts_port(len > 6 ? request[6] : 0, reply); /* PortNumber */
		return PORT_FACTS_BYTES;
	case MPI2_FUNCTION_IOC_INIT:
		return init(h, request, len, reply);
	default:
		h->counts.unknown++;
		refuse(&h->refusals, "handshake with function 0x%02x", function);
		put_le16(reply + IOC_STATUS, MPI2_IOCSTATUS_INVALID_FUNCTION);
		return DEFAULT_REPLY_BYTES;
	}
}

void ioc_handshake(struct hba *h)
{
	uint8_t reply[HANDSHAKE_REPLY_MAX] = { 0 };
	size_t len = run_handshake(h, h->doorbell.request, h->doorbell.have, reply);

	h->counts.handshakes++;
	h->session.handshakes++;
	reply[MSG_LENGTH] = (uint8_t)(len / 4);
	doorbell_answer(&h->doorbell, reply, len);
}

/*
 * Requests. Each handler fills in a zeroed reply and returns its length; 0 when it has replied
 * in another way, or cannot.
 */
struct request {
	uint8_t frame[REQUEST_FRAME_BYTES];
	uint16_t smid;
	unsigned int vector;
};

static void tell_event(struct hba *h, const struct request *r, size_t n)
{
	uint8_t event[EVENT_BYTES];
	size_t len = topology_event(h->disk_count, n, event);

	if (!len || queues_reply(&h->queues, &h->memory, r->vector, 0, event, len, &h->refusals))
		return;
	h->counts.events++;
}

/* The driver waits for its reply to this one; what there is to be found is told before. */
static size_t port_enable(struct hba *h, const struct request *r, uint8_t *reply)
{
	(void)reply;
	for (size_t n = 0; n < EVENTS_MAX; n++)
		tell_event(h, r, n);
	return DEFAULT_REPLY_BYTES;
}

/* Mpi2EventNotificationReply_t: the reply is an event itself. */
static size_t event_notification(struct hba *h, const struct request *r, uint8_t *reply)
{
	(void)h;
	(void)r;
	put_le16(reply, 1);				 /* EventDataLength */
	put_le16(reply + 0x14, MPI2_EVENT_EVENT_CHANGE); /* Event */
	return 32;
}

static size_t config(struct hba *h, const struct request *r, uint8_t *reply)
{
	pages_run(&h->pages, &h->memory, r->frame, reply, &h->refusals);
	return CONFIG_REPLY_BYTES;
}

/* Mpi25FWUploadRequest_t: an image of zeros, as long as the list has room for. */
static size_t fw_upload(struct hba *h, const struct request *r, uint8_t *reply)
{
	static const uint8_t image[256];
	uint32_t left = get_le32(r->frame + 0x28); /* length of the one element */
	struct sgl sgl;

	sgl_init(&sgl, &h->memory, &h->refusals, r->frame, 0x20, 0);
	put_le32(reply + 0x14, left); /* ActualImageSize */
	while (left) {
		uint32_t n = left < sizeof(image) ? left : sizeof(image);

		if (sgl_to_guest(&sgl, image, n) < 0) {
			put_le16(reply + IOC_STATUS, MPI2_IOCSTATUS_INVALID_SGL);
			break;
		}
		left -= n;
	}
	return CONFIG_REPLY_BYTES;
}

static size_t task_management(struct hba *h, const struct request *r, uint8_t *reply)
{
	h->counts.tasks++;
	task_run(h->disk_count, r->frame, reply);
	return TASK_REPLY_BYTES;
}

static size_t accept(struct hba *h, const struct request *r, uint8_t *reply)
{
	(void)h;
	(void)r;
	(void)reply;
	return DEFAULT_REPLY_BYTES;
}

/*
 * SCSI I/O (Mpi25SCSIIORequest_t, Mpi2SCSIIOReply_t).
 */
enum {
	SCSI_REPLY_BYTES = 0x34,
	SENSE_LOW = 0x0c,
	SENSE_LENGTH = 0x12,
	SGL_OFFSET_0 = 0x14, /* dwords */
	DATA_LENGTH = 0x1c,
	LUN = 0x34,
	CONTROL = 0x3c,
	CDB = 0x40,
	SCSI_STATUS = 0x0c,
	SCSI_STATE = 0x0d,
	TRANSFER_COUNT = 0x14,
	SENSE_COUNT = 0x18,
};

/* Sense data goes to where the request says. */
static void put_sense(struct hba *h, const struct request *r, const struct scsi_command *c,
		      uint8_t *reply)
{
	uint64_t at = h->queues.sense_high | get_le32(r->frame + SENSE_LOW);
	size_t room = r->frame[SENSE_LENGTH];
	size_t len = room < SENSE_BYTES ? room : SENSE_BYTES;

	if (memory_write(&h->memory, at, c->sense, len)) {
		reply[SCSI_STATE] = MPI2_SCSI_STATE_AUTOSENSE_VALID;
		put_le32(reply + SENSE_COUNT, (uint32_t)len);
	} else {
		reply[SCSI_STATE] = MPI2_SCSI_STATE_AUTOSENSE_FAILED;
		refuse(&h->refusals, "sense data to 0x%" PRIx64 ": not in memory", at);
	}
}

static size_t describe_scsi(struct hba *h, const struct request *r, const struct scsi_command *c,
			    uint8_t *reply)
{
	uint16_t status = MPI2_IOCSTATUS_SUCCESS;

	memcpy(reply, r->frame, 2); /* DevHandle */
	reply[SCSI_STATUS] = c->status;
	put_le32(reply + TRANSFER_COUNT, c->moved);
	if (c->bad_list)
		status = MPI2_IOCSTATUS_INVALID_SGL;
	else if (c->moved < get_le32(r->frame + DATA_LENGTH))
		status = MPI2_IOCSTATUS_SCSI_DATA_UNDERRUN;
	put_le16(reply + IOC_STATUS, status);
	if (c->status == MPI2_SCSI_STATUS_CHECK_CONDITION)
		put_sense(h, r, c, reply);
	return SCSI_REPLY_BYTES;
}

static void count_scsi(struct hba *h, const struct request *r, const struct scsi_command *c)
{
	uint32_t control = get_le32(r->frame + CONTROL) & MPI2_SCSIIO_CONTROL_DATADIRECTION_MASK;

	h->counts.chain_segments += c->sgl->chained;
	h->counts.check_conditions += c->status == MPI2_SCSI_STATUS_CHECK_CONDITION;
	if (control == MPI2_SCSIIO_CONTROL_READ)
		h->counts.bytes_read += c->moved;
	else if (control == MPI2_SCSIIO_CONTROL_WRITE)
		h->counts.bytes_written += c->moved;
}

static size_t scsi_io(struct hba *h, const struct request *r, uint8_t *reply)
{
	int disk = topology_disk(h->disk_count, get_le16(r->frame)); /* DevHandle */
	struct sgl sgl;
	struct scsi_command c = { .cdb = r->frame + CDB,
				  .lun = get_le64(r->frame + LUN),
				  .sgl = &sgl,
				  .room = get_le32(r->frame + DATA_LENGTH),
				  .number = (unsigned int)disk };

	h->counts.scsi_commands++;
	if (disk < 0) {
		memcpy(reply, r->frame, 2);
		put_le16(reply + IOC_STATUS, MPI2_IOCSTATUS_SCSI_DEVICE_NOT_THERE);
		return SCSI_REPLY_BYTES;
	}
	sgl_init(&sgl, &h->memory, &h->refusals, r->frame, (size_t)r->frame[SGL_OFFSET_0] * 4,
		 r->frame[0x02]); /* ChainOffset */
	scsi_run(&h->disks[disk], &c);
	count_scsi(h, r, &c);
	if (c.status != MPI2_SCSI_STATUS_GOOD || c.bad_list || c.moved != c.room)
		return describe_scsi(h, r, &c, reply);
	(void)queues_reply_scsi_good(&h->queues, &h->memory, r->vector, r->smid, &h->refusals);
	return 0;
}

static const struct function {
	uint8_t code;
	size_t (*run)(struct hba *h, const struct request *r, uint8_t *reply);
} functions[] = {
	{ MPI2_FUNCTION_SCSI_IO_REQUEST, scsi_io },
	{ MPI2_FUNCTION_SCSI_TASK_MGMT, task_management },
	{ MPI2_FUNCTION_CONFIG, config },
	{ MPI2_FUNCTION_PORT_ENABLE, port_enable },
	{ MPI2_FUNCTION_EVENT_NOTIFICATION, event_notification },
	{ MPI2_FUNCTION_EVENT_ACK, accept },
	{ MPI2_FUNCTION_FW_UPLOAD, fw_upload },
	{ MPI2_FUNCTION_SAS_IO_UNIT_CONTROL, accept },
	{ MPI2_FUNCTION_DIAG_BUFFER_POST, accept },
	{ MPI2_FUNCTION_DIAG_RELEASE, accept },
};

static size_t run_request(struct hba *h, const struct request *r, uint8_t *reply)
{
	uint8_t function = r->frame[FUNCTION];

	reply[FUNCTION] = function;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (functions[i].code == function)
			return functions[i].run(h, r, reply);
	h->counts.unknown++;
	refuse(&h->refusals, "request with function 0x%02x", function);
	put_le16(reply + IOC_STATUS, MPI2_IOCSTATUS_INVALID_FUNCTION);
	return DEFAULT_REPLY_BYTES;
}

void ioc_post(struct hba *h, uint64_t descriptor)
{
	struct request r = { .smid = (uint16_t)(descriptor >> 16),
			     .vector = descriptor >> 8 & 0xff };
	uint8_t reply[REPLY_FRAME_BYTES] = { 0 };
	size_t len;

	if (queues_fetch(&h->queues, &h->memory, r.smid, r.frame, &h->refusals) < 0)
		return;
	if (r.vector >= h->queues.vectors)
		r.vector = 0;
	h->counts.requests++;
	h->session.requests++;
	len = run_request(h, &r, reply);
	reply[MSG_LENGTH] = (uint8_t)(len / 4);
	if (len)
		(void)queues_reply(&h->queues, &h->memory, r.vector, r.smid, reply, len,
				   &h->refusals);
	h->reply_interrupt = true;
	msix_fire(&h->msix, &h->pci, r.vector, &h->refusals);
}
