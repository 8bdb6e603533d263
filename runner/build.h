/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building a recipe's kernel.
 *
 * The first kernel of a source, compiler and configuration is built from nothing, without
 * patches, and its objects are kept as a layer. Every other one is built on top of that layer:
 * make compiles what the patches touch. The objects of a patched kernel are thrown away.
 */
#ifndef KAB_RUNNER_BUILD_H
#define KAB_RUNNER_BUILD_H

#include "recipe.h"

/*
 * Builds it into the cache, unless it is there. Another process that builds the same is waited
 * for. Returns 0, or -1 with an error printed; then nothing of it is left but the log.
 */
int build_kernel(struct recipe *r);

#endif
