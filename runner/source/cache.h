/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the cache that belongs to kernels:
 *
 *	downloads/	tarballs from packages and URLs, threads of mails
 *	sources/ID/	unpacked sources, by the SHA-256 of the tarball
 *	layers/ID-KIND/	objects of kernels without patches, on which the others are built
 *	kernels/ID/	finished kernels with their kernel.json
 *	notes/		what would take long to find out again: checksums of files
 *	logs/ID.log	output of builds
 *	locks/		one empty file per lock
 *	work/		folders of builds that go on; what is left of a crash is removed by the next
 *
 * What is in sources, layers and kernels is whole: it came there by a rename. It is used under a
 * shared lock and made or removed under an exclusive one. Locks are taken in the order kernel,
 * base kernel, source, so that processes cannot wait for each other in a circle.
 */
#ifndef KAB_RUNNER_SOURCE_CACHE_H
#define KAB_RUNNER_SOURCE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/strbuf.h"
#include "lib/strvec.h"

/* "CACHE/KIND/NAME", where CACHE/KIND exists afterwards; a new string, NULL with an error. */
char *cache_path(const char *kind, const char *name);

/*
 * Locks KIND/NAME, and waits while another process has it. Returns a descriptor to close, or -1
 * with an error printed; with CACHE_TRY -2 instead of waiting.
 */
enum cache_lock { CACHE_SHARED, CACHE_EXCLUSIVE, CACHE_TRY };
int cache_lock(const char *kind, const char *name, enum cache_lock how);

/* A folder for something unfinished, known as alive by its lock. */
struct cache_work {
	char *path;
	int lock;
};

/* Makes one, after removing those of processes that are gone. 0, or -1 with an error printed. */
int cache_work_begin(struct cache_work *w);
/* Removes it. Safe on a zeroed struct. */
void cache_work_end(struct cache_work *w);

/* 0 when the cache's disk has this many MiB left; otherwise -1 with an error that says what lacks. */
int cache_need_mib(int64_t mib, const char *what);

/*
 * Notes on files: short texts that hold while the file has this size and time. Getting returns
 * true and appends the text; a note that cannot be written is only lost time.
 */
bool cache_note_get(const char *topic, const char *path, struct strbuf *text);
void cache_note_set(const char *topic, const char *path, const char *text);
/*
 * SHA-256 of a file's bytes through the notes: a second time costs nothing while path, size and
 * time stay. A new string, or NULL with an error printed.
 */
char *cache_file_hash(const char *path);

/*
 * Moves a finished folder into its place, after all of it is on the disk: what is there is whole
 * also after a power cut. 0, or -1 with an error printed.
 */
int cache_publish(const char *from, const char *to);
/* Removes KIND/NAME if nobody uses it. 1 when it is in use, 0, or -1 with an error printed. */
int cache_remove(const char *kind, const char *name, const char *lock_kind, const char *lock_name);

#endif
