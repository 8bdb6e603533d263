// SPDX-License-Identifier: GPL-2.0-or-later
#include "doorbell.h"

#include <string.h>

#include "bytes.h"
#include "mpi.h"

void doorbell_reset(struct doorbell *d)
{
	d->state = MPI2_IOC_STATE_READY;
	d->interrupt = false;
	d->phase = DOORBELL_IDLE;
	d->want = d->have = d->reply_len = d->reply_at = 0;
}

uint32_t doorbell_read(const struct doorbell *d)
{
	uint32_t value = d->state | (uint32_t)d->who_init << MPI2_DOORBELL_WHO_INIT_SHIFT;

	if (d->phase != DOORBELL_IDLE)
		value |= MPI2_DOORBELL_USED;
	if (d->phase == DOORBELL_REPLY && d->reply_at < d->reply_len)
		value |= get_le16(d->reply + d->reply_at);
	return value;
}

static enum doorbell_event receive(struct doorbell *d, uint32_t value)
{
	put_le32(d->request + d->have, value);
	d->have += 4;
	return d->have == d->want ? DOORBELL_REQUEST : DOORBELL_NOTHING;
}

static enum doorbell_event begin_handshake(struct doorbell *d, uint32_t value)
{
	size_t dwords = value >> MPI2_DOORBELL_ADD_DWORDS_SHIFT & 0xff;

	if (d->phase != DOORBELL_IDLE || !dwords)
		return DOORBELL_ODD;
	d->phase = DOORBELL_RECEIVE;
	d->want = dwords * 4;
	d->have = 0;
	d->interrupt = true;
	return DOORBELL_NOTHING;
}

enum doorbell_event doorbell_write(struct doorbell *d, uint32_t value)
{
	if (d->phase == DOORBELL_RECEIVE)
		return receive(d, value);
	switch (value >> MPI2_DOORBELL_FUNCTION_SHIFT) {
	case MPI2_FUNCTION_IOC_MESSAGE_UNIT_RESET:
		return DOORBELL_RESET;
	case MPI2_FUNCTION_HANDSHAKE:
		return begin_handshake(d, value);
	default:
		return DOORBELL_ODD;
	}
}

void doorbell_answer(struct doorbell *d, const uint8_t *reply, size_t len)
{
	d->reply_len = len < sizeof(d->reply) ? len : sizeof(d->reply);
	memcpy(d->reply, reply, d->reply_len);
	d->reply_at = 0;
	d->phase = DOORBELL_REPLY;
	d->interrupt = true;
}

void doorbell_acknowledge(struct doorbell *d)
{
	d->interrupt = false;
	if (d->phase != DOORBELL_REPLY)
		return;
	d->interrupt = true;
	d->reply_at += 2;
	if (d->reply_at >= d->reply_len)
		d->phase = DOORBELL_IDLE;
}
