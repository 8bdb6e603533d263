/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel sources: where the part of a spec before the first '+' comes from, its identity, and a
 * folder with the unpacked files.
 *
 *	a name	 Debian's source package, as configs/kernels/NAME.json says: the installed one, or
 *		 one downloaded into the cache, which needs no root
 *	package	 the same without such a file: always a downloaded one
 *	tarball	 identity: the SHA-256 of its bytes; unpacked once into the cache
 *	URL	 the same, downloaded only when the cache has it not unpacked
 *	tree	 used where it is and never written to; identity: the contents of all its files
 *	git	 a commit, or a work tree as it is; identity: git's name of the tree, so two commits
 *		 with the same files are one kernel. It is never unpacked in its own right when a
 *		 neighbour is: ground.h
 */
#ifndef KAB_RUNNER_SOURCE_SOURCE_H
#define KAB_RUNNER_SOURCE_SOURCE_H

#include "gittree.h"
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
	/* Of a git source: */
	struct git git;
	char *git_tree; /* the name of its tree */
	char *git_name; /* "v6.1-3-g0123456789ab", with "-dirty" for a work tree that is */
	int lock;	/* keeps the unpacked files from being pruned; -1 before source_open() */
};

/* Finds the source and its identity, without unpacking. 0, or -1 with an error printed. */
int source_resolve(struct source *s, const struct spec *spec);
/* Unpacks it if the cache does not have it. 0, or -1 with an error printed. */
int source_open(struct source *s);
/*
 * Opens another unpacked source of the cache in its place, by its id; for ground.c. Returns 0; 1
 * without a message when the cache does not have it any more; -1 with an error printed.
 */
int source_borrow(struct source *s, const char *id);
/* Ends that, or does nothing. */
void source_return(struct source *s);
/* For a tree, after a build: 0, or -1 with an error when its files are no longer the same. */
int source_check(const struct source *s);
void source_release(struct source *s);

#endif
