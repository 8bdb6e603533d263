/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a test says on a stream. Between capture_begin() and capture_end() nothing may be asserted,
 * as cmocka's own messages would be captured, too.
 * The one header with code in it: each test is one source file, and must stay so.
 */
#ifndef KAB_TESTS_CAPTURE_H
#define KAB_TESTS_CAPTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct capture {
	int stream; /* STDOUT_FILENO or STDERR_FILENO */
	int saved;
	int memory;
};

static inline void capture_begin(struct capture *c, int stream)
{
	fflush(NULL);
	c->stream = stream;
	c->saved = dup(stream);
	c->memory = memfd_create("capture", MFD_CLOEXEC);
	if (c->saved < 0 || c->memory < 0 || dup2(c->memory, stream) < 0)
		abort();
}

/* Returns the text, which the caller frees. */
static inline char *capture_end(const struct capture *c)
{
	off_t len;
	char *text;

	fflush(NULL);
	dup2(c->saved, c->stream);
	len = lseek(c->memory, 0, SEEK_END);
	text = calloc(1, (size_t)len + 1);
	if (!text || pread(c->memory, text, (size_t)len, 0) != len)
		abort();
	close(c->saved);
	close(c->memory);
	return text;
}

#endif
