/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A row of commits of a git repository, oldest first, along first parents: what a bisection searches
 * and what a ladder climbs.
 */
#ifndef KAB_RUNNER_SOURCE_COMMITS_H
#define KAB_RUNNER_SOURCE_COMMITS_H

#include "git.h"
#include "lib/strvec.h"

struct commits {
	struct git git;
	struct strvec ids;	/* by position; position 0 is where the row begins */
	struct strvec specs;	/* likewise: "git:DIR@ID" */
	struct strvec subjects; /* likewise */
};

/*
 * From one commit to a later one, both as specs: "git:DIR@REV", or REV inside a kernel checkout.
 * 0, or -1 with an error printed: no commits, of two repositories, the same, the older one not named
 * first, or not on one line. commits_release() is safe after both.
 */
int commits_open(struct commits *c, const char *from, const char *to);
void commits_release(struct commits *c);

#endif
