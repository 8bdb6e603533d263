// SPDX-License-Identifier: GPL-2.0-or-later
#include "clean.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lib/strbuf.h"

/* What stands in for a byte that is no UTF-8. */
#define REPLACEMENT "\xef\xbf\xbd"
#define ELLIPSIS    "..."

/* Length of the well-formed UTF-8 sequence at s (Unicode 15, table 3-7), or 0 when it is none. */
static size_t sequence_length(const unsigned char *s, size_t len)
{
	static const struct {
		unsigned char first, last; /* of the leading byte */
		unsigned char second_min, second_max;
		size_t length;
	} forms[] = {
		{ 0x20, 0x7e, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (s[0] < forms[i].first || s[0] > forms[i].last)
			continue;
		if (len < forms[i].length)
			return 0;
		if (forms[i].length > 1 &&
		    (s[1] < forms[i].second_min || s[1] > forms[i].second_max))
			return 0;
		for (size_t k = 2; k < forms[i].length; k++)
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

char *clean_text(const char *bytes, size_t len, size_t max)
{
	const unsigned char *s = (const unsigned char *)bytes;
	struct strbuf out = STRBUF_INIT;
	bool blank = false;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		const char *piece = bytes + i;
		size_t piece_len;

		n = 1;
		if (s[i] <= ' ' || s[i] == 0x7f) {
			blank = out.len > 0;
			continue;
		}
		piece_len = n = sequence_length(s + i, len - i);
		if (!n) {
			piece = REPLACEMENT;
			piece_len = strlen(REPLACEMENT);
			n = 1;
		}
		if (out.len + blank + piece_len + strlen(ELLIPSIS) > max) {
			strbuf_adds(&out, ELLIPSIS);
			break;
		}
		if (blank)
			strbuf_addch(&out, ' ');
		blank = false;
		strbuf_add(&out, piece, piece_len);
	}
	return strbuf_detach(&out);
}
