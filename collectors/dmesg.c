// SPDX-License-Identifier: GPL-2.0-or-later
#include "dmesg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clean.h"
#include "collect.h"
#include "lib/alloc.h"
#include "lib/log.h"

#define CHUNK	     (64u << 10)
#define LINE_MAX_LEN 4096 /* what is longer is cut */
#define MESSAGE_MAX  400
#define FINDINGS_MAX 64 /* of one run: a log that repeats itself is one problem, not a million */
/* Of a larger file, the beginning and the end are read: first trouble and last words. */
#define PART_MAX ((off_t)64 << 20)

/*
 * The first pattern that fits names the line. A pattern that starts with '^' must be at the start
 * of the message (behind level, time and caller), which keeps quotations of it out, such as
 * "panic=-1" on the command line.
 */
static const struct pattern {
	const char *text;
	const char *kind;
	enum severity severity;
} patterns[] = {
	{ "^Kernel panic - not syncing", "panic", SEVERITY_FAILURE },
	{ "BUG: soft lockup", "soft-lockup", SEVERITY_FAILURE },
	{ "detected hard LOCKUP", "hard-lockup", SEVERITY_FAILURE },
	{ "^BUG: workqueue lockup", "workqueue-lockup", SEVERITY_FAILURE },
	{ "^BUG: KCSAN", "data-race", SEVERITY_WARNING },
	{ "^BUG: sleeping function called", "warning", SEVERITY_WARNING },
	{ "^BUG: ", "oops", SEVERITY_FAILURE },
	{ "^kernel BUG at ", "oops", SEVERITY_FAILURE },
	{ "^Oops: ", "oops", SEVERITY_FAILURE },
	{ "^Internal error: ", "oops", SEVERITY_FAILURE },
	{ "^general protection fault", "oops", SEVERITY_FAILURE },
	{ "^invalid opcode: ", "oops", SEVERITY_FAILURE },
	{ "^divide error: ", "oops", SEVERITY_FAILURE },
	{ "^double fault: ", "oops", SEVERITY_FAILURE },
	{ "^stack segment: ", "oops", SEVERITY_FAILURE },
	{ "^Unable to handle kernel ", "oops", SEVERITY_FAILURE },
	{ "^WARNING: ", "warning", SEVERITY_WARNING },
	{ "^INFO: possible ", "warning", SEVERITY_WARNING },
	{ "^INFO: trying to register non-static key", "warning", SEVERITY_WARNING },
	{ "^UBSAN: ", "warning", SEVERITY_WARNING },
	{ "^refcount_t: ", "warning", SEVERITY_WARNING },
	/* What it finds begins with a WARNING; this is the end of finding. */
	{ "^DMA-API: debugging out of memory", "warning", SEVERITY_WARNING },
	{ ": Killed process ", "oom", SEVERITY_FAILURE },
	{ "page allocation failure: ", "allocation-failure", SEVERITY_WARNING },
	{ " blocked for more than ", "hung-task", SEVERITY_FAILURE },
	{ " detected stalls on ", "rcu-stall", SEVERITY_FAILURE },
	{ " detected expedited stalls on ", "rcu-stall", SEVERITY_FAILURE },
	{ " self-detected stall on CPU", "rcu-stall", SEVERITY_FAILURE },
	{ "Buffer I/O error on dev ", "io-error", SEVERITY_FAILURE },
	{ " error, dev ", "io-error", SEVERITY_FAILURE }, /* "I/O error, dev dm-0, sector 8 ..." */
	{ ": segfault at ", "segfault", SEVERITY_WARNING },
	{ "^traps: ", "segfault", SEVERITY_WARNING },
	{ "Marking clocksource ", "clocksource", SEVERITY_WARNING },
};

void dmesg_init(struct dmesg *d, struct observations *o)
{
	*d = (struct dmesg){ .o = o, .line = STRBUF_INIT };
}

/*
 * Behind "<4>", "[   12.345678] " and "[  T123] " in front of a message. What is not closed within
 * a few characters is part of the message.
 */
static const char *skip_prefix(const char *line)
{
	for (;;) {
		char open = *line, close = open == '<' ? '>' : ']';
		size_t len;

		if (open != '<' && open != '[')
			return line;
		len = strspn(line + 1, " .0123456789TC");
		if (!len || line[1 + len] != close)
			return line;
		line += len + 2;
		line += *line == ' ';
	}
}

