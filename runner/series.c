// SPDX-License-Identifier: GPL-2.0-or-later
#include "series.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "lib/proc.h"
#include "cache.h"
#include "overlay.h"
#include "transcript.h"

#define GIT_TIMEOUT_MS	 60000
#define PATCH_TIMEOUT_MS 120000
#define SAID_MAX	 (256 << 10)
#define PREFIX_DIGITS	 6 /* of the number of patches in "NAME:2" */

static struct patch *add_patch(struct series *s, const char *name, int strip)
{
	s->patches = xreallocarray(s->patches, s->count + 1, sizeof(*s->patches));
	s->patches[s->count] = (struct patch){ xstrdup(name), STRBUF_INIT, strip };
	return &s->patches[s->count++];
}

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

static bool changes_files(const char *text)
{
	for (const char *line = text; line; line = next_outside(line))
		if (starts(line, "diff --git ") || is_file_header(line))
			return true;
	return false;
}

/* Runs p with the text as its input; what it says on both streams is appended to `said`. */
static int run_filter(struct proc *p, const struct strbuf *text, struct strbuf *said,
		      int timeout_ms)
{
	int result = -1;

	p->in = transcript_open(text->data, text->len);
	p->out = transcript_open("", 0);
	p->err = PROC_STDOUT;
	if (p->in >= 0 && p->out >= 0)
		result = proc_run(p, timeout_ms);
	transcript_close(p->out, said, SAID_MAX);
	if (p->in >= 0)
		close(p->in);
	return result;
}

/*
 * An mbox: git takes it apart.
 */

/* The subject as git mailinfo gives it, without "[PATCH 1/5]". A new string. */
static char *mail_subject(const char *info, const char *fallback)
{
	const char *line = info;

	while (line && !starts(line, "Subject: "))
		line = next_line(line);
	if (!line)
		return xstrdup(fallback);
	line += strlen("Subject: ");
	return xstrndup(line, strcspn(line, "\n"));
}

/* One mail: its patch is added, unless it is only text, as a cover letter is. */
static int add_mail(struct series *s, const char *dir, const char *name)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf mail = STRBUF_INIT;
	struct strbuf info = STRBUF_INIT;
	struct strbuf text = STRBUF_INIT;
	char *file = xasprintf("%s/%s", dir, name);
	char *message = xasprintf("%s.message", file);
	char *patch = xasprintf("%s.patch", file);
	struct proc p = { 0 };
	char *subject;
	int result;

	strvec_pushl(&argv, "git", "mailinfo", "--encoding=UTF-8", message, patch, NULL);
	p.argv = argv.items;
	result = file_read(file, &mail);
	if (!result && run_filter(&p, &mail, &info, GIT_TIMEOUT_MS) < 0)
		result = error("\"%s\": mail %s cannot be read: %s", s->name, name, info.data);
	if (!result)
		result = file_read(patch, &text);
	if (!result && changes_files(text.data)) {
		subject = mail_subject(info.data, name);
		strbuf_add(&add_patch(s, subject, 1)->text, text.data, text.len);
		free(subject);
	}
	strvec_release(&argv);
	strbuf_release(&mail);
	strbuf_release(&info);
	strbuf_release(&text);
	free(file);
	free(message);
	free(patch);
	return result;
}

static int load_mbox(struct series *s, const char *path)
{
	struct strvec argv = STRVEC_INIT;
	struct strvec mails = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	struct strbuf said = STRBUF_INIT;
	struct cache_work w;
	int result = -1;

	if (cache_work_begin(&w) < 0)
		return -1;
	strvec_pushl(&argv, "git", "mailsplit", NULL);
	strvec_pushf(&argv, "-o%s", w.path);
	strvec_pushl(&argv, "--", path, NULL);
	if (proc_capture(argv.items, &out, &said, GIT_TIMEOUT_MS) < 0) {
		strbuf_rtrim(&said);
		error("\"%s\" is no mbox that git can read: %s", path, said.data);
	} else {
		result = dir_list(w.path, &mails);
	}
	for (size_t i = 0; !result && i < mails.count; i++)
		result = add_mail(s, w.path, mails.items[i]);
	cache_work_end(&w);
	strvec_release(&argv);
	strvec_release(&mails);
	strbuf_release(&out);
	strbuf_release(&said);
	return result;
}

/*
 * A file, or a folder with a `series` file.
 */
static int load_file(struct series *s, const char *path)
{
	struct strbuf text = STRBUF_INIT;
	int result = file_read(path, &text);

	if (!result && starts(text.data, "From "))
		result = load_mbox(s, path);
	else if (!result && !changes_files(text.data))
		result = error("\"%s\" is no patch: it changes no file", path);
	else if (!result)
		strbuf_add(&add_patch(s, s->name, 1)->text, text.data, text.len);
	strbuf_release(&text);
	return result;
}

