// SPDX-License-Identifier: GPL-2.0-or-later
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"
#include "strbuf.h"

/* How a kind of message looks. */
struct look {
	const char *prefix;
	const char *colour; /* of the prefix; NULL: of nothing */
};

static const struct look error_look = { "kab: error: ", "\033[1;31m" };
static const struct look warning_look = { "kab: warning: ", "\033[1;33m" };
static const struct look note_look = { "", NULL };

static enum log_level current = LOG_NORMAL;

void log_level_set(enum log_level level)
{
	current = level;
}

enum log_level log_level_get(void)
{
	return current;
}

bool log_colour(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && !getenv("NO_COLOR") && term && strcmp(term, "dumb") != 0;
}

/*
 * Messages quote what guests, patches and file names contain: no control character of theirs
 * may reach the terminal.
 */
static void disarm(struct strbuf *sb)
{
	for (size_t i = 0; i < sb->len; i++) {
		unsigned char c = (unsigned char)sb->data[i];

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			sb->data[i] = '?';
	}
}

/* One write per message, so that those of several processes do not mix within a line. */
__attribute__((format(printf, 2, 0))) static void print(const struct look *look, const char *fmt,
							va_list ap)
{
	struct strbuf text = STRBUF_INIT;
	struct strbuf line = STRBUF_INIT;
	int saved = errno;
	size_t len = strlen(fmt);
	bool colour = look->colour && log_colour(STDERR_FILENO);

	strbuf_vaddf(&text, fmt, ap);
	if (len && fmt[len - 1] == ':')
		strbuf_addf(&text, " %s", strerror(saved));
	disarm(&text);
	strbuf_addf(&line, "%s%s%s%s\n", colour ? look->colour : "", look->prefix,
		    colour ? "\033[0m" : "", text.data);
	flockfile(stderr); /* of several threads, too */
	progress_clear_line();
	fwrite(line.data, 1, line.len, stderr);
	fflush(stderr);
	funlockfile(stderr);
	strbuf_release(&line);
	strbuf_release(&text);
	errno = saved;
}

int error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(&error_look, fmt, ap);
	va_end(ap);
	return -1;
}

void warning(const char *fmt, ...)
{
	va_list ap;

	if (current == LOG_QUIET)
		return;
	va_start(ap, fmt);
	print(&warning_look, fmt, ap);
	va_end(ap);
}

void note(const char *fmt, ...)
{
	va_list ap;

	if (current == LOG_QUIET)
		return;
	va_start(ap, fmt);
	print(&note_look, fmt, ap);
	va_end(ap);
}

void verbose(const char *fmt, ...)
{
	va_list ap;

	if (current != LOG_VERBOSE)
		return;
	va_start(ap, fmt);
	print(&note_look, fmt, ap);
	va_end(ap);
}
