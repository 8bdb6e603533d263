/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for the addresses of a profile.
 *
 * kernels/ID/symbols in the cache has the code of a kernel by address, a line each:
 *	ADDRESS OBJECT NAME
 * where the object ("mm/mempool.o", "-" when not known) is the file of the build that has the
 * name. Functions of one object lie together in the kernel: that decides between several objects
 * with the name, and for a name that no object has.
 *
 * A run directory gets symbols.gz, so that it can be read without the cache:
 *	k ADDRESS OBJECT NAME		the kernel's
 *	m MODULE SECTION OFFSET NAME	those of modules, which are loaded who knows where
 */
#ifndef KAB_RUNNER_KERNEL_SYMBOLS_H
#define KAB_RUNNER_KERNEL_SYMBOLS_H

#include "lib/strvec.h"
#include "variant.h"

/*
 * Writes a kernel's symbols from its System.map and the trees (folders; files in more than one are
 * the same object) that it was built in. 0, or -1 with an error printed.
 */
int symbols_write(const char *system_map, const struct strvec *trees, const char *out);
/*
 * Writes symbols.gz for a built variant and modules (paths): for a kernel of which the cache has no
 * symbols, from System.map and the layer of its base if that is there; without it a warning tells
 * that objects are unknown, and what to do. 0, or -1 with an error printed.
 */
int symbols_pack(const struct variant *v, const struct strvec *modules, const char *out);

#endif