static bool fits(const struct pattern *p, const char *message)
{
	const char *text = p->text;
	size_t len;

	if (*text != '^')
		return strstr(message, text) != NULL;
	text++;
	len = strlen(text);
	return !strncmp(message, text, len);
}

static const struct pattern *find_pattern(const char *message)
{
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (fits(&patterns[i], message))
			return &patterns[i];
	return NULL;
}

/* The supervisor may have told the same before. */
static bool known(const struct dmesg *d, const char *kind, const char *message)
{
	for (size_t i = 0; i < d->o->finding_count; i++)
		if (!strcmp(d->o->findings[i].kind, kind) &&
		    !strcmp(d->o->findings[i].message, message))
			return true;
	return false;
}

static void observe_line(struct dmesg *d)
{
	char *line = clean_text(d->line.data, d->line.len, MESSAGE_MAX);
	const char *message = skip_prefix(line);
	const struct pattern *p = find_pattern(message);

	strbuf_reset(&d->line);
	if (p && !known(d, p->kind, message)) {
		if (d->found++ < FINDINGS_MAX)
			observe_finding(d->o, "", p->kind, p->severity, "%s", message);
		else if (p->severity > d->worst_suppressed)
			d->worst_suppressed = p->severity;
	}
	free(line);
}

void dmesg_feed(struct dmesg *d, const char *bytes, size_t len)
{
	const char *end = bytes + len;

	while (bytes < end) {
		const char *p = bytes;
		size_t room = LINE_MAX_LEN - d->line.len;

		/* A serial console ends lines with both, and redraws with '\r' alone. */
		while (p < end && *p != '\n' && *p != '\r')
			p++;
		strbuf_add(&d->line, bytes,
			   (size_t)(p - bytes) < room ? (size_t)(p - bytes) : room);
		if (p == end)
			break;
		observe_line(d);
		bytes = p + 1;
	}
}

void dmesg_end_log(struct dmesg *d)
{
	if (d->line.len)
		observe_line(d);
}

void dmesg_finish(struct dmesg *d)
{
	if (d->found > FINDINGS_MAX)
		observe_finding(d->o, "", "log-flood", d->worst_suppressed,
				"%zu more complaints of the kernel are left out",
				d->found - FINDINGS_MAX);
	strbuf_release(&d->line);
}

/* From the file's offset, at most `max` bytes. */
static int feed_part(struct dmesg *d, int fd, const char *path, off_t max)
{
	char *chunk = xcalloc(1, CHUNK);
	off_t left = max;
	int ret = 0;

	while (left > 0) {
		ssize_t n = read(fd, chunk, left < CHUNK ? (size_t)left : CHUNK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ret = error("cannot read \"%s\":", path);
		if (n <= 0)
			break;
		dmesg_feed(d, chunk, (size_t)n);
		left -= n;
	}
	dmesg_end_log(d);
	free(chunk);
	return ret;
}

static int feed_all(struct dmesg *d, int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error("cannot read \"%s\":", path);
	if (st.st_size <= 2 * PART_MAX)
		return feed_part(d, fd, path, 2 * PART_MAX);
	observe_finding(d->o, "", "log-flood", SEVERITY_WARNING,
			"a log has %lld bytes: its middle was not looked at",
			(long long)st.st_size);
	if (feed_part(d, fd, path, PART_MAX) < 0)
		return -1;
	if (lseek(fd, -PART_MAX, SEEK_END) < 0)
		return error("cannot read \"%s\":", path);
	return feed_part(d, fd, path, PART_MAX);
}

/* Returns 0, 1 when there is no such file, -1 with an error printed. */
static int feed_file(struct dmesg *d, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0)
		return error("cannot open \"%s\":", path);
	ret = feed_all(d, fd, path);
	close(fd);
	return ret;
}

static int dmesg_collect(const struct rundir *run, struct observations *o)
{
	char *paths[] = { rundir_file(run, NULL, "dmesg"), xasprintf("%s/console.log", run->path) };
	size_t missing = 0;
	struct dmesg d;
	int ret = 0;

	dmesg_init(&d, o);
	for (size_t i = 0; i < 2 && ret >= 0; i++) {
		ret = feed_file(&d, paths[i]);
		missing += ret == 1;
	}
	dmesg_finish(&d);
	if (missing == 2)
		observe_finding(o, "", "missing-log", SEVERITY_WARNING,
				"neither a kernel log nor a console is there");
	free(paths[0]);
	free(paths[1]);
	return ret < 0 ? -1 : 0;
}

const struct collector dmesg_collector = { "dmesg", dmesg_collect };
