/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel modules in the guest: those that the host put into /modules are loaded at the start; those
 * in /workload are for the workload's driver.
 */
#ifndef KAB_GUEST_MODULES_H
#define KAB_GUEST_MODULES_H

#include "lib/strbuf.h"
#include "send.h"

#define MODULES_WORKLOAD "/workload"

/*
 * Loads all of /modules, with the parameters that the kernel command line has for them
 * ("brd.rd_nr=1"). Their order follows from what is refused for a missing symbol and tried again.
 * Returns 0; -1 with the names and reasons of those that do not load appended to `why`.
 */
int modules_load(struct strbuf *why);
/* One file with these parameters. 0, or -1 with errno. */
int module_load(const char *path, const char *parameters);
/* By its name, at once. 0, or -1 with errno. */
int module_unload(const char *name);
/*
 * Sends where the code of the loaded modules is, as WORKLOAD/modules: a line "MODULE SECTION ADDRESS"
 * for each section of code (/sys/module/MODULE/sections). Nothing when no module is loaded.
 */
void modules_send(struct sender *out, const char *workload);

#endif
