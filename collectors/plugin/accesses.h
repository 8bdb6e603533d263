/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What QEMU calls for each load, store and block of code, with a short way for those that change
 * nothing in the model. String instructions are in strings.h.
 */
#ifndef KAB_PLUGIN_ACCESSES_H
#define KAB_PLUGIN_ACCESSES_H

#include <stdint.h>

#include "qemu-plugin.h"

/* Callbacks; `data` is a struct tally, a struct fetch (l1.h), or an enum forget. */
void accesses_on_access(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t address,
			void *data);
void accesses_on_fetch(unsigned int vcpu, void *data);
void accesses_on_fetch_line(unsigned int vcpu, void *data); /* of one line */
/* The guest's processor forgets addresses: of one page, of the programs, of all. */
enum forget { FORGET_PAGE, FORGET_PROGRAMS, FORGET_ALL };
void accesses_on_forget(unsigned int vcpu, void *data);

#endif
