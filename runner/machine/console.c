// SPDX-License-Identifier: GPL-2.0-or-later
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

#define CHUNK	    (64 << 10)
#define LONGEST	    4096 /* what is longer is no message of the kernel's */
#define MESSAGE_MAX 300
#define TAIL_BYTES  4096

struct pattern {
	const char *text;
	const char *kind;
	bool dying; /* what comes next is a restart, or nothing */
};

/* The first line that fits is the finding of its kind; what follows is its consequence. */
static const struct pattern patterns[] = {
	{ "BUG: unable to handle ", "oops", false },
	{ "BUG: kernel NULL pointer dereference", "oops", false },
	{ "kernel BUG at ", "oops", false },
	{ " [#1] ", "oops", false }, /* "general protection fault: 0000 [#1] SMP" */
	{ "Out of memory: Killed process ", "oom", false },
	{ "Out of memory and no killable processes", "oom", false },
	/* The rest of an oops with oops=panic, and no news. */
	{ "Kernel panic - not syncing: Fatal exception", "oops", true },
	{ "Kernel panic - not syncing", "panic", true },
	/* The decompressor's last words. */
	{ "-- System halted", "panic", true },
};

int console_open(struct console *c, const char *path)
{
	*c = (struct console){ .line = STRBUF_INIT };
	c->fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
	return c->fd < 0 ? error("cannot open \"%s\":", path) : 0;
}

void console_close(struct console *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	strbuf_release(&c->line);
}

/* Behind "[    0.123456] ". */
static const char *skip_stamp(const char *line)
{
	size_t len;

	if (*line != '[')
		return line;
	len = 1 + strspn(line + 1, " .0123456789");
	return line[len] == ']' && line[len + 1] == ' ' ? line + len + 2 : line;
}

static void judge_line(struct console *c, const char *line, struct outcome *o)
{
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		const struct pattern *p = &patterns[i];

		if (!strstr(line, p->text))
			continue;
		if (!outcome_has(o, NULL, p->kind))
			outcome_add(o, "", p->kind, "failure", "%.*s", MESSAGE_MAX,
				    skip_stamp(line));
		c->dying = c->dying || p->dying;
		return;
	}
}

/* Judges the lines that are whole, and keeps the rest. */
static void judge_lines(struct console *c, struct outcome *o)
{
	char *start = c->line.data;
	char *end;

	while ((end = memchr(start, '\n', c->line.len - (size_t)(start - c->line.data)))) {
		*end = '\0';
		start[strcspn(start, "\r")] = '\0';
		judge_line(c, start, o);
		start = end + 1;
	}
	strbuf_consume(&c->line, (size_t)(start - c->line.data));
	if (c->line.len > LONGEST)
		strbuf_reset(&c->line);
}

int64_t console_follow(struct console *c, struct outcome *o)
{
	ssize_t n;

	do
		n = strbuf_read_once(&c->line, c->fd, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error("cannot read the guest's console:");
	c->bytes += n;
	if (n > 0)
		judge_lines(c, o);
	return n;
}

void console_tail(const char *path, int lines, struct strbuf *out)
{
	char text[TAIL_BYTES + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	ssize_t n =
		fd < 0 ? 0 : pread(fd, text, TAIL_BYTES, size > TAIL_BYTES ? size - TAIL_BYTES : 0);
	char *start;

	if (fd >= 0)
		close(fd);
	while (n > 0 && strchr("\r\n", text[n - 1]))
		n--;
	if (n <= 0)
		return;
	text[n] = '\0';
	for (start = text + n; start > text; start--)
		if (start[-1] == '\n' && !--lines)
			break;
	strbuf_addch(out, '\n');
	for (; *start; start++)
		if (*start != '\r')
			strbuf_addch(out, *start);
}
