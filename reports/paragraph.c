// SPDX-License-Identifier: GPL-2.0-or-later
#include "paragraph.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"

char *paragraph_clean(const char *text)
{
	char *copy = xstrdup(text);

	for (char *p = copy; *p; p++)
		if (iscntrl((unsigned char)*p))
			*p = isspace((unsigned char)*p) ? ' ' : '?';
	return copy;
}

void paragraph_put(FILE *out, const char *label, size_t indent, const char *text)
{
	char *clean = paragraph_clean(text);
	size_t column = 0;

	fprintf(out, "%-*s", (int)indent, label);
	for (const char *at = clean; *at;) {
		size_t word = strcspn(at, " ");

		if (column && indent + column + 1 + word > PARAGRAPH_WIDTH) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = 0;
		}
		if (word) {
			fprintf(out, "%s%.*s", column ? " " : "", (int)word, at);
			column += word + (column ? 1 : 0);
		}
		at += word + (at[word] == ' ');
	}
	fputc('\n', out);
	free(clean);
}
