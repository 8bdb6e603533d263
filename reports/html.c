// SPDX-License-Identifier: GPL-2.0-or-later
#include "html.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD in UTF-8 */
#define CID	    "cid:"

static const char *const url_attributes[] = { "href", "src", "srcset", NULL };

void html_release(struct html *h)
{
	strbuf_release(&h->out);
	h->depth = 0;
}

void html_doctype(struct html *h)
{
	strbuf_adds(&h->out, "<!doctype html>\n");
}

void html_style(struct html *h, const char *css)
{
	strbuf_addf(&h->out, "<style>\n%s</style>\n", css);
}

void html_script(struct html *h, const char *js)
{
	strbuf_addf(&h->out, "<script>%s</script>\n", js);
}

/* Length of the UTF-8 sequence at s, 0 when it is none: messages from a guest may be anything. */
static size_t utf8_length(const unsigned char *s)
{
	static const struct {
		unsigned char mask, lead;
		unsigned int least; /* code point that needs this length */
	} forms[] = { { 0x80, 0x00, 0 },
		      { 0xe0, 0xc0, 0x80 },
		      { 0xf0, 0xe0, 0x800 },
		      { 0xf8, 0xf0, 0x10000 } };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		unsigned int code = s[0] & (unsigned char)~forms[i].mask;

		if ((s[0] & forms[i].mask) != forms[i].lead)
			continue;
		for (size_t k = 1; k <= i; k++) {
			if ((s[k] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (s[k] & 0x3f);
		}
		if (code < forms[i].least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
			return 0;
		return i + 1;
	}
	return 0;
}

/* Good for text and for values in double quotes alike. */
static void add_escaped(struct strbuf *out, const char *s)
{
	while (*s) {
		size_t n = utf8_length((const unsigned char *)s);
		bool control = iscntrl((unsigned char)*s) && *s != '\n' && *s != '\t';

		if (n == 0 || control)
			strbuf_adds(out, REPLACEMENT);
		else if (*s == '&')
			strbuf_adds(out, "&amp;");
		else if (*s == '<')
			strbuf_adds(out, "&lt;");
		else if (*s == '>')
			strbuf_adds(out, "&gt;");
		else if (*s == '"')
			strbuf_adds(out, "&quot;");
		else if (*s == '\'')
			strbuf_adds(out, "&#39;");
		else
			strbuf_add(out, s, n);
		s += n ? n : 1;
	}
}

/*
 * Encoding ':' and a leading '/' leaves no scheme, host or absolute path; a leading '#' stays, and
 * so does "cid:", which names another part of a mail.
 */
static void add_url(struct strbuf *out, const char *s)
{
	if (!strncmp(s, CID, strlen(CID))) {
		strbuf_adds(out, CID);
		s += strlen(CID);
	}
	for (const char *p = s; *p; p++) {
		unsigned char c = (unsigned char)*p;
		bool plain = (c < 0x80 && isalnum(c)) || strchr("-._~", c) || (c == '/' && p > s) ||
			     (c == '#' && p == s);

		if (plain)
			strbuf_addch(out, *p);
		else
			strbuf_addf(out, "%%%02X", c);
	}
}

static bool is_url(const char *name)
{
	for (size_t i = 0; url_attributes[i]; i++)
		if (!strcmp(url_attributes[i], name))
			return true;
	return false;
}

static void add_tag(struct strbuf *out, const char *const *parts)
{
	strbuf_addf(out, "<%s", parts[0]);
	for (const char *const *pair = parts + 1; pair[0]; pair += 2) {
		if (!pair[1])
			continue;
		strbuf_addf(out, " %s=\"", pair[0]);
		if (is_url(pair[0]))
			add_url(out, pair[1]);
		else
			add_escaped(out, pair[1]);
		strbuf_addch(out, '"');
	}
	strbuf_addch(out, '>');
}

void html_open_parts(struct html *h, const char *const *parts)
{
	assert(h->depth < HTML_DEPTH_MAX);
	h->open[h->depth++] = parts[0];
	add_tag(&h->out, parts);
}

void html_void_parts(struct html *h, const char *const *parts)
{
	add_tag(&h->out, parts);
}

void html_close(struct html *h, const char *tag)
{
	static const char *const blocks[] = { "head",	 "body",   "main",    "header", "section",
					      "article", "figure", "table",   "tr",	"p",
					      "h1",	 "h2",	   "details", "dl",	"div",
					      "ul",	 "li",	   "nav",     "ol",	"thead",
					      "entry",	 "feed",   "title",   NULL };

	assert(h->depth > 0 && !strcmp(h->open[h->depth - 1], tag));
	h->depth--;
	strbuf_addf(&h->out, "</%s>", tag);
	for (size_t i = 0; blocks[i]; i++)
		if (!strcmp(blocks[i], tag))
			strbuf_addch(&h->out, '\n');
}

void html_text(struct html *h, const char *s)
{
	add_escaped(&h->out, s);
}

void html_textf(struct html *h, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	html_text(h, text.data);
	strbuf_release(&text);
}

void html_raw(struct html *h, const char *markup)
{
	strbuf_adds(&h->out, markup);
}

void html_link_out(struct html *h, const char *url, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~/@+=%?&#:,";
	static const char scheme[] = "https://";
	size_t len = strlen(scheme);

	if (strncmp(url, scheme, len) != 0 || !isalnum((unsigned char)url[len]) ||
	    url[len + strspn(url + len, plain)]) {
		html_text(h, text);
		return;
	}
	strbuf_adds(&h->out, "<a rel=\"noreferrer\" href=\"");
	add_escaped(&h->out, url);
	strbuf_adds(&h->out, "\">");
	html_text(h, text);
	strbuf_adds(&h->out, "</a>");
}

void html_element(struct html *h, const char *tag, const char *class, const char *text)
{
	html_open(h, tag, "class", class);
	html_text(h, text);
	html_close(h, tag);
}
