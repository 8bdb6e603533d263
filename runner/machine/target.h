/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Targets: the machines that boot variants. To add one: one file, one line in target.c.
 */
#ifndef KAB_RUNNER_MACHINE_TARGET_H
#define KAB_RUNNER_MACHINE_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "devices.h"
#include "lib/strbuf.h"
#include "lib/strvec.h"

/* One boot, as a target needs to know it. Borrowed strings. */
struct machine {
	const char *image;
	const char *initrd;
	const char *append; /* the workloads' additions to the command line */
	int64_t memory_mib;
	const char *console;		     /* path that gets the serial console */
	const char *records;		     /* path that gets the guest's record stream */
	const struct devices *devices;	     /* more of the machine, or NULL */
	const char *hba_log;		     /* path that gets the report of an emulated adapter */
	const char *plugin;		     /* that counts instructions; NULL: none */
	const struct strvec *plugin_options; /* "KEY=VALUE" */
};

struct target {
	const char *name;    /* "det" */
	const char *clock;   /* "instruction" or "wall" */
	const char *summary; /* for doctor and --help */
	/* Whether this host can use it; appends the reason to `why` either way. `image` is a bzImage
	 * for a probe that has to boot something, or NULL when there is none yet. */
	bool (*usable)(const char *image, struct strbuf *why);
	/* The command that boots it: pushes program and arguments. 0, or -1 with an error printed. */
	int (*command)(const struct machine *m, struct strvec *argv);
};

extern const struct target *const targets[]; /* NULL-terminated */

/* NULL with an error printed that suggests the nearest. */
const struct target *target_find(const char *name);
/* The first usable of kvm and det; says which and why under -v. NULL with an error printed. */
const struct target *target_default(const char *image);
/* True when the same kernel gives the same digits. */
bool target_exact(const struct target *t);
/* True when instructions can be counted: the target's machine is an emulated one. */
bool target_profiles(const struct target *t);
/* How many guests of this target may run side by side: all cores on the instruction clock, one on
 * a wall clock, as neighbours would be measured too. */
int target_parallel(const struct target *t);
/* Boots per arm and workload when nobody says: one where figures are exact, else ten: enough to
 * prove a dozen figures at once (reports/proof.h). */
int target_boots(const struct target *t);

#endif
