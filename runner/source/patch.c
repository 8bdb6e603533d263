// SPDX-License-Identifier: GPL-2.0-or-later
#include "patch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/proc.h"
#include "lib/transcript.h"
#include "overlay.h"

#define TIMEOUT_MS 120000
#define SAID_MAX   (256 << 10)

/* The line after the one at `at`, or NULL at the end. */
static const char *next_line(const char *at)
{
	at += strcspn(at, "\n");
	return *at ? at + 1 : NULL;
}

static bool starts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/* The header of a file is "--- a/x" and "+++ b/x" in two lines. */
static bool is_file_header(const char *line)
{
	const char *next = starts(line, "--- ") ? next_line(line) : NULL;

	return next && starts(next, "+++ ");
}

/* How many lines "@@ -10,7 +10,8 @@" announces; false when the line is none. */
static bool is_hunk_header(const char *line, long *old, long *new)
{
	char *end;

	if (!starts(line, "@@ -"))
		return false;
	strtol(line + strlen("@@ -"), &end, 10);
	*old = *end == ',' ? strtol(end + 1, &end, 10) : 1;
	if (!starts(end, " +"))
		return false;
	strtol(end + strlen(" +"), &end, 10);
	*new = *end == ',' ? strtol(end + 1, &end, 10) : 1;
	return starts(end, " @@");
}

/*
 * The next line that is not the content of a hunk, where "--- x" means that "-- x" goes. NULL at
 * the end.
 */
static const char *next_outside(const char *line)
{
	long old, new;
	bool hunk = is_hunk_header(line, &old, &new);

	line = next_line(line);
	while (hunk && line && (old > 0 || new > 0)) {
		old -= *line != '+' && *line != '\\';
		new -= *line != '-' && *line != '\\';
		line = next_line(line);
	}
	return line;
}

bool patch_changes_files(const char *text)
{
	for (const char *line = text; line; line = next_outside(line))
		if (starts(line, "diff --git ") || is_file_header(line))
			return true;
	return false;
}

size_t patch_length(const struct strbuf *text)
{
	for (const char *line = text->data; line; line = next_outside(line))
		if (starts(line, "-- \n"))
			return (size_t)(line - text->data);
	return text->len;
}

/* Without "[PATCH v2 1/5] ". */
static const char *skip_tag(const char *subject)
{
	const char *end = *subject == '[' ? strchr(subject, ']') : NULL;

	return end && end < subject + strcspn(subject, "\n") ? end + 1 + strspn(end + 1, " ")
							     : subject;
}

char *patch_subject(const struct patch *p)
{
	static const char header[] = "Subject: ";
	struct strbuf out = STRBUF_INIT;

	for (const char *line = p->text.data;
	     line && !starts(line, "diff --git ") && !is_file_header(line);
	     line = next_line(line)) {
		if (!starts(line, header))
			continue;
		line = skip_tag(line + strlen(header));
		strbuf_add(&out, line, strcspn(line, "\r\n"));
		/* A long one is continued on lines that begin with a blank. */
		while ((line = next_line(line)) && (*line == ' ' || *line == '\t'))
			strbuf_addf(&out, " %.*s", (int)strcspn(line + 1, "\r\n"), line + 1);
		return strbuf_detach(&out);
	}
	return xstrdup(p->name);
}

/* "a/mm/dmapool.c\t2022-…" without its first components; "/dev/null" gives nothing. */
static void push_file(struct strvec *files, const char *at, int strip)
{
	char *path = xstrndup(at, strcspn(at, "\t\r\n"));
	const char *rest = path;

	while (rest && strip-- > 0) {
		rest = strchr(rest, '/');
		if (rest)
			rest++;
	}
	if (rest && *rest && strcmp(path, "/dev/null") != 0 && !strvec_has(files, rest))
		strvec_push(files, rest);
	free(path);
}

