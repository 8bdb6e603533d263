// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * takeout REPOSITORY REVISION FOLDER: takes all files of a commit out into the empty folder, as kab
 * does for a commit without a neighbour, and prints the seconds that it took.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/log.h"
#include "lib/progress.h"
#include "runner/source/gittree.h"

static int take_out(const struct git *g, const char *rev, const char *to)
{
	struct git_commit c = { 0 };
	struct git_changes all = { 0 };
	char *id = NULL;
	int64_t started = clock_ms();
	int result = git_require(g, rev, &id);

	if (!result)
		result = git_commit_read(g, id, &c);
	if (!result)
		result = git_diff(g, NULL, c.tree, &all);
	if (!result)
		result = git_write(g, &all, rev, to);
	if (!result)
		printf("%.1f\n", (double)(clock_ms() - started) / 1000);
	git_changes_release(&all);
	git_commit_release(&c);
	free(id);
	return result;
}

int main(int argc, char **argv)
{
	struct git g;
	int result;

	if (argc != 4)
		return 2;
	log_level_set(LOG_QUIET);
	if (git_open(&g, argv[1]))
		return 1;
	result = take_out(&g, argv[2], argv[3]);
	git_close(&g);
	return result != 0;
}
