// SPDX-License-Identifier: GPL-2.0-or-later
#include "console.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"

#define LINKS_MAX 20

/* What begins a report of the kernel's. */
static const char *const troubles[] = {
	"BUG: ",
	"Oops: ",
	"Kernel panic - ",
	"WARNING: ",
	"general protection fault",
	"Unable to handle kernel",
	"kernel BUG at ",
	"UBSAN: ",
	"Out of memory: ",
	"INFO: task ",
	"INFO: rcu",
	"soft lockup",
	"segfault at",
};

static bool is_trouble(const char *line, size_t len)
{
	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++)
		if (memmem(line, len, troubles[i], strlen(troubles[i])))
			return true;
	return false;
}

static void text_of(struct html *h, const char *line, size_t len)
{
	char *text = xcalloc(len + 1, 1);

	/* A byte 0 would end the text. */
	for (size_t i = 0; i < len; i++)
		text[i] = line[i] ? line[i] : '\x01';
	html_text(h, text);
	free(text);
}

static size_t line_length(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return newline ? (size_t)(newline - at) : (size_t)(end - at);
}

/* Anchors count over both ends of the log. */
static void show_lines(struct html *h, const char *at, const char *end, const char *id,
		       size_t *marks)
{
	while (at < end) {
		size_t len = line_length(at, end);

		if (is_trouble(at, len)) {
			char *anchor = xasprintf("%s-%zu", id, ++*marks);

			html_open(h, "mark", "id", anchor);
			text_of(h, at, len);
			html_close(h, "mark");
			free(anchor);
		} else {
			text_of(h, at, len);
		}
		html_text(h, "\n");
		at += len + 1;
	}
}

static void link_lines(struct html *h, const char *at, const char *end, const char *id,
		       size_t *marks)
{
	while (at < end) {
		size_t len = line_length(at, end);

		if (is_trouble(at, len) && ++*marks <= LINKS_MAX) {
			char *href = xasprintf("#%s-%zu", id, *marks);

			html_open(h, "li");
			html_open(h, "a", "href", href);
			text_of(h, at, len < 160 ? len : 160);
			html_close(h, "a");
			html_close(h, "li");
			free(href);
		}
		at += len + 1;
	}
}

void console_show(struct html *h, const struct strbuf *log, const char *id, const char *whole)
{
	const char *data = log->data, *end = data + log->len;
	const char *head = end, *tail = end;
	struct html links = HTML_INIT;
	size_t marks = 0;

	if (log->len > CONSOLE_MAX) {
		/* Whole lines; the end, where trouble is, gets the larger part. */
		head = data + CONSOLE_MAX / 3;
		head += line_length(head, end);
		tail = end - 2 * CONSOLE_MAX / 3;
		tail += line_length(tail, end);
	}
	link_lines(&links, data, head, id, &marks);
	link_lines(&links, tail, end, id, &marks);
	if (marks) {
		html_open(h, "ul", "class", "findings");
		html_raw(h, links.out.data);
		html_close(h, "ul");
	}
	html_release(&links);
	marks = 0;
	html_open(h, "pre", "class", "log", "tabindex", "0");
	show_lines(h, data, head, id, &marks);
	if (tail < end) {
		html_textf(h, "\n(%zu kB are left out here)\n\n", (size_t)(tail - head) / 1024);
		show_lines(h, tail + 1, end, id, &marks);
	}
	html_close(h, "pre");
	if (whole) {
		html_open(h, "p", "class", "data small soft");
		html_open(h, "a", "href", whole);
		html_text(h, "The whole log");
		html_close(h, "a");
		html_close(h, "p");
	}
}
