/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel sources: where the part of a spec before the first '+' comes from, its identity, and a
 * folder with the unpacked files.
 *
 *	a name	 Debian's source package, as configs/kernels/NAME.json says: the installed one, or
 *		 one downloaded into the cache, which needs no root
 *	tarball	 identity: the SHA-256 of its bytes; unpacked once into the cache
 *	URL	 the same, downloaded only when the cache has it not unpacked
 *	tree	 used where it is and never written to; identity: the contents of all its files
 */
#ifndef KAB_RUNNER_SOURCE_H
#define KAB_RUNNER_SOURCE_H

#include "lib/strvec.h"
#include "spec.h"

struct source {
	enum source_kind kind;
	char *id;      /* 64 hex digits */
	char *title;   /* "linux-6.1 (6.1.192-2)" */
	char *tarball; /* path, or NULL for a tree and a URL */
	char *url;     /* or NULL */
	char *tree;    /* folder with the files; of what is not a tree, after source_open() */
	struct strvec fragments; /* of the configuration */
	int lock; /* keeps the unpacked files from being pruned; -1 before source_open() */
};

/* Finds the source and its identity, without unpacking. 0, or -1 with an error printed. */
int source_resolve(struct source *s, const struct spec *spec);
/* Unpacks it if the cache does not have it. 0, or -1 with an error printed. */
int source_open(struct source *s);
/* For a tree, after a build: 0, or -1 with an error when its files are no longer the same. */
int source_check(const struct source *s);
void source_release(struct source *s);

#endif
