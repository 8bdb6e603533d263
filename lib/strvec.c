// SPDX-License-Identifier: GPL-2.0-or-later
#include "strvec.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "strbuf.h"

#define STRVEC_FIRST 8

/* Takes the string over. */
static void push_owned(struct strvec *v, char *s)
{
	if (v->count + 1 >= v->capacity) {
		v->capacity = v->capacity ? v->capacity * 2 : STRVEC_FIRST;
		v->items = xreallocarray(v->items, v->capacity, sizeof(*v->items));
	}
	v->items[v->count++] = s;
	v->items[v->count] = NULL;
}

void strvec_release(struct strvec *v)
{
	for (size_t i = 0; i < v->count; i++)
		free(v->items[i]);
	free(v->items);
	*v = (struct strvec)STRVEC_INIT;
}

void strvec_push(struct strvec *v, const char *s)
{
	push_owned(v, xstrdup(s));
}

void strvec_pushf(struct strvec *v, const char *fmt, ...)
{
	struct strbuf sb = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	push_owned(v, strbuf_detach(&sb));
}

void strvec_pushl(struct strvec *v, ...)
{
	va_list ap;
	const char *s;

	va_start(ap, v);
	while ((s = va_arg(ap, const char *)))
		strvec_push(v, s);
	va_end(ap);
}

void strvec_split(struct strvec *v, const char *s, const char *separators)
{
	for (;;) {
		size_t len;

		s += strspn(s, separators);
		if (!*s)
			return;
		len = strcspn(s, separators);
		push_owned(v, xstrndup(s, len));
		s += len;
	}
}

bool strvec_has(const struct strvec *v, const char *s)
{
	for (size_t i = 0; i < v->count; i++)
		if (!strcmp(v->items[i], s))
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strvec_sort(struct strvec *v)
{
	if (v->count)
		qsort(v->items, v->count, sizeof(*v->items), compare);
}
