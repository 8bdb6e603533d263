// SPDX-License-Identifier: GPL-2.0-or-later
#include "base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cache.h"
#include "git.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "lib/proc.h"
#include "lore.h"
#include "mail.h"
#include "overlay.h"
#include "series.h"
#include "source.h"
#include "spec.h"

#define HEAD_MAX 65536 /* of a file that is looked at */
#define TAGS_MAX 20    /* that are tried */

/*
 * What is a series.
 */
static bool has_file(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	bool there = file_exists(path);

	free(path);
	return there;
}

/* A file that begins like a mail or a patch; tarballs and images are binary. */
static bool is_series_file(const char *path)
{
	char head[HEAD_MAX + 1];
	FILE *file = fopen(path, "re");
	size_t len;

	if (!file)
		return false;
	len = fread(head, 1, HEAD_MAX, file);
	fclose(file);
	head[len] = '\0';
	return !memchr(head, '\0', len) && (mail_looks_like_one(head) || patch_changes_files(head));
}

static bool is_series_folder(const char *path)
{
	struct strvec names = STRVEC_INIT;
	bool is = has_file(path, "series") || (has_file(path, "cur") && has_file(path, "new"));

	if (!is && !has_file(path, "Kconfig") && dir_list(path, &names) == 0)
		for (size_t i = 0; i < names.count && !is; i++) {
			const char *dot = strrchr(names.items[i], '.');

			is = dot && !strcmp(dot, ".patch");
		}
	strvec_release(&names);
	return is;
}

static bool is_series_name(const char *name)
{
	char *share = path_share("patches");
	char *path = share ? xasprintf("%s/%s/series", share, name) : NULL;
	bool is = *name && path && file_exists(path);

	free(path);
	free(share);
	return is;
}

bool base_is_series(const char *operand)
{
	struct stat st;

	if (!strncmp(operand, LORE_PREFIX, strlen(LORE_PREFIX)))
		return true;
	if (!strchr(operand, '/'))
		return is_series_name(operand);
	if (stat(operand, &st) < 0)
		return false;
	return S_ISDIR(st.st_mode) ? is_series_folder(operand) : is_series_file(operand);
}

/*
 * Inside a repository.
 */

/* git says "error: patch failed: mm/x.c:12" and "error: mm/x.c: patch does not apply". */
static void describe_apply(const struct patch *patch, const char *said, struct strbuf *why)
{
	static const char prefix[] = "error: ", failed[] = "patch failed: ";
	const char *at = strstr(said, prefix);
	const char *colon;

	strbuf_addf(why, "patch \"%s\" does not apply:", patch->name);
	at = at ? at + strlen(prefix) : said;
	if (strncmp(at, failed, strlen(failed)) == 0) {
		at += strlen(failed);
		colon = at + strcspn(at, "\n");
		while (colon > at && *colon != ':')
			colon--;
		strbuf_addf(why, "\n  %.*s: the hunk at line %.*s", (int)(colon - at), at,
			    (int)strcspn(colon + 1, "\n"), colon + 1);
	} else {
		strbuf_addf(why, "\n  %.*s", (int)strcspn(at, "\n"), at);
	}
}

static int read_tree(const struct git *g, const char *commit)
{
	struct strvec args = STRVEC_INIT;
	struct strbuf said = STRBUF_INIT;
	int result;

	strvec_pushl(&args, "read-tree", commit, NULL);
	result = git_run(g, GIT_OURS, &args, NULL, NULL, &said);
	if (result == 1)
		result = error("\"%s\" cannot be read: %s", commit, said.data);
	strbuf_release(&said);
	strvec_release(&args);
	return result;
}

/* 0 when it applies there, 1 with the reason when not, -1 with an error printed. */
static int try_commit(const struct git *g, const struct series *s, const char *commit,
		      struct strbuf *why)
{
	int result = read_tree(g, commit);

