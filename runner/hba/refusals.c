// SPDX-License-Identifier: GPL-2.0-or-later
#include "refusals.h"

#include <stdarg.h>
#include <string.h>

#include "lib/strbuf.h"

void refusals_release(struct refusals *r)
{
	strvec_release(&r->first);
	r->count = 0;
}

int refuse(struct refusals *r, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	r->count++;
	if (r->first.count == REFUSALS_KEPT)
		return -1;
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	if (!r->first.count || strcmp(r->first.items[r->first.count - 1], text.data) != 0)
		strvec_push(&r->first, text.data);
	strbuf_release(&text);
	return -1;
}
