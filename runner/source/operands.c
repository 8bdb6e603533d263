// SPDX-License-Identifier: GPL-2.0-or-later
#include "operands.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "gittree.h"
#include "gitwork.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "spec.h"

#define RANGE ".."

/* What is checked out, as a spec and as a commit. */
struct here {
	struct git git;
	const char *spec; /* "HEAD", or "git:." for a work tree with more in it */
	char *head;
};

static void here_release(struct here *h)
{
	git_close(&h->git);
	free(h->head);
}

static int find_spec(struct here *h)
{
	struct git_commit head = { 0 };
	size_t changed, added;
	char *tree = NULL;
	int result = git_require(&h->git, "HEAD", &h->head);

	h->spec = "HEAD";
	if (!result && h->git.has_tree)
		result = git_commit_read(&h->git, h->head, &head);
	if (!result && h->git.has_tree)
		result = git_snapshot(&h->git, &tree);
	if (!result && tree && strcmp(tree, head.tree) != 0) {
		h->spec = "git:.";
		result = git_count_changes(&h->git, head.tree, tree, &changed, &added);
		if (!result)
			note("the work tree differs from HEAD: %zu files changed, %zu new", changed,
			     added);
	}
	free(tree);
	git_commit_release(&head);
	return result;
}

/* 0, or -1 with an error printed; `command` is the one that lacks operands otherwise. */
static int here_find(struct here *h, const char *command)
{
	int result;

	*h = (struct here){ 0 };
	result = git_open(&h->git, ".");
	if (!result && !git_holds_kernel(&h->git))
		result = 1;
	if (result == 1)
		result = error("%s needs two kernels, BASE and NEW (see 'kab %s --help'); one or "
			       "none is enough inside a kernel's git repository",
			       command, command);
	if (!result)
		result = find_spec(h);
	if (result)
		here_release(h);
	return result;
}

/* What is checked out against where it came from. */
static int pair_default(struct strvec *pair, const char *command)
{
	struct git_commit c = { 0 };
	char *base = NULL, *what = NULL;
	struct here h;
	int result = here_find(&h, command);

	if (result)
		return result;
	result = git_default_base(&h.git, h.head, *h.spec == 'g', &base, &what);
	if (result == 1)
		result = error(
			"there is nothing to compare HEAD with: its branch has no upstream that "
			"it differs from, and no tag is before it; name a BASE");
	if (!result)
		result = git_commit_read(&h.git, base, &c);
	if (!result) {
		note("comparing %s with %s, %s", h.spec, c.name, what);
		strvec_pushl(pair, c.name, h.spec, NULL);
	}
	git_commit_release(&c);
	free(base);
	free(what);
	here_release(&h);
	return result;
}

/* A base, and what is checked out; or the other way round. */
static int pair_with_here(struct strvec *pair, const char *spec, bool base, const char *command)
{
	struct here h;
	int result = here_find(&h, command);

	if (result)
		return result;
	strvec_pushl(pair, base ? spec : h.spec, base ? h.spec : spec, NULL);
	here_release(&h);
	return 0;
}

/* Where a range is cut, or NULL: ".." that is no folder of a path. */
static const char *find_range(const char *text)
{
	for (const char *at = strstr(text, RANGE); at; at = strstr(at + 1, RANGE)) {
		char before = at > text ? at[-1] : '\0';

		if (!strchr("/:.", before ? before : ' ') && !strchr("/.@", at[2] ? at[2] : ' '))
			return at;
	}
	return NULL;
}

/* The second side of a range may be a revision of the first's repository. */
static int push_second(struct strvec *pair, const char *first, const char *second)
{
	struct spec spec = { 0 };

	if (strncmp(first, "git:", 4) != 0 || strchr(second, ':')) {
		strvec_push(pair, second);
		return 0;
	}
	if (spec_parse(&spec, first) < 0)
		return -1;
	strvec_pushf(pair, "git:%s@%s", spec.source, second);
	spec_release(&spec);
	return 0;
}

static int pair_range(struct strvec *pair, const char *text, const char *at, const char *command)
{
	char *first = xstrndup(text, (size_t)(at - text));
	const char *second = at + strlen(RANGE);
	int result;

	if (!*first && !*second) {
		result = error("\"%s\" names no kernel", text);
	} else if (!*first || !*second) {
		result = pair_with_here(pair, *first ? first : second, *first, command);
	} else {
		strvec_push(pair, first);
		result = push_second(pair, first, second);
	}
	free(first);
	return result;
}

int operands_pair(struct strvec *operands, const char *command)
{
	struct strvec pair = STRVEC_INIT;
	const char *range;
	int result = base_complete(operands);

	if (result < 0 || operands->count == 2)
		return result;
	range = operands->count == 1 ? find_range(operands->items[0]) : NULL;
	if (range)
		result = pair_range(&pair, operands->items[0], range, command);
	else if (operands->count == 1)
		result = pair_with_here(&pair, operands->items[0], true, command);
	else
		result = pair_default(&pair, command);
	if (result) {
		strvec_release(&pair);
		return -1;
	}
	strvec_release(operands);
	*operands = pair;
	return 0;
}
