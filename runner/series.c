// SPDX-License-Identifier: GPL-2.0-or-later
#include "series.h"

#include <ctype.h>
#include <stdarg.h>
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
#include "lore.h"
#include "mail.h"
#include "overlay.h"
#include "thread.h"
#include "transcript.h"

#define GIT_TIMEOUT_MS	 60000
#define PATCH_TIMEOUT_MS 120000
#define SAID_MAX	 (256 << 10)
#define MAILS_MAX	 2000
#define PREFIX_DIGITS	 6 /* of the number of patches in "NAME:2" */

static struct patch *add_patch(struct series *s, const char *name, int strip)
{
	s->patches = xreallocarray(s->patches, s->count + 1, sizeof(*s->patches));
	s->patches[s->count] =
		(struct patch){ .name = xstrdup(name), .text = STRBUF_INIT, .strip = strip };
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

bool patch_changes_files(const char *text)
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
 * Mails: git takes them apart, and thread.c says which of them are the series.
 */
struct source_of_mails {
	const char *name;    /* for messages */
	const char *asked;   /* the id that was asked for, or NULL */
	bool ordered, rd;    /* as in thread.h; "From " at the beginning of a line is quoted */
	struct strvec paths; /* mboxes, a maildir, or files with a mail each */
};

/* Up to the signature, behind which programs that send mails say who they are. */
static size_t without_signature(const struct strbuf *text)
{
	for (const char *line = text->data; line; line = next_outside(line))
		if (starts(line, "-- \n"))
			return (size_t)(line - text->data);
	return text->len;
}

static void take_mail(struct series *s, const struct mail *mail, const struct strvec *trailers,
		      bool linked)
{
	struct mail_tag tag;
	struct patch *patch;

	mail_read_tag(mail->subject, &tag);
	patch = add_patch(s, *tag.title ? tag.title : mail->subject, 1);
	strbuf_add(&patch->text, mail->patch.data, without_signature(&mail->patch));
	patch->link = linked && *mail->id ? lore_link(mail->id) : NULL;
	for (size_t i = 0; i < trailers->count; i++)
		strvec_push(&patch->trailers, trailers->items[i]);
}

static void take_selection(struct series *s, const struct selection *chosen, bool linked)
{
	const struct mail *head = chosen->cover ? chosen->cover : chosen->patches[0];
	struct mail_tag tag;

	mail_read_tag(head->subject, &tag);
	s->title = xstrdup(tag.title);
	s->author = xstrdup(head->author);
	s->date = xstrdup(head->date);
	s->link = linked && *head->id ? lore_link(head->id) : NULL;
	s->base = selection_base(chosen);
	s->version = chosen->version;
	for (size_t i = 0; i < chosen->count; i++)
		take_mail(s, chosen->patches[i], &chosen->trailers[i], linked);
}

static int read_mails(struct series *s, const struct source_of_mails *from, const char *dir)
{
	struct strvec names = STRVEC_INIT;
	struct thread t = { .name = from->name, .asked = from->asked, .ordered = from->ordered };
	struct selection chosen = { 0 };
	int result = dir_list(dir, &names);

	if (!result && names.count > MAILS_MAX)
		result = error("\"%s\" has %zu mails: more than a thread that kab takes (%d)",
			       from->name, names.count, MAILS_MAX);
	t.mails = xcalloc(names.count + 1, sizeof(*t.mails));
	for (size_t i = 0; !result && i < names.count; i++) {
		char *file = xasprintf("%s/%s", dir, names.items[i]);

		result = mail_read(&t.mails[t.count], file, from->name);
		t.count += result == 0;
		free(file);
	}
	if (!result)
		result = thread_select(&t, &chosen);
	if (!result)
		take_selection(s, &chosen, from->asked != NULL);
	selection_release(&chosen);
	for (size_t i = 0; i < t.count; i++)
		mail_release(&t.mails[i]);
	free(t.mails);
	strvec_release(&names);
	return result;
}

/* One file for each mail, by git mailsplit. */
static int load_mails(struct series *s, const struct source_of_mails *from)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	struct strbuf said = STRBUF_INIT;
	struct cache_work w;
	int result = -1;

