// SPDX-License-Identifier: GPL-2.0-or-later
#include "gitwork.h"

#include <string.h>

#include "lib/log.h"

/* Runs git, whose failure is an error here. */
static int must(const struct git *g, enum git_place place, const struct strvec *args,
		const struct strbuf *in, struct strbuf *out)
{
	struct strbuf said = STRBUF_INIT;
	int result = git_run(g, place, args, in, out, &said);

	if (result == 1)
		result = error("the work tree \"%s\" cannot be read: %s", g->dir, said.data);
	strbuf_release(&said);
	return result;
}

/* Copies what the index holds, without its times, into the scratch repository's. */
static int copy_index(const struct git *g)
{
	struct strvec list = STRVEC_INIT, fill = STRVEC_INIT;
	struct strbuf entries = STRBUF_INIT;
	int result;

	strvec_pushl(&list, "ls-files", "--stage", "-z", NULL);
	strvec_pushl(&fill, "update-index", "-z", "--index-info", NULL);
	result = must(g, GIT_THEIRS, &list, NULL, &entries);
	/* "100644 ID STAGE\tPATH" */
	for (size_t at = 0; !result && at < entries.len; at += strlen(entries.data + at) + 1) {
		const char *tab = strchr(entries.data + at, '\t');

		if (tab && tab[-1] != '0')
			result = error(
				"the work tree \"%s\" has a merge that is not finished: \"%s\"",
				g->dir, tab + 1);
	}
	if (!result)
		result = must(g, GIT_ALONE, &fill, &entries, NULL);
	strbuf_release(&entries);
	strvec_release(&fill);
	strvec_release(&list);
	return result;
}

/*
 * The switches that keep git from running the programs of the user's filters, which it would for a
 * file as young as the index.
 */
static int push_no_filters(const struct git *g, struct strvec *args)
{
	struct strvec list = STRVEC_INIT, keys = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	int result;

	strvec_pushl(&list, "config", "--name-only", "--get-regexp", "^filter\\.", NULL);
	result = git_run(g, GIT_THEIRS, &list, NULL, &out, NULL);
	strvec_split(&keys, out.data, "\n");
	for (size_t i = 0; i < keys.count; i++) {
		const char *last = strrchr(keys.items[i], '.');

		strvec_push(args, "-c");
		strvec_pushf(args, "%s=%s", keys.items[i],
			     !strcmp(last, ".required") ? "false" : "");
	}
	strvec_release(&keys);
	strvec_release(&list);
	strbuf_release(&out);
	return result < 0 ? -1 : 0;
}

/* Appends paths that differ from the index, or that are only younger. */
static int list_changed(const struct git *g, struct strbuf *paths)
{
	struct strvec args = STRVEC_INIT;
	int result = push_no_filters(g, &args);

	strvec_pushl(&args, "diff-files", "-z", "--name-only", "--ignore-submodules=all", NULL);
	if (!result)
		result = must(g, GIT_THEIRS, &args, NULL, paths);
	strvec_release(&args);
	return result;
}

/* Appends paths that git neither tracks nor ignores. */
static int list_added(const struct git *g, struct strbuf *paths)
{
	struct strvec args = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	int result;

	strvec_pushl(&args, "ls-files", "-z", "--others", "--exclude-standard", NULL);
	result = must(g, GIT_THEIRS, &args, NULL, &out);
	for (size_t at = 0; at < out.len;) {
		size_t len = strlen(out.data + at);

		/* A repository within is no part of this one. */
		if (len && out.data[at + len - 1] != '/')
			strbuf_add(paths, out.data + at, len + 1);
		at += len + 1;
	}
	strbuf_release(&out);
	strvec_release(&args);
	return result;
}

static int write_tree(const struct git *g, char **tree)
{
	struct strvec args = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	int result;

	strvec_pushl(&args, "write-tree", "--missing-ok", NULL);
	result = must(g, GIT_ALONE, &args, NULL, &out);
	strbuf_rtrim(&out);
	if (!result)
		*tree = strbuf_detach(&out);
	strbuf_release(&out);
	strvec_release(&args);
	return result;
}

/* Makes a tree of the index and of the files at these paths. */
static int build_tree(const struct git *g, const struct strbuf *paths, char **tree)
{
	struct strvec args = STRVEC_INIT;
	int result = copy_index(g);

	strvec_pushl(&args, "update-index", "--add", "--remove", "--replace", "-z", "--stdin",
		     NULL);
	if (!result && paths->len)
		result = must(g, GIT_ALONE, &args, paths, NULL);
	if (!result)
		result = write_tree(g, tree);
	strvec_release(&args);
	return result;
}

/* Gives the tree of HEAD if the index is the same. 0; 1 when it is not; -1 with an error printed. */
static int take_head(const struct git *g, char **tree)
{
	struct strvec compare = STRVEC_INIT, name = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	int result;

	strvec_pushl(&compare, "diff-index", "--cached", "--quiet", "HEAD", "--", NULL);
	strvec_pushl(&name, "rev-parse", "HEAD^{tree}", NULL);
	result = git_run(g, GIT_THEIRS, &compare, NULL, NULL, NULL);
	if (!result)
		result = git_run(g, GIT_THEIRS, &name, NULL, &out, NULL);
	strbuf_rtrim(&out);
	if (!result)
		*tree = strbuf_detach(&out);
	strbuf_release(&out);
	strvec_release(&name);
	strvec_release(&compare);
	return result;
}

int git_snapshot(const struct git *g, char **tree)
{
	struct strbuf paths = STRBUF_INIT;
	int result;

	*tree = NULL;
	if (!g->has_tree)
		return error("the repository \"%s\" has no work tree: name a commit with \"@\"",
			     g->dir);
	result = list_changed(g, &paths);
	if (!result)
		result = list_added(g, &paths);
	if (!result)
		result = paths.len ? 1 : take_head(g, tree);
	if (result == 1)
		result = build_tree(g, &paths, tree);
	strbuf_release(&paths);
	return result;
}
