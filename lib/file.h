/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files and directories. What must survive is written beside its place, synced, and renamed:
 * a reader sees the old file or the whole new one.
 * All functions return 0, or -1 with the error printed, unless they say otherwise.
 */
#ifndef KAB_LIB_FILE_H
#define KAB_LIB_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "strbuf.h"
#include "strvec.h"

/* Appends the whole file. */
int file_read(const char *path, struct strbuf *out);
/* As file_read(), but a missing file is 1 without a message. */
int file_read_optional(const char *path, struct strbuf *out);
/* Atomic and durable: temporary file, fsync, rename, fsync of the directory. */
int file_write(const char *path, const void *data, size_t len);
int file_write_str(const char *path, const char *s);
/* A copy of the bytes and the mode, atomic; tries a reflink first. */
int file_copy(const char *from, const char *to);
bool file_exists(const char *path);
/* Bytes of a regular file, or -1 without a message. */
int64_t file_size(const char *path);

/* mkdir -p */
int dir_make(const char *path);
/* rm -r, without following symbolic links or crossing into other file systems; missing is fine. */
int dir_remove(const char *path);
/* Names in the directory, sorted, without "." and ".."; a missing directory is empty. */
int dir_list(const char *path, struct strvec *names);
/* Bytes that the tree occupies on disk (blocks, hard links counted once). */
int64_t dir_size(const char *path);
/* Bytes free for this user on the file system that holds path (or its nearest parent), or -1. */
int64_t disk_free(const char *path);

/*
 * Advisory lock of a file that is created when missing (flock: ends with the process).
 * Returns a descriptor to close; -1 on error. While another process holds it, says
 * "waiting for <what>" once and waits; with nonblock returns -2 instead, silently.
 */
int file_lock(const char *path, const char *what, bool nonblock);
int file_lock_shared(const char *path, const char *what);

/* The last component, with the slashes that follow it, if any. Points into path. */
const char *path_base(const char *path);
/* A path that a file names, relative to that file's folder. Takes `path` over (NULL stays NULL) and
 * returns what the caller frees. */
char *path_beside(const char *file, char *path);

#endif
