/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes HTML. What is data is escaped by the place it goes to: text, attribute, or URL (href, src
 * and srcset, which can only name a place below the page or within it, or the part of a mail). Tags and attribute names
 * are constants of the program; nothing else gets in unescaped.
 */
#ifndef KAB_REPORTS_HTML_H
#define KAB_REPORTS_HTML_H

#include <stddef.h>

#include "lib/strbuf.h"

#define HTML_DEPTH_MAX 32

struct html {
	struct strbuf out;
	const char *open[HTML_DEPTH_MAX]; /* elements that are not closed yet */
	size_t depth;
};

#define HTML_INIT                  \
	{                          \
		.out = STRBUF_INIT \
	}

void html_release(struct html *h);

/* "<!doctype html>", a style sheet, a script: constants of the program. */
void html_doctype(struct html *h);
void html_style(struct html *h, const char *css);
void html_script(struct html *h, const char *js);

/*
 * Tag, then attributes as pairs of name and value; an attribute with a NULL value is left out:
 *	html_open(&h, "p", "class", proven ? "proven" : NULL);
 * html_close() names what it closes, and it must be the innermost open element. html_void() is for
 * elements that have no content: img, meta, source.
 */
#define html_open(h, ...) html_open_parts(h, (const char *const[]){ __VA_ARGS__, NULL })
#define html_void(h, ...) html_void_parts(h, (const char *const[]){ __VA_ARGS__, NULL })
void html_open_parts(struct html *h, const char *const *parts);
void html_void_parts(struct html *h, const char *const *parts);
void html_close(struct html *h, const char *tag);

void html_text(struct html *h, const char *s);
void html_textf(struct html *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What another html writer has made. */
void html_raw(struct html *h, const char *markup);
/*
 * A link that leaves the site: only "https://" to a host and path of plain characters becomes one,
 * any other address is written as text.
 */
void html_link_out(struct html *h, const char *url, const char *text);
/* <tag class="class">text</tag>; class may be NULL. */
void html_element(struct html *h, const char *tag, const char *class, const char *text);

#endif
