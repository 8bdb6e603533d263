/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growing byte string that is always NUL-terminated at data[len].
 * STRBUF_INIT / strbuf_release; the owner of the struct owns the bytes.
 */
#ifndef KAB_LIB_STRBUF_H
#define KAB_LIB_STRBUF_H

#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>

struct strbuf {
	char *data; /* never NULL, also when empty */
	size_t len;
	size_t capacity; /* 0 while data is the shared empty string */
};

extern char strbuf_empty[];
/* clang-format off */
#define STRBUF_INIT { .data = strbuf_empty }
/* clang-format on */

void strbuf_release(struct strbuf *sb);
/* Empties it and keeps the memory. */
void strbuf_reset(struct strbuf *sb);
void strbuf_add(struct strbuf *sb, const void *bytes, size_t len);
void strbuf_adds(struct strbuf *sb, const char *s);
void strbuf_addch(struct strbuf *sb, char c);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
/* Appends what one read() of at most `max` bytes gives; returns read()'s result. */
ssize_t strbuf_read_once(struct strbuf *sb, int fd, size_t max);
/* Drops the first n bytes (n <= len). */
void strbuf_consume(struct strbuf *sb, size_t n);
/* Hands the bytes to the caller, who frees them; the buffer is empty afterwards. */
char *strbuf_detach(struct strbuf *sb);
void strbuf_rtrim(struct strbuf *sb);

#endif
