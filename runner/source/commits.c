// SPDX-License-Identifier: GPL-2.0-or-later
#include "commits.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/log.h"
#include "spec.h"

#define SHORT_ID 12

/* Both ends have to be of one repository. 0, or -1 with an error printed. */
static int open_repository(struct commits *c, const char *dir)
{
	struct git other = { 0 };
	int ret = git_open(c->git.dir ? &other : &c->git, dir);

	if (ret == 1)
		ret = error("\"%s\" is in no git repository", dir);
	else if (ret == 0 && other.dir && strcmp(other.objects, c->git.objects) != 0)
		ret = error("the two commits are of two repositories, \"%s\" and \"%s\"",
			    c->git.dir, other.dir);
	git_close(&other);
	return ret;
}

/* A commit's spec: 0 with its id, or -1 with an error printed. */
static int read_end(struct commits *c, const char *text, char **id)
{
	struct spec spec;
	int ret;

	*id = NULL;
	if (spec_parse(&spec, text) < 0)
		return -1;
	if (spec.kind != SOURCE_GIT || !spec.rev || spec.series.count)
		ret = error("\"%s\" is no commit of a git repository: write git:DIR@REV, or REV "
			    "inside a kernel checkout",
			    text);
	else
		ret = open_repository(c, spec.source);
	if (ret == 0)
		ret = git_require(&c->git, spec.rev, id);
	spec_release(&spec);
	return ret < 0 ? -1 : 0;
}

static int check_unrelated(const struct commits *c, const char *older, const char *newer)
{
	char *base = NULL;
	int found = git_is_ancestor(&c->git, newer, older);

	if (found > 0)
		return error(
			"the second commit is an ancestor of the first: name the older commit first "
			"(whether it is the better one does not matter)");
	if (found == 0)
		found = git_merge_base(&c->git, older, newer, &base);
	if (found == 1)
		error("the two commits have no common ancestor");
	else if (found == 0)
		error("the first commit is no ancestor of the second: they part at %.*s; compare each "
		      "with that, and search from there",
		      SHORT_ID, base);
	free(base);
	return -1;
}

int commits_open(struct commits *c, const char *from, const char *to)
{
	char *older = NULL, *newer = NULL;
	int ancestor, ret = -1;

	if (read_end(c, from, &older) < 0 || read_end(c, to, &newer) < 0 || !older || !newer)
		goto out;
	if (strcmp(older, newer) == 0) {
		error("the two commits are the same commit, %.*s", SHORT_ID, older);
		goto out;
	}
	ancestor = git_is_ancestor(&c->git, older, newer);
	if (ancestor <= 0) {
		if (ancestor == 0)
			check_unrelated(c, older, newer);
		goto out;
	}
	strvec_push(&c->ids, older);
	ret = git_rev_list(&c->git, older, newer, true, &c->ids);
	for (size_t i = 0; ret == 0 && i < c->ids.count; i++)
		strvec_pushf(&c->specs, "git:%s@%s", c->git.dir, c->ids.items[i]);
	if (ret == 0)
		ret = git_subjects(&c->git, &c->ids, &c->subjects);
out:
	free(older);
	free(newer);
	return ret;
}

void commits_release(struct commits *c)
{
	strvec_release(&c->ids);
	strvec_release(&c->specs);
	strvec_release(&c->subjects);
	git_close(&c->git);
}
