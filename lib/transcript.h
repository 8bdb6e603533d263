/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program says, kept for the case that it fails: a file in memory, which unlike a pipe
 * takes everything while nobody reads.
 */
#ifndef KAB_LIB_TRANSCRIPT_H
#define KAB_LIB_TRANSCRIPT_H

#include "lib/strbuf.h"

/* A descriptor for the program's out or err, or its in: it holds the text. -1 with an error. */
int transcript_open(const void *text, size_t len);
/* Appends what was said, cut after so many bytes, and closes it; -1 is fine. */
void transcript_close(int fd, struct strbuf *said, size_t max);

#endif
