// SPDX-License-Identifier: GPL-2.0-or-later
#include "results.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "send.h"

#define WORD_MAX "63" /* letters of a name in a line */

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

static int take_line(struct task *t, const char *line)
{
	char name[64];
	uint64_t got, want;

	if (strncmp(line, "failed ", 7) == 0)
		return task_fail(t, "workload-failed", "%s", line + 7);
	if (sscanf(line, "check %" WORD_MAX "s %" SCNu64 " %" SCNu64, name, &got, &want) == 3)
		return compare(t, name, got, want);
	if (strncmp(line, "result ", 7) == 0 || strncmp(line, "fact ", 5) == 0)
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
