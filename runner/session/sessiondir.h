/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of a session: made or found again, and locked, so that a second kab with the same
 * plan does not continue it at the same time but starts one of its own.
 */
#ifndef KAB_RUNNER_SESSION_SESSIONDIR_H
#define KAB_RUNNER_SESSION_SESSIONDIR_H

#include <stdbool.h>
#include <stdint.h>

#include "matrix.h"

struct sessiondir {
	char *id;      /* "20261120T190000Z-1a2b3c4d" */
	char *path;    /* DATA/sessions/ID */
	char *scratch; /* a folder in it, for what only this execution needs */
	int lock;
	uint64_t seed; /* of the order of boots; kept when it is continued */
	bool resumed;
};

/*
 * Opens the newest incomplete session of the same identity that no other process has, unless
 * `fresh`; otherwise makes one. 0, or -1 with an error printed.
 */
int sessiondir_open(struct sessiondir *s, const struct matrix *m, bool fresh);
/* Removes the scratch folder and lets others in. Safe after a failed open. */
void sessiondir_close(struct sessiondir *s);
int sessiondir_complete(const struct sessiondir *s);
/* "PATH/runs/NNN"; a new string. */
char *sessiondir_run(const struct sessiondir *s, size_t number);

/* "2026-11-20T19:00:00Z"; a new string. */
char *utc_now(void);

#endif
