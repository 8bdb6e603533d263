// SPDX-License-Identifier: GPL-2.0-or-later
#include "progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "strbuf.h"

#define REDRAW_MS  100
#define PLAIN_MS   30000
#define BAR_MAX	   30
#define BAR_MIN	   8
#define WIDTH_ELSE 80

/*
 * The one whose line is on the screen. Global, because log.c has to wipe the line before any
 * message, wherever that comes from.
 */
static struct progress *on_screen;

int64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool redraws(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

static size_t terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
		return WIDTH_ELSE;
	return size.ws_col;
}

static void add_duration(struct strbuf *out, int64_t ms)
{
	int64_t s = (ms + 500) / 1000;

	if (s >= 3600)
		strbuf_addf(out, "%" PRId64 " h %02" PRId64 " min", s / 3600, s / 60 % 60);
	else if (s >= 60)
		strbuf_addf(out, "%" PRId64 " min %02" PRId64 " s", s / 60, s % 60);
	else
		strbuf_addf(out, "%" PRId64 " s", s);
}

/* "812/1497 objects<gap>4.1/s<gap>2 min 47 s left" */
static void add_figures(struct strbuf *out, const struct progress *p, const char *gap)
{
	int64_t elapsed = clock_ms() - p->started_ms;
	double rate;

	strbuf_addf(out, "%" PRId64, p->done);
	if (p->total > 0)
		strbuf_addf(out, "/%" PRId64, p->total);
	strbuf_addf(out, " %s", p->unit);
	if (p->done <= 0 || elapsed < 1000)
		return;
	rate = (double)p->done * 1000 / (double)elapsed;
	strbuf_addf(out, "%s%.*f/s", gap, rate < 0.1 ? 3 : rate < 100 ? 1 : 0, rate);
	if (p->total > p->done) {
		strbuf_adds(out, gap);
		add_duration(out, (int64_t)((double)(p->total - p->done) * 1000 / rate));
		strbuf_adds(out, " left");
	}
}

static void add_bar(struct strbuf *out, const struct progress *p, size_t cells)
{
	double part = (double)p->done / (double)p->total;
	size_t full = part >= 1 ? cells : part <= 0 ? 0 : (size_t)(part * (double)cells);

	strbuf_addch(out, '[');
	for (size_t i = 0; i < cells; i++)
		strbuf_addch(out, i < full ? '#' : '.');
	strbuf_addch(out, ']');
}

/* Cuts the line at so many bytes, and not inside a UTF-8 sequence. */
static void cut(struct strbuf *line, size_t width)
{
	if (line->len <= width)
		return;
	while (width && ((unsigned char)line->data[width] & 0xc0) == 0x80)
		width--;
	line->len = width;
	line->data[width] = '\0';
}

static void draw(struct progress *p)
{
	struct strbuf figures = STRBUF_INIT;
	struct strbuf line = STRBUF_INIT;
	size_t width = terminal_width() - 1; /* a full last column would wrap */
	size_t needed;

	add_figures(&figures, p, "  ");
	strbuf_addf(&line, "%s  ", p->label);
	needed = line.len + figures.len + strlen("[]  ");
	if (p->total > 0 && needed + BAR_MIN <= width) {
		add_bar(&line, p, width - needed < BAR_MAX ? width - needed : BAR_MAX);
		strbuf_adds(&line, "  ");
	}
	strbuf_add(&line, figures.data, figures.len);
	cut(&line, width);
	flockfile(stderr); /* also while on_screen changes: any thread may print a message */
	progress_clear_line();
	fputs(line.data, stderr);
	fflush(stderr);
	p->drawn = 1;
	on_screen = p;
	funlockfile(stderr);
	strbuf_release(&line);
	strbuf_release(&figures);
}

static void print_plain(const struct progress *p)
{
	struct strbuf figures = STRBUF_INIT;

	add_figures(&figures, p, ", ");
	note("%s: %s", p->label, figures.data);
	strbuf_release(&figures);
}

void progress_begin(struct progress *p, const char *unit, int64_t total, const char *label_fmt, ...)
{
	struct strbuf label = STRBUF_INIT;
	va_list ap;

	va_start(ap, label_fmt);
	strbuf_vaddf(&label, label_fmt, ap);
	va_end(ap);
	*p = (struct progress){ .label = strbuf_detach(&label),
				.unit = unit,
				.total = total,
				.started_ms = clock_ms() };
	p->shown_ms = p->started_ms;
	if (log_level_get() == LOG_QUIET)
		return;
	if (redraws())
		draw(p);
	else
		note("%s ...", p->label);
}

void progress_update(struct progress *p, int64_t done)
{
	bool redraw;
	int64_t now;

	p->done = done;
	if (log_level_get() == LOG_QUIET)
		return;
	now = clock_ms();
	redraw = redraws();
	if (now - p->shown_ms < (redraw ? REDRAW_MS : PLAIN_MS))
		return;
	p->shown_ms = now;
	if (redraw)
		draw(p);
	else
		print_plain(p);
}

void progress_end(struct progress *p, const char *outcome)
{
	struct strbuf line = STRBUF_INIT;

	flockfile(stderr);
	if (on_screen == p)
		progress_clear_line();
	funlockfile(stderr);
	if (outcome)
		strbuf_addf(&line, "%s, ", outcome);
	strbuf_addf(&line, "%" PRId64 " %s in ", p->done, p->unit);
	add_duration(&line, clock_ms() - p->started_ms);
	note("%s: %s", p->label, line.data);
	strbuf_release(&line);
	free(p->label);
	*p = (struct progress){ 0 };
}

void progress_clear_line(void)
{
	if (!on_screen)
		return;
	fputs("\r\033[K", stderr);
	on_screen->drawn = 0;
	on_screen = NULL;
}
