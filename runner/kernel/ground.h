/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ground: the unpacked source, and the layer of objects, that a kernel is built on.
 *
 * For everything but git it is the kernel's own source. A commit is rather built on a neighbour: a
 * kernel of the cache whose objects are there and whose source the repository knows as a tree (of a
 * commit, or Debian's source where the repository has it). What differs between the two trees is
 * written over the neighbour's source, with new times, and make compiles what follows from it.
 *
 * The neighbour with the fewest changed files is taken. When more than a third of its objects would
 * be compiled again, or there is none, the commit is taken out and becomes a ground itself: every
 * later commit would otherwise pay for the distance again.
 *
 * What a kernel is built on is no part of its identity: its bytes do not depend on it
 * (tests/e2e/git.t compares them).
 */
#ifndef KAB_RUNNER_KERNEL_GROUND_H
#define KAB_RUNNER_KERNEL_GROUND_H

#include "recipe.h"

struct overlay;

/*
 * Opens the recipe's source and fills in what it is built on; a second call does nothing. A
 * neighbour's layer and source stay locked until recipe_release(). 0, or -1 with an error printed.
 */
int ground_choose(struct recipe *r);
/* True when the ground is a neighbour's. */
bool ground_is_borrowed(const struct recipe *r);
/*
 * Writes the changes into a view of the ground; `scratch` is a folder for temporary files. Pushes the
 * paths to `files`. 0, or -1 with an error printed.
 */
int ground_level(const struct recipe *r, struct overlay *view, const char *scratch,
		 struct strvec *files);
/*
 * After a view of the ground was configured by other fragments than its own, and with the ground's
 * Kconfig files: remembers it when that made no difference, so that it is not done again.
 */
void ground_configured(const struct recipe *r, const char *config);
/* Where the layer of objects of this identity lies for this source; a new string, NULL with an error. */
char *ground_layer(const char *id, const char *tree);

#endif