	if (cache_work_begin(&w) < 0)
		return -1;
	strvec_pushl(&argv, "git", "mailsplit", "-b", NULL);
	if (from->rd)
		strvec_push(&argv, "--mboxrd");
	strvec_pushf(&argv, "-o%s", w.path);
	strvec_push(&argv, "--");
	for (size_t i = 0; i < from->paths.count; i++)
		strvec_push(&argv, from->paths.items[i]);
	if (proc_capture(argv.items, &out, &said, GIT_TIMEOUT_MS) < 0) {
		strbuf_rtrim(&said);
		error("\"%s\" holds no mails that git can read: %s", from->name, said.data);
	} else {
		result = read_mails(s, from, w.path);
	}
	cache_work_end(&w);
	strvec_release(&argv);
	strbuf_release(&out);
	strbuf_release(&said);
	return result;
}

static int load_mbox(struct series *s, const char *path, bool ordered)
{
	struct source_of_mails from = { .name = s->name, .ordered = ordered };
	int result;

	strvec_push(&from.paths, path);
	result = load_mails(s, &from);
	strvec_release(&from.paths);
	return result;
}

static int load_thread(struct series *s, const char *id)
{
	struct source_of_mails from = { .name = id, .asked = id, .rd = true };
	char *path = NULL;
	int result = -1;

	s->name = xstrdup(id);
	if (lore_is_id(id))
		path = lore_thread(id);
	else
		error("\"%s\" is no Message-Id", id);
	if (path) {
		strvec_push(&from.paths, path);
		result = load_mails(s, &from);
	}
	strvec_release(&from.paths);
	free(path);
	return result;
}

static bool is_mail_suffix(const char *suffix)
{
	static const char *const known[] = { ".patch", ".mbox", ".eml" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i], suffix))
			return true;
	return false;
}

/* What git format-patch has written: the order is that of the names. */
static int load_mail_folder(struct series *s, const char *dir)
{
	struct source_of_mails from = { .name = s->name, .ordered = true };
	struct strvec names = STRVEC_INIT;
	int result = dir_list(dir, &names);

	for (size_t i = 0; !result && i < names.count; i++) {
		char *path = xasprintf("%s/%s", dir, names.items[i]);
		const char *dot = strrchr(names.items[i], '.');
		struct strbuf text = STRBUF_INIT;

		if (dot && is_mail_suffix(dot)) {
			result = file_read(path, &text);
			if (!result && !mail_looks_like_one(text.data))
				result = error("\"%s\" is no mail; patches without headers need a "
					       "file \"series\" that gives their order",
					       path);
			strvec_push(&from.paths, path);
		}
		strbuf_release(&text);
		free(path);
	}
	if (!result && !from.paths.count)
		result = error("\"%s\" is no patch series: it has neither a file \"series\" nor "
			       "mails (*.patch)",
			       dir);
	if (!result)
		result = load_mails(s, &from);
	strvec_release(&from.paths);
	strvec_release(&names);
	return result;
}

/*
 * A file, or a folder with a `series` file.
 */
static int load_file(struct series *s, const char *path)
{
	struct strbuf text = STRBUF_INIT;
	int result = file_read(path, &text);

	if (!result && mail_looks_like_one(text.data))
		result = load_mbox(s, path, true);
	else if (!result && !patch_changes_files(text.data))
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
		else if (!result && !patch_changes_files(patch->text.data))
			result = error("%s/series:%d: \"%s\" is no patch: it changes no file", dir,
				       number, words.items[0]);
	}
	free(path);
	strvec_release(&words);
	return result;
}

static bool is_maildir(const char *dir)
{
	char *cur = xasprintf("%s/cur", dir), *new = xasprintf("%s/new", dir);
	bool is = file_exists(cur) && file_exists(new);

	free(cur);
	free(new);
	return is;
}

/* A folder without a `series` file; frees its path. */
static int load_unlisted(struct series *s, const char *dir, char *series_path)
{
	free(series_path);
	return is_maildir(dir) ? load_mbox(s, dir, false) : load_mail_folder(s, dir);
}

