/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trees of a git repository: what differs between two, and the files of one in a folder.
 *
 * Files come out byte for byte as they were committed: no attribute (export-ignore, eol, ident, a
 * filter such as that of Git LFS) has a say. A tree with a submodule, or a file that is a pointer
 * of Git LFS, is refused: what it stands for is not in the repository.
 */
#ifndef KAB_RUNNER_SOURCE_GITTREE_H
#define KAB_RUNNER_SOURCE_GITTREE_H

#include <stdbool.h>
#include <stddef.h>

#include "git.h"

enum git_mode { GIT_FILE, GIT_PROGRAM, GIT_LINK };

struct git_change {
	char *path;
	char *blob;	    /* what is there now; NULL: removed */
	enum git_mode mode; /* of what is there now */
	bool added;	    /* nothing was there before */
};

struct git_changes {
	struct git_change *items; /* by path */
	size_t count;
};

/*
 * From one tree to another; from NULL: all files. Returns 0; 1 without a message when the repository
 * does not have the tree `from`; -1 with an error printed.
 */
int git_diff(const struct git *g, const char *from, const char *to, struct git_changes *changes);
void git_changes_release(struct git_changes *changes);
/*
 * How many files of one tree are others in another, or gone, and how many it has that the first has
 * not. 0, or -1 with an error printed.
 */
int git_count_changes(const struct git *g, const char *from, const char *to, size_t *changed,
		      size_t *added);
/*
 * Writes the files that are not removed below the empty folder `to`, which exists. `title` is for
 * progress and messages. 0, or -1 with an error printed.
 */
int git_write(const struct git *g, const struct git_changes *changes, const char *title,
	      const char *to);
/* 1 when the tree has something at this path, 0 when not, -1 with an error printed. */
int git_has_file(const struct git *g, const char *tree, const char *path);

#endif