void patch_files(const struct patch *p, struct strvec *files)
{
	for (const char *line = p->text.data; line; line = next_outside(line)) {
		if (is_file_header(line)) {
			push_file(files, line + strlen("--- "), p->strip);
			push_file(files, next_line(line) + strlen("+++ "), p->strip);
		} else if (starts(line, "rename from ")) {
			push_file(files, line + strlen("rename from "), 0);
		} else if (starts(line, "rename to ")) {
			push_file(files, line + strlen("rename to "), 0);
		}
	}
}

/* "Hunk #2 FAILED at 417." becomes "hunk 2, at line 417". */
static bool failed_hunk(const char *line, struct strbuf *out)
{
	static const char before[] = "Hunk #";
	static const char between[] = " FAILED at ";
	char *end;
	long hunk, at;

	if (!starts(line, before))
		return false;
	hunk = strtol(line + strlen(before), &end, 10);
	if (!starts(end, between))
		return false;
	at = strtol(end + strlen(between), NULL, 10);
	strbuf_addf(out, "hunk %ld, at line %ld", hunk, at);
	return true;
}

/*
 * What patch says, turned into lines "FILE: hunk 2, at line 417". Where nothing is recognised,
 * as with a malformed patch, its own words.
 */
static void describe_failure(const char *said, struct strbuf *out)
{
	static const char file_prefix[] = "patching file ";
	char *file = xstrdup("");
	size_t before = out->len;

	for (const char *line = said; line; line = next_line(line)) {
		int len = (int)strcspn(line, "\r\n");
		struct strbuf hunk = STRBUF_INIT;

		if (starts(line, file_prefix)) {
			free(file);
			file = xstrndup(line + strlen(file_prefix),
					(size_t)len - strlen(file_prefix));
		} else if (failed_hunk(line, &hunk)) {
			strbuf_addf(out, "\n  %s: %s", file, hunk.data);
		} else if (starts(line, "can't find file to patch")) {
			strbuf_adds(out, "\n  the kernel does not have the file");
		} else if (starts(line, "|--- ") || starts(line, "|+++ ")) {
			strbuf_addf(out, "\n    %.*s", len - 1, line + 1);
		}
		strbuf_release(&hunk);
	}
	if (out->len == before)
		strbuf_addf(out, "\n%s", said);
	strbuf_rtrim(out);
	free(file);
}

/* Runs p with the text as its input; what it says on both streams is appended to `said`. */
static int run_filter(struct proc *p, const struct strbuf *text, struct strbuf *said)
{
	int result = -1;

	p->in = transcript_open(text->data, text->len);
	p->out = transcript_open("", 0);
	p->err = PROC_STDOUT;
	if (p->in >= 0 && p->out >= 0)
		result = proc_run(p, TIMEOUT_MS);
	transcript_close(p->out, said, SAID_MAX);
	if (p->in >= 0)
		close(p->in);
	return result;
}

int patch_try(const struct patch *patch, struct overlay *tree, struct strbuf *why)
{
	static char locale[] = "LC_ALL=C";
	char *env[] = { locale, NULL };
	struct strvec argv = STRVEC_INIT;
	struct strbuf said = STRBUF_INIT;
	struct proc p = { .env = env };
	int result;

	strvec_pushl(&argv, "patch", "--force", "--fuzz=0", "--get=0", "--no-backup-if-mismatch",
		     "--reject-file=-", NULL);
	strvec_pushf(&argv, "-p%d", patch->strip);
	p.argv = argv.items;
	overlay_enter(tree, &p);
	result = run_filter(&p, &patch->text, &said);
	if (result < 0 && p.pid > 0 && !interrupted()) {
		strbuf_addf(why, "patch \"%s\" does not apply:", patch->name);
		describe_failure(said.data, why);
		result = 1;
	}
	strvec_release(&argv);
	strbuf_release(&said);
	return result;
}

void patch_release(struct patch *p)
{
	free(p->name);
	strbuf_release(&p->text);
	free(p->link);
	strvec_release(&p->trailers);
}