	for (size_t i = 0; !result && i < s->count; i++) {
		struct strvec args = STRVEC_INIT;
		struct strbuf said = STRBUF_INIT;

		strvec_pushl(&args, "apply", "--cached", "--whitespace=nowarn", NULL);
		strvec_pushf(&args, "-p%d", s->patches[i].strip);
		strvec_push(&args, "-");
		result = git_run(g, GIT_OURS, &args, &s->patches[i].text, NULL, &said);
		if (result == 1)
			describe_apply(&s->patches[i], said.data, why);
		strbuf_release(&said);
		strvec_release(&args);
	}
	return result;
}

/* Tags before HEAD, the newest first. */
static int list_tags(const struct git *g, struct strvec *tags)
{
	struct strvec args = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT, said = STRBUF_INIT;
	int result;

	strvec_pushl(&args, "for-each-ref", "--merged=HEAD", "--sort=-version:refname",
		     "--sort=-creatordate", "--format=%(refname:short)", NULL);
	strvec_pushf(&args, "--count=%d", TAGS_MAX);
	strvec_push(&args, "refs/tags");
	result = git_run(g, GIT_THEIRS, &args, NULL, &out, &said);
	if (result == 1)
		result = error("the tags cannot be listed: %s", said.data);
	strvec_split(tags, out.data, "\n");
	strbuf_release(&said);
	strbuf_release(&out);
	strvec_release(&args);
	return result;
}

/* 0 when the repository has the commit, 1 when not, -1 with an error printed. */
static int look_for(const struct git *g, const char *commit)
{
	struct strvec args = STRVEC_INIT;
	int result;

	strvec_pushl(&args, "cat-file", "-e", NULL);
	strvec_pushf(&args, "%s^{commit}", commit);
	result = git_run(g, GIT_THEIRS, &args, NULL, NULL, NULL);
	strvec_release(&args);
	return result;
}

/* 0 with the base in *rev; 1 when there is none in the repository, -1 with an error printed. */
static int find_base_commit(const struct git *g, const struct series *s, char **rev)
{
	struct strbuf why = STRBUF_INIT;
	int result;

	if (!s->base)
		return 1;
	result = look_for(g, s->base);
	if (result == 1)
		note("the repository does not have the base that the series names, %.12s", s->base);
	if (result == 0) {
		result = try_commit(g, s, s->base, &why);
		if (result == 1)
			note("the series does not apply to the base that it names, %.12s: %s",
			     s->base, why.data);
	}
	if (result == 0) {
		*rev = xstrdup(s->base);
		note("\"%s\" is made for %.12s (base-commit)", s->name, s->base);
	}
	strbuf_release(&why);
	return result;
}

static int find_tag(const struct git *g, const struct series *s, char **rev)
{
	struct strbuf first = STRBUF_INIT;
	struct strvec tags = STRVEC_INIT;
	int result = list_tags(g, &tags);

	if (!result && !tags.count)
		result = error("\"%s\": there is no tag before HEAD to apply it to; name a BASE",
			       s->name);
	for (size_t i = 0; !result && !*rev && i < tags.count; i++) {
		struct strbuf why = STRBUF_INIT;
		char *commit = NULL;

		result = git_require(g, tags.items[i], &commit);
		if (result == 0)
			result = try_commit(g, s, commit, &why);
		free(commit);
		if (result == 0)
			*rev = xstrdup(tags.items[i]);
		else if (result == 1 && !first.len)
			strbuf_addf(&first, "to \"%s\", %s", tags.items[i], why.data);
		result = result == 1 ? 0 : result;
		strbuf_release(&why);
	}
	if (!result && *rev)
		note("\"%s\" applies to the tag \"%s\"", s->name, *rev);
	else if (!result)
		result = error("\"%s\" applies to none of the newest %zu tags; %s", s->name,
			       tags.count, first.data);
	strvec_release(&tags);
	strbuf_release(&first);
	return result;
}

static int find_in_repository(const struct git *g, const struct series *s, char **spec)
{
	char *rev = NULL;
	int result = find_base_commit(g, s, &rev);

	if (result == 1)
		result = find_tag(g, s, &rev);
	if (result == 0)
		*spec = xasprintf("git:%s@%s", g->dir, rev);
	free(rev);
	return result;
}

