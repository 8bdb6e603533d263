// SPDX-License-Identifier: GPL-2.0-or-later
#include "sgl.h"

#include <inttypes.h>
#include <string.h>

#include "bytes.h"
#include "mpi.h"

/* Fields of an element. */
enum {
	ADDRESS = 0,
	LENGTH = 8,
	NEXT_CHAIN_OFFSET = 14, /* in elements, of the segment that is led to */
	FLAGS = 15,
};

void sgl_init(struct sgl *s, const struct memory *memory, struct refusals *refusals,
	      const uint8_t frame[REQUEST_FRAME_BYTES], size_t offset, uint8_t chain_offset)
{
	*s = (struct sgl){ .memory = memory, .refusals = refusals };
	memcpy(s->segment, frame, REQUEST_FRAME_BYTES);
	s->end = REQUEST_FRAME_BYTES;
	s->at = offset;
	s->chain = chain_offset ? chain_offset * (size_t)SGE_BYTES : s->end;
}

static int follow_chain(struct sgl *s)
{
	const uint8_t *sge = s->segment + s->at;
	uint64_t address = get_le64(sge + ADDRESS);
	uint32_t length = get_le32(sge + LENGTH);
	uint8_t next = sge[NEXT_CHAIN_OFFSET];

	if (!(sge[FLAGS] & MPI2_IEEE_SGE_FLAGS_CHAIN_ELEMENT))
		return refuse(s->refusals, "scatter-gather list: no chain element");
	if (++s->chained > CHAIN_DEPTH)
		return refuse(s->refusals, "scatter-gather list of more than %d segments",
			      CHAIN_DEPTH);
	if (length < SGE_BYTES || length > CHAIN_SEGMENT_BYTES || length % SGE_BYTES)
		return refuse(s->refusals, "scatter-gather segment of %" PRIu32 " bytes", length);
	if (!memory_read(s->memory, address, s->segment, length))
		return refuse(s->refusals,
			      "scatter-gather segment at 0x%" PRIx64 " is not in memory", address);
	s->end = length;
	s->at = 0;
	s->chain = next ? next * (size_t)SGE_BYTES : s->end;
	return 0;
}

/* Goes on to the next simple element that is not empty. */
static int next_element(struct sgl *s)
{
	while (!s->left) {
		const uint8_t *sge;

		if (s->at == s->chain && s->at + SGE_BYTES <= s->end) {
			if (follow_chain(s) < 0)
				return -1;
			continue;
		}
		if (s->last || s->at + SGE_BYTES > s->end)
			return refuse(s->refusals, "scatter-gather list is too short");
		sge = s->segment + s->at;
		if (sge[FLAGS] &
		    (MPI2_IEEE_SGE_FLAGS_CHAIN_ELEMENT | MPI2_IEEE_SGE_FLAGS_ADDR_MASK))
			return refuse(s->refusals, "scatter-gather element with flags 0x%02x",
				      sge[FLAGS]);
		s->address = get_le64(sge + ADDRESS);
		s->left = get_le32(sge + LENGTH);
		s->last = sge[FLAGS] & MPI25_IEEE_SGE_FLAGS_END_OF_LIST;
		s->at += SGE_BYTES;
	}
	return 0;
}

/* One of the two is NULL. */
static int move(struct sgl *s, const uint8_t *from, uint8_t *to, size_t len)
{
	while (len) {
		size_t n;
		bool moved;

		if (next_element(s) < 0)
			return -1;
		n = s->left < len ? s->left : len;
		moved = from ? memory_write(s->memory, s->address, from, n)
			     : memory_read(s->memory, s->address, to, n);
		if (!moved)
			return refuse(s->refusals, "data at 0x%" PRIx64 " is not in memory",
				      s->address);
		s->address += n;
		s->left -= (uint32_t)n;
		len -= n;
		from = from ? from + n : NULL;
		to = to ? to + n : NULL;
	}
	return 0;
}

int sgl_to_guest(struct sgl *s, const void *data, size_t len)
{
	return move(s, data, NULL, len);
}

int sgl_from_guest(struct sgl *s, void *data, size_t len)
{
	return move(s, NULL, data, len);
}
