/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation that does not fail: when memory runs out the process says so and exits with status 70.
 * That is the one exit outside the main file: no caller of kab could do better, and every
 * durable artifact is renamed into place only when whole, so nothing is lost by stopping here.
 * Ownership: every function returns memory that the caller frees with free().
 */
#ifndef KAB_LIB_ALLOC_H
#define KAB_LIB_ALLOC_H

#include <stddef.h>

void *xcalloc(size_t count, size_t size);
/* Grows or shrinks an array; checks count * size for overflow. */
void *xreallocarray(void *old, size_t count, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Passes on what a library allocated, and treats NULL as above; the library's rules free it. */
void *xcheck(void *p);

#endif
