/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The modules of a kernel: a flat folder of NAME.ko, as both builds and packages give it.
 */
#ifndef KAB_RUNNER_KERNEL_KMODULE_H
#define KAB_RUNNER_KERNEL_KMODULE_H

#include <stdbool.h>

#include "lib/strvec.h"

/*
 * The file of a module by its name, in which '-' and '_' are the same letter; `folder` may be NULL.
 * A new string, or NULL when there is none.
 */
char *kmodule_find(const char *folder, const char *name);
/*
 * Whether the module is a part of the kernel itself, by the list modules.builtin beside the folder.
 * True also without that list: then what is no file can only be built in.
 */
bool kmodule_is_builtin(const char *folder, const char *name);
/*
 * Pushes the files of what a module needs to be loaded before it, each once, in the order of loading,
 * but not the module itself. What it names and the folder does not have is taken for built in. By
 * libkmod: "depends", and "softdep" with "pre:". 0, or -1 with an error printed.
 */
int kmodule_dependencies(const char *folder, const char *path, struct strvec *files);
/*
 * The modules, joined by spaces, that a configuration symbol (without CONFIG_) stands for when it is
 * a module; NULL when kab does not know any. Not all of them need exist: some are built in.
 */
const char *kmodule_of_symbol(const char *symbol);

#endif
