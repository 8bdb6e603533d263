/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * apt's programs at work: those that fetch something.
 */
#ifndef KAB_RUNNER_SOURCE_APT_H
#define KAB_RUNNER_SOURCE_APT_H

#include <stdint.h>

#include "lib/strbuf.h"
#include "lib/strvec.h"

/*
 * Runs a command of apt's that fetches into the folder, where it is run, with progress by what has
 * arrived there; `mib` of 0: it is not known how much will. Returns 0; -1 with what apt said, in
 * English, appended to `said`, which is nothing when the user interrupted it.
 */
int apt_fetch(const struct strvec *argv, const char *dir, int64_t mib, const char *what,
	      struct strbuf *said);

#endif
