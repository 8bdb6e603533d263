/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stand-ins for libraries that a program is linked with but does not use in a guest.
 *
 * Debian's fio is linked with the clients of Ceph, Gluster, NBD, RDMA and persistent memory, which
 * bring 50 more libraries, 75 MiB, and a start that takes a third of a guest's boot. None of them
 * can do anything in a guest without a network. The program stays byte for byte what Debian ships;
 * a library of this kind is replaced by one with the same name, the same symbols and the same
 * versions, in which every function ends the program.
 */
#ifndef KAB_RUNNER_MACHINE_STANDIN_H
#define KAB_RUNNER_MACHINE_STANDIN_H

#include <stdbool.h>

#include "lib/elf.h"
#include "lib/strbuf.h"

/* Whether this library ("librbd.so.1") is one that is replaced. */
bool standin_wanted(const char *library);
/*
 * Appends a shared object with all that `program` wants of `library`; `real` is the library
 * itself. x86-64.
 */
void standin_make(const struct elf *program, const char *library, const struct elf *real,
		  struct strbuf *out);

#endif