/* "NAME [-pN]". */
static int load_entry(struct series *s, const char *dir, const char *line, int number)
{
	struct strvec words = STRVEC_INIT;
	struct patch *patch;
	char *path = NULL;
	int result = 0;
	int strip = 1;

	strvec_split(&words, line, " \t\r");
	for (size_t i = 1; !result && i < words.count; i++) {
		const char *word = words.items[i];

		if (starts(word, "-p") && isdigit((unsigned char)word[2]) && !word[3])
			strip = word[2] - '0';
		else
			result = error("%s/series:%d: \"%s\" is not understood", dir, number, word);
	}
	if (!result && words.count) {
		path = xasprintf("%s/%s", dir, words.items[0]);
		patch = add_patch(s, words.items[0], strip);
		result = file_read_optional(path, &patch->text);
		if (result == 1)
			result = error("%s/series:%d: there is no patch \"%s\"", dir, number,
				       words.items[0]);
		else if (!result && !changes_files(patch->text.data))
			result = error("%s/series:%d: \"%s\" is no patch: it changes no file", dir,
				       number, words.items[0]);
	}
	free(path);
	strvec_release(&words);
	return result;
}

static int load_folder(struct series *s, const char *dir)
{
	struct strbuf list = STRBUF_INIT;
	char *path = xasprintf("%s/series", dir);
	int result = file_read_optional(path, &list);
	int number = 0;

	if (result == 1)
		result = error("\"%s\" is no patch series: it has no file \"series\"", dir);
	for (const char *at = list.data; !result && at; at = next_line(at)) {
		/* A comment ends the line, as in quilt. */
		char *line = xstrndup(at, strcspn(at, "#\n"));

		result = load_entry(s, dir, line, ++number);
		free(line);
	}
	free(path);
	strbuf_release(&list);
	return result;
}

char *series_split(const char *name, size_t *limit)
{
	const char *colon = strrchr(name, ':');
	size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;

	*limit = SERIES_WHOLE;
	if (colon == name || digits == 0 || digits > PREFIX_DIGITS || colon[1 + digits] ||
	    (strchr(name, '/') && file_exists(name)))
		return xstrdup(name);
	*limit = strtoul(colon + 1, NULL, 10);
	return xstrndup(name, (size_t)(colon - name));
}

static void drop_patches(struct series *s, size_t first)
{
	for (size_t i = first; i < s->count; i++) {
		free(s->patches[i].name);
		strbuf_release(&s->patches[i].text);
	}
	s->count = first;
}

static int cut(struct series *s, const char *name, size_t limit)
{
	char *whole = s->name;

	if (limit > s->count)
		return error("\"%s\": the series has %zu patches", name, s->count);
	drop_patches(s, limit);
	s->name = xasprintf("%s:%zu", whole, limit);
	free(whole);
	return 0;
}

/* NULL with an error printed when there is no folder of series. */
static char *path_of(const char *name)
{
	char *patches, *path;

	if (strchr(name, '/'))
		return xstrdup(name);
	patches = path_share("patches");
	path = patches ? xasprintf("%s/%s", patches, name) : NULL;
	free(patches);
	return path;
}

int series_load(struct series *s, const char *name)
{
	size_t limit;
	char *whole = series_split(name, &limit);
	char *path = path_of(whole);
	struct stat st;
	int result = -1;

	*s = (struct series){ 0 };
	if (!path)
		goto out;
	s->name = xstrndup(path_base(path), strcspn(path_base(path), "/"));
	if (stat(path, &st) < 0)
		result = error("patch series \"%s\":", whole);
	else if (S_ISDIR(st.st_mode))
		result = load_folder(s, path);
	else
		result = load_file(s, path);
	if (!result && !s->count)
		result = error("\"%s\" holds no patches", whole);
	if (!result && limit != SERIES_WHOLE)
		result = cut(s, name, limit);
	if (result < 0)
		series_release(s);
out:
	free(path);
	free(whole);
	return result;
}

void series_release(struct series *s)
{
	drop_patches(s, 0);
	free(s->patches);
	free(s->name);
	*s = (struct series){ 0 };
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

void series_hash(const struct series *s, struct hash *h)
{
	struct hash_hex hex;
	char strip[16];

	for (size_t i = 0; i < s->count; i++) {
		const struct patch *p = &s->patches[i];

		hash_buffer(p->text.data, p->text.len, &hex);
		strip[0] = (char)('0' + p->strip);
		strip[1] = '\0';
		hash_part(h, "patch", hex.s);
		hash_part(h, "strip", strip);
	}
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

void series_files(const struct series *s, struct strvec *files)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct patch *p = &s->patches[i];

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
	strvec_sort(files);
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

static int apply_patch(const struct series *s, const struct patch *patch, struct overlay *tree)
{
	static char locale[] = "LC_ALL=C";
	char *env[] = { locale, NULL };
	struct strvec argv = STRVEC_INIT;
	struct strbuf said = STRBUF_INIT;
	struct strbuf why = STRBUF_INIT;
	struct proc p = { .env = env };
	int result;

	strvec_pushl(&argv, "patch", "--force", "--fuzz=0", "--get=0", "--no-backup-if-mismatch",
		     "--reject-file=-", NULL);
	strvec_pushf(&argv, "-p%d", patch->strip);
	p.argv = argv.items;
	overlay_enter(tree, &p);
	result = run_filter(&p, &patch->text, &said, PATCH_TIMEOUT_MS);
	if (result < 0 && p.pid > 0 && !interrupted()) {
		describe_failure(said.data, &why);
		error("series \"%s\": patch \"%s\" does not apply:%s", s->name, patch->name,
		      why.data);
	}
	strvec_release(&argv);
	strbuf_release(&said);
	strbuf_release(&why);
	return result;
}

int series_apply(const struct series *s, struct overlay *tree)
{
	int result = 0;

	for (size_t i = 0; !result && i < s->count; i++)
		result = apply_patch(s, &s->patches[i], tree);
	return result;
}
