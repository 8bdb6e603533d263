/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Git repositories for tests, made by git itself with fixed names and times.
 */
#ifndef KAB_TESTS_REPOSITORY_H
#define KAB_TESTS_REPOSITORY_H

#include <stdarg.h>
#include <stdlib.h>

#include "lib/proc.h"
#include "lib/strvec.h"

/* git with these arguments, up to NULL, in a folder; what it says. Ends the test when git fails. */
static inline char *git_in(const char *dir, ...)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT, err = STRBUF_INIT;
	const char *arg;
	va_list ap;

	strvec_pushl(&argv, "git", "-C", dir, "-c", "user.name=A U Thor", "-c",
		     "user.email=a@example.invalid", "-c", "init.defaultBranch=master", "-c",
		     "protocol.file.allow=always", NULL);
	va_start(ap, dir);
	while ((arg = va_arg(ap, const char *)))
		strvec_push(&argv, arg);
	va_end(ap);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("GIT_AUTHOR_DATE", "1767225600 +0000", 1);
	setenv("GIT_COMMITTER_DATE", "1767225600 +0000", 1);
	if (proc_capture(argv.items, &out, &err, 20000) < 0)
		fail_msg("git: %s", err.data);
	strbuf_rtrim(&out);
	strvec_release(&argv);
	strbuf_release(&err);
	return strbuf_detach(&out);
}

#define git_do(...)  free(git_in(__VA_ARGS__, NULL))
#define git_say(...) git_in(__VA_ARGS__, NULL)

static inline void commit(const char *dir, const char *message)
{
	git_do(dir, "add", "--all");
	git_do(dir, "commit", "-q", "--allow-empty", "-m", message);
}

#endif
