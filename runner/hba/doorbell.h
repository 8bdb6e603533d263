/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The doorbell: the state of the adapter, message unit reset, and the handshake by which the
 * driver sends a first few requests dword by dword, before there are queues (MPI 2.5; the
 * driver's side is _base_handshake_req_reply_wait() in mpt3sas_base.c):
 *
 *	driver	 writes 0x42 << 24 | dwords << 16		adapter sets USED, and interrupts
 *	driver	 acknowledges, writes each dword
 *	adapter	 runs the request at the last one		and interrupts
 *	driver	 reads 16 bits of the reply, acknowledges	adapter interrupts for the next 16
 *	driver	 acknowledges the last one			adapter clears USED, and interrupts
 *								once more
 *
 * "Interrupt" is a bit of HostInterruptStatus, which the driver polls. Because the adapter acts
 * before it answers a write, the driver's first look always succeeds.
 */
#ifndef KAB_RUNNER_HBA_DOORBELL_H
#define KAB_RUNNER_HBA_DOORBELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HANDSHAKE_DWORDS    255
#define HANDSHAKE_REPLY_MAX 128

struct doorbell {
	uint32_t state; /* MPI2_IOC_STATE_ */
	uint8_t who_init;
	bool interrupt; /* bit 0 of HostInterruptStatus */
	enum { DOORBELL_IDLE, DOORBELL_RECEIVE, DOORBELL_REPLY } phase;
	uint8_t request[HANDSHAKE_DWORDS * 4];
	size_t want, have; /* bytes of the request */
	uint8_t reply[HANDSHAKE_REPLY_MAX];
	size_t reply_len, reply_at;
};

enum doorbell_event {
	DOORBELL_NOTHING,
	DOORBELL_REQUEST, /* a handshake's request is whole: run it and call doorbell_answer() */
	DOORBELL_RESET,	  /* message unit reset */
	DOORBELL_ODD,	  /* a write that means nothing here: nothing was done */
};

/* READY, no handshake. */
void doorbell_reset(struct doorbell *d);
uint32_t doorbell_read(const struct doorbell *d);
enum doorbell_event doorbell_write(struct doorbell *d, uint32_t value);
/* `len` bytes, even, at most HANDSHAKE_REPLY_MAX. */
void doorbell_answer(struct doorbell *d, const uint8_t *reply, size_t len);
/* The driver has written HostInterruptStatus. */
void doorbell_acknowledge(struct doorbell *d);

#endif
