/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recipe: everything that a kernel is made from, and the identity that follows from it.
 */
#ifndef KAB_RUNNER_KERNEL_RECIPE_H
#define KAB_RUNNER_KERNEL_RECIPE_H

#include <stdbool.h>
#include <stddef.h>

#include "kconfig.h"
#include "runner/source/gittree.h"
#include "runner/source/package.h"
#include "runner/source/series.h"
#include "runner/source/source.h"
#include "runner/source/spec.h"

struct recipe {
	struct spec spec;
	char *id;      /* identity, 64 hex digits */
	char *base_id; /* of the same without patches; equal to id when there are none */
	char *title;   /* of the source, for people */
	char *patches; /* names of the series joined by "+", or "" */
	char *compiler;
	char *linker;
	char *release; /* of an image; otherwise NULL until it is built */
	struct package
		package;      /* that will be downloaded; all NULL for a file and for other kinds */
	struct source source; /* not for a kernel that is ready */
	struct kconfig config; /* likewise */
	struct series *series;
	size_t series_count;
	/* Set by ground_choose(): what it is built on. */
	char *ground_id;	    /* the identity whose layer it is; base_id but for git */
	char *ground_source;	    /* id of the unpacked source */
	struct git_changes changes; /* from that source to the recipe's own */
	bool configure;		    /* the ground was configured by other fragments */
	int ground_lock;	    /* of a neighbour's layer, or -1 */
	/*
	 * Set by build.h's functions when they failed because the sources are not such that a kernel
	 * could be made of them: why, in one line. NULL otherwise, as when the disk was full.
	 */
	char *fault;
};

/* Resolves a spec. 0, or -1 with an error printed. */
int recipe_resolve(struct recipe *r, const char *spec);
/* The identity of another source's kernel without patches, made as this one would be. */
char *recipe_base_of(const struct recipe *r, const char *source_id);
void recipe_release(struct recipe *r);

#endif
