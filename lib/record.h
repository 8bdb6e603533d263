/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames that the guest sends over its virtio-serial port: length-framed, numbered and
 * checksummed, so that a lost, cut or foreign byte is noticed and never becomes a figure.
 * Guest and host are built from this file.
 *
 * One frame, little endian:
 *	u32 magic	RECORD_MAGIC ("KAB1")
 *	u32 sequence	0, 1, 2, ... without gaps
 *	u16 type	enum record_type
 *	u16 name_len	at most RECORD_NAME_MAX
 *	u32 data_len	at most RECORD_DATA_MAX
 *	u32 crc		CRC-32 (zlib's) of the 16 bytes before it, the name and the data
 *	name, data
 */
#ifndef KAB_LIB_RECORD_H
#define KAB_LIB_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "strbuf.h"

#define RECORD_MAGIC	0x3142414bu
#define RECORD_HEADER	20
#define RECORD_NAME_MAX 255
#define RECORD_DATA_MAX (64u << 20)

enum record_type {
	RECORD_HELLO = 1, /* the agent runs; data: guest uptime in ns, decimal */
	RECORD_BEGIN,	  /* name: workload */
	RECORD_FILE,	  /* name: "WORKLOAD/FILE" or "FILE"; data: its bytes */
	RECORD_FINDING,	  /* name: workload or ""; data: "KIND message" */
	RECORD_END,	  /* name: workload; data: "ok" or "failed" */
	RECORD_DONE,	  /* the last one: the job is through */
};

struct record {
	uint32_t sequence;
	enum record_type type;
	char name[RECORD_NAME_MAX + 1]; /* NUL-terminated */
	const char *data;		/* borrowed from the buffer that was parsed */
	size_t data_len;
};

enum record_result {
	RECORD_OK,
	RECORD_MORE,	/* the bytes so far are the beginning of a frame */
	RECORD_CORRUPT, /* bad magic, length, checksum, type, name or sequence */
};

/*
 * Appends one frame. Name and data within the limits above, and the name a relative path of printable
 * ASCII without "." and ".." (empty only when the type is not RECORD_FILE): beyond the limits this
 * aborts, and a name of another kind is one that record_read() refuses.
 */
void record_write(struct strbuf *out, uint32_t sequence, enum record_type type, const char *name,
		  const void *data, size_t len);
/*
 * Reads the frame at the start of buf. On RECORD_OK, *used is its length.
 * On RECORD_CORRUPT, *why is a constant that says what is wrong.
 */
enum record_result record_read(const char *buf, size_t len, uint32_t expected_sequence,
			       struct record *rec, size_t *used, const char **why);

#endif
