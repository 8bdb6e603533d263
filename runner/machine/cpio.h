/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cpio archive as the kernel wants it (newc), with everything fixed that does not matter there:
 * owners, times, inode numbers. Its length is a multiple of four, so that archives can be
 * concatenated.
 */
#ifndef KAB_RUNNER_MACHINE_CPIO_H
#define KAB_RUNNER_MACHINE_CPIO_H

#include <archive.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/hash.h"

struct cpio {
	struct archive *archive;
	const char *path; /* for messages; borrowed */
	int fd;		  /* borrowed */
	int64_t entries;
	struct hash hash; /* of all bytes written */
};

/* Every function returns 0, or -1 with an error printed. */

/* Starts an archive at the file offset of `fd`; `path` must live as long. */
int cpio_begin(struct cpio *c, int fd, const char *path);
/* Names are relative; a folder has to come before what is in it. */
int cpio_add_dir(struct cpio *c, const char *name);
int cpio_add_console(struct cpio *c); /* dev/console, character device 5:1 */
int cpio_add_bytes(struct cpio *c, const char *name, const void *data, size_t len);
int cpio_add_file(struct cpio *c, const char *name, const char *from); /* executable */
/* Ends the archive and gives its SHA-256 (may be NULL). */
int cpio_end(struct cpio *c, struct hash_hex *sha256);
/* Safe after cpio_end(), and on a zeroed struct. */
void cpio_release(struct cpio *c);

#endif
