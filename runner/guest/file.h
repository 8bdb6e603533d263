/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small files of /proc, /sys and /tmp, as the agent reads and writes them. Nothing is printed:
 * a file that is not there is ordinary in a guest, and the caller knows what it means.
 */
#ifndef KAB_GUEST_FILE_H
#define KAB_GUEST_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/strbuf.h"

/* Appends the whole file. 0, or -1 with errno. */
int read_file(const char *path, struct strbuf *out);
/* The same without the white space at its end; an unreadable file appends nothing. */
void read_fact(const char *path, struct strbuf *out);
/* Replaces the file's content. 0, or -1 with errno. */
int write_file(const char *path, const void *data, size_t len);
/* All of it, however many writes that takes. 0, or -1 with errno. */
int write_all(int fd, const void *data, size_t len);

#endif
