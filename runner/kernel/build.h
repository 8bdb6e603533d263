/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building a recipe's kernel.
 *
 * The first kernel of a source, compiler and configuration is built from nothing, without
 * patches, and its objects are kept as a layer. Every other one is built on top of that layer:
 * make compiles what the patches touch. The objects of a patched kernel are thrown away.
 */
#ifndef KAB_RUNNER_KERNEL_BUILD_H
#define KAB_RUNNER_KERNEL_BUILD_H

#include "recipe.h"

/*
 * Builds it into the cache, unless it is there. Another process that builds the same is waited
 * for. Returns 0, or -1 with an error printed; then nothing of it is left but the log.
 */
int build_kernel(struct recipe *r);
/*
 * Builds a bench module (runner/guest/modules, "dmapool_chain") for the recipe's kernel, with the
 * unpatched kernel's objects and the patched sources, or for a package that apt knows with its
 * headers. `files` are its sources; the module is copied to `to`. Returns 0; 1 with the reason appended to `skip` when its source says that this kernel
 * cannot have it (#error "skip: WHY"), or apt does not have the headers; -1 with an error printed.
 */
int build_bench_module(struct recipe *r, const char *name, const struct strvec *files,
		       const char *to, struct strbuf *skip);

#endif
