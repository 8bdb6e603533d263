/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profiles: runs whose instructions are counted by a plugin in QEMU (collectors/plugin/). Such a
 * run has two more files, "profile" by the plugin and "symbols.gz" by symbols.h; its figures are
 * those of a run without.
 */
#ifndef KAB_RUNNER_PROFILE_H
#define KAB_RUNNER_PROFILE_H

#include <stdbool.h>

#include "lib/strvec.h"
#include "variant.h"

#define PROFILE_FILE	"profile"
#define PROFILE_SYMBOLS "symbols.gz"

/*
 * The path of the plugin, after QEMU has shown that it takes it. A new string, or NULL with an
 * error printed: the plugin is missing, QEMU was built without plugins or has another interface.
 */
char *profile_plugin(void);

/* What is counted beside the instructions of every block. */
struct profile_options {
	bool calls; /* the call graph; on targets with one CPU */
};

/*
 * Pushes the plugin's options for a run directory and a built kernel. 0, or -1 with an error
 * printed: the kernel lacks what they need.
 */
int profile_push(struct strvec *options, const struct profile_options *o, const char *run_path,
		 const struct variant *v);

#endif
