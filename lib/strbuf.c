// SPDX-License-Identifier: GPL-2.0-or-later
#include "strbuf.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"

#define STRBUF_FIRST 64

char strbuf_empty[1];

/* Makes room for `more` bytes and the closing NUL. */
static void reserve(struct strbuf *sb, size_t more)
{
	size_t need, capacity;

	if (__builtin_add_overflow(sb->len, more, &need) || __builtin_add_overflow(need, 1, &need))
		need = SIZE_MAX; /* more than any allocator gives: ends in xreallocarray() */
	if (need <= sb->capacity)
		return;
	capacity = sb->capacity > SIZE_MAX / 2 ? SIZE_MAX : sb->capacity * 2;
	if (capacity < STRBUF_FIRST)
		capacity = STRBUF_FIRST;
	if (capacity < need)
		capacity = need;
	sb->data = xreallocarray(sb->capacity ? sb->data : NULL, capacity, 1);
	sb->capacity = capacity;
	sb->data[sb->len] = '\0';
}

void strbuf_release(struct strbuf *sb)
{
	if (sb->capacity)
		free(sb->data);
	*sb = (struct strbuf)STRBUF_INIT;
}

void strbuf_reset(struct strbuf *sb)
{
	sb->len = 0;
	sb->data[0] = '\0';
}

void strbuf_add(struct strbuf *sb, const void *bytes, size_t len)
{
	if (!len)
		return;
	reserve(sb, len);
	memcpy(sb->data + sb->len, bytes, len);
	sb->len += len;
	sb->data[sb->len] = '\0';
}

void strbuf_adds(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, s, strlen(s));
}

void strbuf_addch(struct strbuf *sb, char c)
{
	strbuf_add(sb, &c, 1);
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(sb, fmt, ap);
	va_end(ap);
}

void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n <= 0)
		return;
	reserve(sb, (size_t)n);
	vsnprintf(sb->data + sb->len, (size_t)n + 1, fmt, ap);
	sb->len += (size_t)n;
}

ssize_t strbuf_read_once(struct strbuf *sb, int fd, size_t max)
{
	ssize_t n;

	reserve(sb, max);
	n = read(fd, sb->data + sb->len, max);
	if (n > 0)
		sb->len += (size_t)n;
	sb->data[sb->len] = '\0';
	return n;
}

void strbuf_consume(struct strbuf *sb, size_t n)
{
	sb->len -= n;
	memmove(sb->data, sb->data + n, sb->len);
	sb->data[sb->len] = '\0';
}

char *strbuf_detach(struct strbuf *sb)
{
	char *s = sb->capacity ? sb->data : xstrdup("");

	*sb = (struct strbuf)STRBUF_INIT;
	return s;
}

void strbuf_rtrim(struct strbuf *sb)
{
	while (sb->len && isspace((unsigned char)sb->data[sb->len - 1]))
		sb->len--;
	sb->data[sb->len] = '\0';
}
