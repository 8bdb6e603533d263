// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does not use log.c: the static guest agent is built from this file too.
 */
#include "alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_MEMORY 70

void *xcheck(void *p)
{
	if (!p) {
		fputs("kab: error: out of memory\n", stderr);
		exit(EXIT_MEMORY);
	}
	return p;
}

void *xcalloc(size_t count, size_t size)
{
	/* calloc(0) may return NULL, which is no failure. */
	if (!count || !size)
		count = size = 1;
	return xcheck(calloc(count, size));
}

void *xreallocarray(void *old, size_t count, size_t size)
{
	if (!count || !size)
		count = size = 1;
	return xcheck(reallocarray(old, count, size));
}

char *xstrdup(const char *s)
{
	return xcheck(strdup(s));
}

char *xstrndup(const char *s, size_t len)
{
	return xcheck(strndup(s, len));
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return xcheck(n < 0 ? NULL : s);
}
