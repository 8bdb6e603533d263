/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel modules that the host put into /modules: what a workload needs and the kernel does not
 * have built in.
 */
#ifndef KAB_GUEST_MODULES_H
#define KAB_GUEST_MODULES_H

#include "lib/strbuf.h"

/*
 * Loads all of them, with the parameters that the kernel command line has for them
 * ("brd.rd_nr=1"). Their order follows from what is refused for a missing symbol and tried again.
 * Returns 0; -1 with the names and reasons of those that do not load appended to `why`.
 */
int modules_load(struct strbuf *why);

#endif
