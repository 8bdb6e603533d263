/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A variant: a kernel spec resolved to an identity, and the built kernel behind it.
 *
 * The identity is the SHA-256 of source, patches, config fragments, and compiler (for an image:
 * of its bytes). Kernels are kept in the cache under their identity and never built twice; they
 * appear there by an atomic rename, so what is in the cache is whole.
 */
#ifndef KAB_RUNNER_KERNEL_VARIANT_H
#define KAB_RUNNER_KERNEL_VARIANT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/strvec.h"

struct variant {
	char *spec;	     /* as the user wrote it */
	char *id;	     /* identity, 64 hex digits */
	char *dir;	     /* in the cache */
	char *source;	     /* "linux-6.1 (6.1.192-2)", for people */
	char *series;	     /* "mempool-bulk", joined by "+", or "" */
	struct strvec about; /* of series from mails: facts for the run (series_describe()) */
	char *compiler;	     /* "gcc (Debian 12.2.0-14+deb12u1) 12.2.0"; "" for an image, and for a
			 * package until variant_build() */
	bool ready;	     /* an image or a package: nothing of it is compiled */
	bool has_headers;    /* a package that apt knows: modules can be compiled for it */
	/* Valid after variant_build(): */
	char *image; /* path of bzImage */
	char *image_sha256;
	char *config;	     /* path of .config, or NULL when an image has none */
	char *config_sha256; /* or "" */
	char *system_map;    /* path, or NULL */
	char *modules;	     /* folder with *.ko (flat), or NULL */
	char *release;	     /* "6.1.192"; "" when unknown */
	int64_t build_ms;    /* 0 for what was ready */
	/* After a variant_build() that failed for what the sources are: why, in one line; else NULL. */
	char *fault;
};

/*
 * Resolves the spec: fetches and unpacks the source when needed (that is how its identity is
 * known), reads the patches, and computes the identity. Returns 0, or -1 with an error printed.
 */
int variant_resolve(struct variant *v, const char *spec);
/*
 * Fills in the rest, building the kernel if the cache has no such identity. Shows progress.
 * Other kab processes that want the same identity wait for the first. 0, or -1 with an error
 * printed (for a compile error: the compiler's lines).
 */
int variant_build(struct variant *v);
/*
 * Lets a variant with a fault stand for a kernel that is not there: it has all strings, empty, and
 * nothing of it may be booted.
 */
void variant_give_up(struct variant *v);
/* True when variant_build() would not compile anything. */
bool variant_cached(const struct variant *v);
/* "y", "m", or the string of CONFIG_<symbol> in the built kernel; "n" when unset; a new string,
 * NULL when the variant has no config. */
char *variant_config(const struct variant *v, const char *symbol);
void variant_release(struct variant *v);

#endif
