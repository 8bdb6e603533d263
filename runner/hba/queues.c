// SPDX-License-Identifier: GPL-2.0-or-later
#include "queues.h"

#include <inttypes.h>

#include "bytes.h"
#include "mpi.h"

#define POST_DEPTH_MAX 65504 /* MaxReplyDescriptorPostQueueDepth in IOC_FACTS */
#define INDEX_MASK     0x00ffffff
#define VECTOR_SHIFT   24

int queues_init(struct queues *q, const uint8_t *request, struct refusals *refusals)
{
	uint32_t vectors = request[0x17]; /* HostMSIxVectors */

	*q = (struct queues){
		.vectors = vectors ? vectors : 1,
		.frame_bytes = get_le16(request + 0x1a) * 4u, /* SystemRequestFrameSize */
		.post_depth = get_le16(request + 0x1c),	      /* ReplyDescriptorPostQueueDepth */
		.free_depth = get_le16(request + 0x1e),	      /* ReplyFreeQueueDepth */
		.sense_high = (uint64_t)get_le32(request + 0x20) << 32,
		.reply_high = (uint64_t)get_le32(request + 0x24) << 32,
		.requests = get_le64(request + 0x28), /* SystemRequestFrameBaseAddress */
		.posts = get_le64(request + 0x30),    /* ReplyDescriptorPostQueueAddress */
		.frees = get_le64(request + 0x38),    /* ReplyFreeQueueAddress */
	};
	if (q->vectors > HBA_VECTORS || q->frame_bytes != REQUEST_FRAME_BYTES ||
	    q->post_depth < 2 || q->post_depth > POST_DEPTH_MAX || q->free_depth < 2)
		return refuse(refusals,
			      "IOC_INIT with %" PRIu32 " vectors, frames of %" PRIu32
			      " bytes, queues of %" PRIu32 " and %" PRIu32,
			      q->vectors, q->frame_bytes, q->post_depth, q->free_depth);
	q->ready = true;
	return 0;
}

int queues_fetch(const struct queues *q, const struct memory *m, uint16_t smid,
		 uint8_t frame[REQUEST_FRAME_BYTES], struct refusals *refusals)
{
	uint64_t at = q->requests + (uint64_t)smid * q->frame_bytes;

	if (!q->ready)
		return refuse(refusals, "request %u before IOC_INIT", smid);
	if (!memory_read(m, at, frame, REQUEST_FRAME_BYTES))
		return refuse(refusals, "request %u at 0x%" PRIx64 " is not in memory", smid, at);
	return 0;
}

void queues_set_free_host(struct queues *q, uint32_t value, struct refusals *refusals)
{
	if (q->ready && value < q->free_depth)
		q->free_host = value;
	else
		refuse(refusals, "reply free index %" PRIu32, value);
}

void queues_set_post_host(struct queues *q, uint32_t value, struct refusals *refusals)
{
	uint32_t vector = value >> VECTOR_SHIFT, index = value & INDEX_MASK;

	if (q->ready && vector < q->vectors && index < q->post_depth)
		q->post_host[vector] = index;
	else
		refuse(refusals, "reply post index 0x%08" PRIx32, value);
}

static int post(struct queues *q, const struct memory *m, unsigned int vector, uint64_t descriptor,
		struct refusals *refusals)
{
	uint32_t *next = &q->post_next[vector];
	uint32_t after = (*next + 1) % q->post_depth;
	uint64_t at = q->posts + ((uint64_t)q->post_depth * vector + *next) * 8;
	uint8_t bytes[8];

	if (after == q->post_host[vector])
		return refuse(refusals, "reply post queue %u is full", vector);
	put_le64(bytes, descriptor);
	if (!memory_write(m, at, bytes, sizeof(bytes)))
		return refuse(refusals, "reply post queue %u at 0x%" PRIx64 " is not in memory",
			      vector, at);
	*next = after;
	return 0;
}

/* An empty reply frame: the lower half of its address. */
static int take_frame(struct queues *q, const struct memory *m, uint32_t *frame,
		      struct refusals *refusals)
{
	uint8_t bytes[4];

	if (q->free_next == q->free_host)
		return refuse(refusals, "no free reply frame");
	if (!memory_read(m, q->frees + q->free_next * 4ull, bytes, sizeof(bytes)))
		return refuse(refusals, "reply free queue at 0x%" PRIx64 " is not in memory",
			      q->frees);
	q->free_next = (q->free_next + 1) % q->free_depth;
	*frame = get_le32(bytes);
	return 0;
}

int queues_reply(struct queues *q, const struct memory *m, unsigned int vector, uint16_t smid,
		 const uint8_t *reply, size_t len, struct refusals *refusals)
{
	uint32_t frame = 0;

	if (!q->ready || take_frame(q, m, &frame, refusals) < 0)
		return -1;
	if (!memory_write(m, q->reply_high | frame, reply, len))
		return refuse(refusals, "reply frame at 0x%" PRIx64 " is not in memory",
			      q->reply_high | frame);
	return post(q, m, vector,
		    MPI2_RPY_DESCRIPT_FLAGS_ADDRESS_REPLY | vector << 8 | (uint32_t)smid << 16 |
			    (uint64_t)frame << 32,
		    refusals);
}

int queues_reply_scsi_good(struct queues *q, const struct memory *m, unsigned int vector,
			   uint16_t smid, struct refusals *refusals)
{
	if (!q->ready)
		return -1;
	return post(q, m, vector,
		    MPI2_RPY_DESCRIPT_FLAGS_SCSI_IO_SUCCESS | vector << 8 | (uint32_t)smid << 16,
		    refusals);
}
