/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The identity of a folder of files, by content.
 */
#ifndef KAB_RUNNER_SOURCE_TREE_H
#define KAB_RUNNER_SOURCE_TREE_H

/*
 * SHA-256 over paths, executable bits and contents of all files, except a .git at the top. Hashes
 * of files are remembered in the cache by size, time and inode, so that a second time only looks
 * at these. A new string, or NULL with an error printed.
 */
char *tree_hash(const char *dir);

#endif
