/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bench modules: runner/guest/modules/NAME.c (with dashes where the module's name has
 * underscores), FAMILY.c and FAMILY.h if there are any (the name up to its first dash), and what
 * all of them share. Each is compiled for each kernel that runs it, and kept with the
 * kernel in the cache: kernels/ID/bench/HASH/NAME.ko.
 */
#ifndef KAB_RUNNER_KERNEL_BENCHMOD_H
#define KAB_RUNNER_KERNEL_BENCHMOD_H

#include "lib/strbuf.h"
#include "variant.h"

/* SHA-256 of the module's sources, hex; a new string, or NULL with an error printed. */
char *benchmod_identity(const char *name);
/*
 * The module for a built kernel, compiled unless the cache has it: a new string in *path. Returns
 * 0; 1 with the reason appended to `why` when this kernel cannot have it; -1 with an error printed.
 */
int benchmod_get(const struct variant *v, const char *name, char **path, struct strbuf *why);

#endif
