/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recipe: everything that a kernel is made from, and the identity that follows from it.
 */
#ifndef KAB_RUNNER_RECIPE_H
#define KAB_RUNNER_RECIPE_H

#include <stddef.h>

#include "kconfig.h"
#include "package.h"
#include "series.h"
#include "source.h"
#include "spec.h"

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
};

/* Resolves a spec. 0, or -1 with an error printed. */
int recipe_resolve(struct recipe *r, const char *spec);
void recipe_release(struct recipe *r);

#endif
