/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's record stream, followed while the machine writes it to a file.
 */
#ifndef KAB_RUNNER_MACHINE_STREAM_H
#define KAB_RUNNER_MACHINE_STREAM_H

#include <stdint.h>

#include "lib/record.h"
#include "lib/strbuf.h"

struct stream {
	int fd;
	uint32_t sequence; /* of the next record */
	int64_t offset;	   /* of the next record in the file */
	struct strbuf pending;
	size_t parsed; /* bytes at the start of `pending` that are done with */
};

/* Creates the file when it is missing. 0, or -1 with an error printed. */
int stream_open(struct stream *s, const char *path);
void stream_close(struct stream *s);
/* Reads some of what is new. The number of bytes, 0 when there is nothing, -1 with an error. */
int64_t stream_fill(struct stream *s);
/* The next record of what has been read; see record_read(). Its data is valid until stream_fill().
 */
enum record_result stream_next(struct stream *s, struct record *rec, const char **why);
/* Bytes that are the beginning of a record. */
size_t stream_rest(const struct stream *s);

#endif
