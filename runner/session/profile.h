/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profiles: runs whose instructions are counted by a plugin in QEMU (collectors/plugin/). Such a
 * run has two more files, "profile" by the plugin and "symbols.gz" by symbols.h; its figures are
 * those of a run without.
 */
#ifndef KAB_RUNNER_SESSION_PROFILE_H
#define KAB_RUNNER_SESSION_PROFILE_H

#include <stdbool.h>

#include "lib/strvec.h"
#include "runner/kernel/variant.h"
#include "runner/machine/hierarchy.h"

#define PROFILE_FILE	"profile"
#define PROFILE_SYMBOLS "symbols.gz"

/*
 * The path of the plugin, after QEMU has shown that it takes it. A new string, or NULL with an
 * error printed: the plugin is missing, QEMU was built without plugins or has another interface.
 */
char *profile_plugin(void);

/* What is counted. The second and third are for targets with one CPU, and imply the first. */
struct profile_options {
	bool functions; /* the instructions of every block of code */
	bool calls;	/* the call graph */
	bool cache;	/* the misses of a model of caches */
};

/* What either asks for. */
struct profile_options profile_join(struct profile_options a, struct profile_options b);
/* "", "functions", "functions calls cache": for identities. */
const char *profile_describe(struct profile_options o);

/*
 * Pushes the plugin's options for a run directory and a built kernel; the hierarchy is NULL unless
 * its misses are counted. 0, or -1 with an error printed: the kernel lacks what they need.
 */
int profile_push(struct strvec *options, struct profile_options o, const struct hierarchy *caches,
		 const char *run_path, const struct variant *v);

#endif