/*
 * Elsewhere.
 */
static int newest_first(const void *a, const void *b)
{
	return strverscmp(*(char *const *)b, *(char *const *)a);
}

/* "linux-6.1-debug" is "linux-6.1" in other dress. */
static bool is_dressed(const struct strvec *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		size_t len = strlen(names->items[i]);

		if (!strncmp(name, names->items[i], len) && name[len] == '-')
			return true;
	}
	return false;
}

static int list_sources(struct strvec *out)
{
	struct strvec names = STRVEC_INIT;
	int result = spec_sources(&names);

	for (size_t i = 0; i < names.count; i++)
		if (!is_dressed(&names, names.items[i]))
			strvec_push(out, names.items[i]);
	if (out->count)
		qsort(out->items, out->count, sizeof(char *), newest_first);
	strvec_release(&names);
	return result;
}

/* As try_commit(), in a view of the source that is thrown away. */
static int try_source(const struct series *s, const char *name, struct strbuf *why)
{
	struct source source = { .lock = -1 };
	struct overlay view;
	struct cache_work w;
	struct spec spec;
	char *top;
	int result = spec_parse(&spec, name);

	if (result < 0)
		return -1;
	if (source_resolve(&source, &spec) < 0 || source_open(&source) < 0 ||
	    cache_work_begin(&w) < 0) {
		source_release(&source);
		spec_release(&spec);
		return -1;
	}
	top = xasprintf("%s/view", w.path);
	result = dir_make(top);
	if (!result)
		result = overlay_open(&view, top, source.tree, NULL);
	if (!result) {
		result = series_try(s, &view, why);
		overlay_close(&view);
	}
	cache_work_end(&w);
	source_release(&source);
	spec_release(&spec);
	free(top);
	return result;
}

static int find_in_sources(const struct series *s, char **spec)
{
	struct strbuf failures = STRBUF_INIT;
	struct strvec names = STRVEC_INIT;
	int result = list_sources(&names);

	for (size_t i = 0; !result && !*spec && i < names.count; i++) {
		struct strbuf why = STRBUF_INIT;

		result = try_source(s, names.items[i], &why);
		if (result == 0)
			*spec = xstrdup(names.items[i]);
		else if (result == 1)
			strbuf_addf(&failures, "\nto \"%s\", %s", names.items[i], why.data);
		result = result == 1 ? 0 : result;
		strbuf_release(&why);
	}
	if (!result && *spec)
		note("\"%s\" applies to %s", s->name, *spec);
	else if (!result)
		result = error("\"%s\" applies to none of the kernel sources:%s", s->name,
			       failures.data);
	strvec_release(&names);
	strbuf_release(&failures);
	return result;
}

/*
 * The whole.
 */

/* 1 when the working directory is in no kernel's repository. */
static int find_here(const struct series *s, char **spec)
{
	struct git g = { 0 };
	int result = git_open(&g, ".");

	if (result == 0 && !git_holds_kernel(&g))
		result = 1;
	if (result == 0)
		result = find_in_repository(&g, s, spec);
	git_close(&g);
	return result;
}

static int find(const char *name, char **spec)
{
	struct series s;
	int result;

	if (series_load(&s, name) < 0)
		return -1;
	result = find_here(&s, spec);
	if (result == 1)
		result = find_in_sources(&s, spec);
	series_release(&s);
	return result;
}

int base_complete(struct strvec *operands)
{
	struct strvec pair = STRVEC_INIT;
	char *spec = NULL;

	if (operands->count != 1 || !base_is_series(operands->items[0]))
		return 0;
	if (find(operands->items[0], &spec) < 0) {
		free(spec);
		return -1;
	}
	strvec_push(&pair, spec);
	strvec_pushf(&pair, "%s+%s", spec, operands->items[0]);
	strvec_release(operands);
	*operands = pair;
	free(spec);
	return 0;
}