static int load_folder(struct series *s, const char *dir)
{
	struct strbuf list = STRBUF_INIT;
	char *path = xasprintf("%s/series", dir);
	int result = file_read_optional(path, &list);
	int number = 0;

	if (result == 1)
		return load_unlisted(s, dir, path);
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
		free(s->patches[i].link);
		strvec_release(&s->patches[i].trailers);
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

static int load_path(struct series *s, const char *name)
{
	char *path = path_of(name);
	struct stat st;
	int result;

	if (!path)
		return -1;
	s->name = xstrndup(path_base(path), strcspn(path_base(path), "/"));
	if (stat(path, &st) < 0)
		result = error("patch series \"%s\":", name);
	else if (S_ISDIR(st.st_mode))
		result = load_folder(s, path);
	else
		result = load_file(s, path);
	free(path);
	return result;
}

int series_load(struct series *s, const char *name)
{
	size_t limit;
	char *whole = series_split(name, &limit);
	int result;

	*s = (struct series){ 0 };
	if (starts(whole, LORE_PREFIX))
		result = load_thread(s, whole + strlen(LORE_PREFIX));
	else
		result = load_path(s, whole);
	if (!result && !s->count)
		result = error("\"%s\" holds no patches", whole);
	if (!result && limit != SERIES_WHOLE)
		result = cut(s, name, limit);
	if (result < 0)
		series_release(s);
	free(whole);
	return result;
}

void series_release(struct series *s)
{
	drop_patches(s, 0);
	free(s->patches);
	free(s->name);
	free(s->title);
	free(s->author);
	free(s->date);
	free(s->link);
	free(s->base);
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

__attribute__((format(printf, 3, 4))) static void add_fact(struct strvec *facts, const char *value,
							   const char *fmt, ...)
{
	struct strbuf key = STRBUF_INIT;
	va_list ap;

	if (!value || !*value)
		return;
	va_start(ap, fmt);
	strbuf_vaddf(&key, fmt, ap);
	va_end(ap);
	strvec_push(facts, key.data);
	strvec_push(facts, value);
	strbuf_release(&key);
}

void series_describe(const struct series *s, size_t number, struct strvec *facts)
{
	char version[16];

	if (!s->title)
		return;
	snprintf(version, sizeof(version), "v%d", s->version);
	add_fact(facts, s->title, "series.%zu.title", number);
	add_fact(facts, s->author, "series.%zu.author", number);
	add_fact(facts, s->date, "series.%zu.date", number);
	add_fact(facts, version, "series.%zu.version", number);
	add_fact(facts, s->link, "series.%zu.link", number);
	add_fact(facts, s->base, "series.%zu.base", number);
	for (size_t i = 0; i < s->count; i++) {
		const struct patch *p = &s->patches[i];
		struct strbuf trailers = STRBUF_INIT;

		for (size_t k = 0; k < p->trailers.count; k++)
			strbuf_addf(&trailers, "%s%s", k ? "; " : "", p->trailers.items[k]);
		add_fact(facts, p->name, "series.%zu.patch.%03zu", number, i + 1);
		add_fact(facts, p->link, "series.%zu.patch.%03zu.link", number, i + 1);
		add_fact(facts, trailers.data, "series.%zu.patch.%03zu.trailers", number, i + 1);
		strbuf_release(&trailers);
	}
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

static int try_patch(const struct patch *patch, struct overlay *tree, struct strbuf *why)
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
	result = run_filter(&p, &patch->text, &said, PATCH_TIMEOUT_MS);
	if (result < 0 && p.pid > 0 && !interrupted()) {
		strbuf_addf(why, "patch \"%s\" does not apply:", patch->name);
		describe_failure(said.data, why);
		result = 1;
	}
	strvec_release(&argv);
	strbuf_release(&said);
	return result;
}

int series_try(const struct series *s, struct overlay *tree, struct strbuf *why)
{
	int result = 0;

	for (size_t i = 0; !result && i < s->count; i++)
		result = try_patch(&s->patches[i], tree, why);
	return result;
}

int series_apply(const struct series *s, struct overlay *tree)
{
	struct strbuf why = STRBUF_INIT;
	int result = series_try(s, tree, &why);

	if (result > 0)
		result = error("series \"%s\": %s", s->name, why.data);
	strbuf_release(&why);
	return result;
}
