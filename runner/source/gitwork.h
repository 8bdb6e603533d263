/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The work tree of a git repository, committed or not, as a tree.
 */
#ifndef KAB_RUNNER_SOURCE_GITWORK_H
#define KAB_RUNNER_SOURCE_GITWORK_H

#include "git.h"

/*
 * The work tree as it is, as a tree: what git add --all would commit, with the user's ignore rules and
 * without filters; so a change has the same tree before and after it is committed. Its objects live
 * in the scratch repository, until git_close(). 0, or -1 with an error printed: no work tree, a merge
 * that is not finished.
 */
int git_snapshot(const struct git *g, char **tree);

#endif
