/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telling about a session of the database, one kab at a time, with the memory in the data directory.
 * A part of the commands, as results.h.
 */
#ifndef KAB_RUNNER_TELLING_H
#define KAB_RUNNER_TELLING_H

#include <stdbool.h>

#include "reports/notify.h"

/* Strings are borrowed. */
struct telling {
	struct notify_options notify;
	const char *session;  /* NULL: the newest */
	const char *database; /* NULL: the data directory's */
	double threshold_pct; /* negative: each metric's own */
	bool no_pictures;
};

#define TELLING_INIT                                                                 \
	{                                                                            \
		.threshold_pct = -1, .notify.transfer = {.stall_s = 60, .tries = 4 } \
	}

/* As notify(). */
int telling_run(struct telling *t, const struct notify_config *config);

#endif
