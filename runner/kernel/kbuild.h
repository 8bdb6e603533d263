/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs of the kernel's make in a view, with an environment that holds nothing of the user's but
 * PATH, HOME and TMPDIR, and nothing that differs between two builds.
 */
#ifndef KAB_RUNNER_KERNEL_KBUILD_H
#define KAB_RUNNER_KERNEL_KBUILD_H

#include <stdint.h>

#include "lib/strbuf.h"
#include "lib/strvec.h"

struct overlay;

struct kbuild {
	struct overlay *tree;
	const char *label; /* for messages: the spec */
	const char *log;   /* file that all output is appended to */
	int64_t objects;   /* compiled so far, by all runs */
	/* NULL, or what gets the WHY of a source that says #error "skip: WHY". */
	struct strbuf *skip;
	const char *
		excuse; /* with `skip`: why it may fail to compile, which then is the WHY; or NULL */
	char *fault; /* the first line of what a compiler found wrong with the sources, or NULL */
};

/* 0 when the programs that a build needs are there; otherwise -1 with an error that lists them. */
int kbuild_check_tools(void);
/* The first lines of gcc --version and ld --version; new strings. 0, or -1 with an error printed. */
int kbuild_compiler(char **compiler, char **linker);

/*
 * Makes the targets (NULL-terminated), with progress when `expected` objects is positive.
 * Returns 0; 1 without a message when what failed is to be skipped; or -1 with an error printed:
 * the compiler's lines, and where the rest is.
 */
int kbuild_make(struct kbuild *k, const char *const *targets, int64_t expected);
/* How many objects these targets would compile in a clean tree: a dry run. -1 when not known. */
int64_t kbuild_count_all(struct kbuild *k, const char *const *targets);
/* How many objects of a finished build depend on any of the sorted files. -1 with an error printed. */
int64_t kbuild_count_touched(const char *layer, const struct strvec *files);

/* Appends the lines of make's output that say why it failed. */
void kbuild_excerpt(const char *output, struct strbuf *out);

#endif
