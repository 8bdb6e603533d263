/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel modules in the guest: those that the host put into /machine, without which there is no port
 * to report over, and those in /modules are loaded at the start; those in /workload are for the
 * workload's driver. The host has worked out their order.
 */
#ifndef KAB_GUEST_MODULES_H
#define KAB_GUEST_MODULES_H

#include "lib/strbuf.h"
#include "send.h"

#define MODULES_MACHINE	 "/machine"
#define MODULES_LOADED	 "/modules"
#define MODULES_WORKLOAD "/workload"

/*
 * Loads the modules of the folder in the order of its file "order", with the parameters that the
 * kernel command line has for them ("brd.rd_nr=1"), as far as /proc is there. A folder that is
 * not there has none. Returns 0; -1 with the name and reason of the first that does not load
 * appended to `why`.
 */
int modules_load(const char *folder, struct strbuf *why);
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
