// SPDX-License-Identifier: GPL-2.0-or-later
#include "results.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "send.h"

void result_add(struct task *t, const char *metric, const char *unit, const char *better,
		uint64_t num, uint64_t den)
{
	strbuf_addf(&t->results, "result %s %s %s %" PRIu64 " %" PRIu64 "\n", metric, unit, better,
		    num, den);
}

static int compare(struct task *t, const char *name, uint64_t got, uint64_t want)
{
	if (got == want)
		return 0;
	return task_fail(t, "check-failed", "%s: %" PRIu64 " instead of %" PRIu64, name, got, want);
}

int result_check(struct task *t, const char *name, uint64_t got, uint64_t want)
{
	strbuf_addf(&t->results, "check %s %" PRIu64 " %" PRIu64 "\n", name, got, want);
	return compare(t, name, got, want);
}

void result_fact(struct task *t, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_addf(&t->results, "fact %s ", key);
	strbuf_vaddf(&t->results, fmt, ap);
	strbuf_addch(&t->results, '\n');
	va_end(ap);
}

/* "check NAME GOT WANT": NAME ends at the first space. */
static int take_check(struct task *t, const char *rest)
{
	size_t len = strcspn(rest, " ");
	struct strbuf name = STRBUF_INIT;
	uint64_t got, want;
	char *end;
	int ret;

	strbuf_add(&name, rest, len);
	got = strtoull(rest + len, &end, 10);
	want = strtoull(end, &end, 10);
	if (*end || end == rest + len)
		ret = task_fail(t, "check-failed", "'check %s' is no line of results", rest);
	else
		ret = compare(t, name.data, got, want);
	strbuf_release(&name);
	return ret;
}

static int take_line(struct task *t, const char *line)
{
	if (strncmp(line, "failed ", 7) == 0)
		return task_fail(t, "workload-failed", "%s", line + 7);
	if (strncmp(line, "check ", 6) == 0)
		return take_check(t, line + 6);
	if (strncmp(line, "result ", 7) == 0 || strncmp(line, "fact ", 5) == 0 ||
	    strncmp(line, "lap ", 4) == 0)
		return 0; /* for the collector */
	return task_fail(t, "check-failed", "'%s' is no line of results", line);
}

int results_take(struct task *t, const char *text)
{
	struct strbuf line = STRBUF_INIT;
	int ret = 0;

	strbuf_adds(&t->results, text);
	for (; *text; text += line.len, text += *text == '\n') {
		strbuf_reset(&line);
		strbuf_add(&line, text, strcspn(text, "\n"));
		if (take_line(t, line.data) < 0)
			ret = -1;
	}
	strbuf_release(&line);
	return ret;
}

int results_send(struct task *t)
{
	if (!t->results.len)
		return 0;
	return send_file(t->out, t->name, "results", t->results.data, t->results.len);
}
