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
#include "lore.h"
#include "mail.h"
#include "mailbox.h"

#define PREFIX_DIGITS 6 /* of the number of patches in "NAME:2" */

struct patch *series_add(struct series *s, const char *name, int strip)
{
	s->patches = xreallocarray(s->patches, s->count + 1, sizeof(*s->patches));
	s->patches[s->count] =
		(struct patch){ .name = xstrdup(name), .text = STRBUF_INIT, .strip = strip };
	return &s->patches[s->count++];
}

static int load_mbox(struct series *s, const char *path, bool ordered)
{
	struct mailbox from = { .name = s->name, .ordered = ordered };
	int result;

	strvec_push(&from.paths, path);
	result = mailbox_load(&from, s);
	strvec_release(&from.paths);
	return result;
}

static int load_thread(struct series *s, const char *id)
{
	struct mailbox from = { .name = id, .asked = id, .rd = true };
	char *path = NULL;
	int result = -1;

	s->name = xstrdup(id);
	if (lore_is_id(id))
		path = lore_thread(id);
	else
		error("\"%s\" is no Message-Id", id);
	if (path) {
		strvec_push(&from.paths, path);
		result = mailbox_load(&from, s);
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
	struct mailbox from = { .name = s->name, .ordered = true };
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
		result = mailbox_load(&from, s);
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
		strbuf_add(&series_add(s, s->name, 1)->text, text.data, text.len);
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

		if (!strncmp(word, "-p", 2) && isdigit((unsigned char)word[2]) && !word[3])
			strip = word[2] - '0';
		else
			result = error("%s/series:%d: \"%s\" is not understood", dir, number, word);
	}
	if (!result && words.count) {
		path = xasprintf("%s/%s", dir, words.items[0]);
		patch = series_add(s, words.items[0], strip);
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
	for (const char *at = list.data; !result && *at;) {
		/* A comment ends the line, as in quilt. */
		char *line = xstrndup(at, strcspn(at, "#\n"));

		result = load_entry(s, dir, line, ++number);
		free(line);
		at += strcspn(at, "\n");
		at += *at == '\n';
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
	for (size_t i = first; i < s->count; i++)
		patch_release(&s->patches[i]);
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
	if (!strncmp(whole, LORE_PREFIX, strlen(LORE_PREFIX)))
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

void series_files(const struct series *s, struct strvec *files)
{
	for (size_t i = 0; i < s->count; i++)
		patch_files(&s->patches[i], files);
	strvec_sort(files);
}

int series_try(const struct series *s, struct overlay *tree, struct strbuf *why)
{
	int result = 0;

	for (size_t i = 0; !result && i < s->count; i++)
		result = patch_try(&s->patches[i], tree, why);
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
