/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a workload gets from a kernel: the symbols that it needs are there or not, and the modules
 * that go into the guest's file system.
 */
#ifndef KAB_RUNNER_MACHINE_PROVISION_H
#define KAB_RUNNER_MACHINE_PROVISION_H

#include "lib/strvec.h"
#include "runner/kernel/variant.h"
#include "runner/session/workload.h"

struct provision {
	char *lack; /* why the workload cannot run on this kernel, or NULL */
	/* Modules (paths); those before it that they depend on come first: */
	struct strvec machine;	/* without which the guest cannot even report */
	struct strvec loaded;	/* that the agent loads at the start */
	struct strvec workload; /* those that the workload's driver loads */
};

/*
 * For a kernel that is built; a bench module is compiled for it unless the cache has it.
 * Returns 0, also when something lacks; -1 with an error printed.
 */
int provision_make(struct provision *p, const struct variant *v, const struct workload *w);
/*
 * Only what the guest cannot report without, from a folder of modules, which may be missing: for a
 * guest with nothing to do. 0, or -1 with an error printed.
 */
int provision_machine(struct provision *p, const char *modules);
void provision_release(struct provision *p);

#endif
