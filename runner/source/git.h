/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A git repository of the user's: what its names mean, its history, and its objects.
 *
 * Everything goes through git's own plumbing (2.31 or later), and nothing is ever written into the
 * repository, except by git_fetch(). Names and history (refs, the shallow boundary) are asked in the
 * repository itself, without optional locks. Contents are read through a scratch repository in the
 * cache that borrows the user's objects: there no configuration, attribute, filter, hook, replaced
 * object or lazy fetch of the user's has a say in what a tree holds.
 *
 * "Revision" is anything that git rev-parse takes and that leads to a commit; tags are peeled, also
 * tags of tags. Object names are hexadecimal, 40 or 64 digits.
 */
#ifndef KAB_RUNNER_SOURCE_GIT_H
#define KAB_RUNNER_SOURCE_GIT_H

#include <stdbool.h>

#include "cache.h"
#include "lib/strbuf.h"
#include "lib/strvec.h"

struct git {
	char *dir;	      /* top of the work tree; the repository itself when it is bare */
	char *objects;	      /* the folder of its objects */
	char *format;	      /* of object names: "sha1" or "sha256" */
	bool has_tree;	      /* there is a work tree: dir */
	struct cache_work *w; /* the scratch repository and its index; made when it is needed */
};

struct git_commit {
	char *id;
	char *tree;    /* its tree's name */
	char *subject; /* first paragraph of its message, in one line */
	char *author;  /* "Name <mail>" */
	char *name;    /* "v6.1-3-g0123456789ab": by the nearest tag, else the short id */
};

/*
 * The repository that `dir` belongs to: a folder of a work tree (linked or not), or a repository.
 * Returns 0; 1 without a message when there is none; -1 with an error printed.
 */
int git_open(struct git *g, const char *dir);
/* Safe on a zeroed struct. */
void git_close(struct git *g);

/*
 * The commit that a revision means, as a new string in *id. Returns 0; 1 without a message when there
 * is no such revision; -1 with an error printed when it is something else than a commit (says what).
 */
int git_resolve(const struct git *g, const char *rev, char **id);
/* As git_resolve(), but 1 becomes an error that names the nearest branch or tag. */
int git_require(const struct git *g, const char *rev, char **id);
/* What a commit is, by its id. 0, or -1 with an error printed. */
int git_commit_read(const struct git *g, const char *id, struct git_commit *c);
/* The subjects of distinct commits, in their order. 0, or -1 with an error printed. */
int git_subjects(const struct git *g, const struct strvec *ids, struct strvec *subjects);
void git_commit_release(struct git_commit *c);
/* Pushes the short names of all branches, remote branches and tags. 0, or -1 with an error. */
int git_names(const struct git *g, struct strvec *names);

/* Whether what is checked out, or the main branch of a bare repository, is a kernel. */
bool git_holds_kernel(const struct git *g);

/*
 * A best common ancestor, as a new string. Returns 0; 1 without a message when there is none (in a
 * shallow repository perhaps because it is cut off); -1 with an error printed.
 */
int git_merge_base(const struct git *g, const char *a, const char *b, char **id);
/* 1 when `old` is an ancestor of `id` or the same, 0 when not, -1 with an error printed. */
int git_is_ancestor(const struct git *g, const char *old, const char *id);
/*
 * Commits that `good` does not have and `bad` has, on the way from one to the other (what a
 * bisection searches), as rev-list --topo-order --reverse --ancestry-path: oldest first, `bad` last.
 * first_parent: merges count as one commit. 0, or -1 with an error printed.
 */
int git_rev_list(const struct git *g, const char *good, const char *bad, bool first_parent,
		 struct strvec *ids);
/*
 * What a change of the user's is to be compared with: the merge base of `id` with the upstream of the
 * branch that is checked out, else the nearest tag before it. It is `id` itself only if `itself`, as
 * for a work tree with more in it. `*base` is the commit and `*what` says which it is ("the merge
 * base with origin/master"); new strings. Returns 0; 1 without a message when there is neither; -1
 * with an error printed.
 */
int git_default_base(const struct git *g, const char *id, bool itself, char **base, char **what);

/*
 * Fetches a branch from a remote that the repository's configuration names, as git fetch does: it
 * updates REMOTE/BRANCH and adds objects. The one function that writes to the repository.
 * 0, or -1 with an error printed.
 */
int git_fetch(const struct git *g, const char *remote, const char *branch);

/*
 * For gittree.c and gitwork.c: runs git in the repository itself (GIT_THEIRS) or in the scratch repository
 * (GIT_OURS; its index is a scratch one, its work tree the user's). `in` is the standard input or
 * NULL. Appends standard output to `out` and what was said on standard error to `said`; both may be
 * NULL. Returns 0; 1 when git ran and failed; -1 with an error printed.
 *
 * Whatever writes objects runs in GIT_ALONE: the scratch repository without the user's objects. Git
 * gives an object that it need not write again the time of now, also where it only borrows it.
 */
enum git_place { GIT_THEIRS, GIT_OURS, GIT_ALONE };
/*
 * Prepares a process that runs git there: pushes the command, without its arguments, to argv. The
 * repository must outlive proc_start(). 0, or -1 with an error printed.
 */
struct proc;
int git_command(const struct git *g, enum git_place place, struct strvec *argv, struct proc *p);
int git_run(const struct git *g, enum git_place place, const struct strvec *args,
	    const struct strbuf *in, struct strbuf *out, struct strbuf *said);

#endif
