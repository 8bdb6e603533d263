/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The name that a folder of files would have as a tree in git: the hash of its entries, each with
 * mode, name and hash.
 */
#ifndef KAB_RUNNER_SOURCE_GITNAME_H
#define KAB_RUNNER_SOURCE_GITNAME_H

/*
 * The name of the tree that git add --force --all would make of a folder ("sha1" or "sha256"),
 * without git and without writing anything. A new string, or NULL with an error printed.
 */
char *git_tree_of(const char *dir, const char *format);

#endif
