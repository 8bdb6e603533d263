/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Removes run directories that are old or too many, session by session, the oldest first. What is
 * removed is written down before, in the session's file "pruned" (an id a line): from then on only
 * the database has these runs, and a rebuild that cannot take them over refuses to replace it.
 *
 * A session stays when it is incomplete or in use, the newest of its plan, or when one of its runs
 * is not known to be in the database as it is in its directory. Pages link only to files of the
 * site itself, so no link of theirs leads to what is removed.
 */
#ifndef KAB_RUNNER_SESSION_RETENTION_H
#define KAB_RUNNER_SESSION_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/machine/rundir.h"

struct retention {
	int64_t days;  /* sessions that are older go; 0: of any age stay */
	int64_t bytes; /* that run directories may take on the disk; 0: any */
};

struct retention_events {
	/* Whether the run can do without its directory: it is stored, and shown where it has to be. */
	bool (*expendable)(const struct rundir *run, void *ctx);
	/* Before the first is removed: 0, or -1 with an error printed and nothing is. */
	int (*begin)(void *ctx);
	/* A session goes, or with dry_run would go. */
	void (*prune)(const char *session, size_t runs, int64_t bytes, void *ctx);
	void *ctx;
};

/* 0, or -1 with an error printed. */
int retention_apply(const char *sessions, const struct retention *r, bool dry_run,
		    const struct retention_events *events);
/* Ids of all runs that were removed. 0, or -1 with an error printed. */
int retention_pruned(const char *sessions, struct strvec *ids);

#endif
