/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a night has come: a file in the data directory, written after each stage, so that the same
 * command goes on where the last one was interrupted or failed.
 */
#ifndef KAB_RUNNER_SESSION_NIGHT_H
#define KAB_RUNNER_SESSION_NIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/strvec.h"

struct night {
	char *path;	       /* of its file */
	char *day;	       /* "2026-11-21" in local time, when it began; NULL: there is none */
	int64_t started_s;     /* since 1970 */
	char *plan_sha256;     /* of the plan's file */
	char *session;	       /* NULL: none yet */
	struct strvec done;    /* stages: "run", "publish sftp://host/" */
	int64_t failed, worse; /* runs; headline figures that are proven worse */
	bool ended;	       /* it came to its end, though perhaps not all was done */
};

/* 0, also when there is none; -1 with an error printed. night_release() is safe after both. */
int night_load(struct night *n, const char *path);
int night_save(const struct night *n);
void night_release(struct night *n);

/*
 * Whether a call now goes on with it: it began today, or it was interrupted and is not a day old; and
 * the plan is the same.
 */
bool night_continues(const struct night *n, const char *today, int64_t now_s,
		     const char *plan_sha256);
/* Another night in its place, with nothing done. */
void night_begin(struct night *n, const char *today, int64_t now_s, const char *plan_sha256);

bool night_has(const struct night *n, const char *stage);
/* Saved at once. 0, or -1 with an error printed. */
int night_finish_stage(struct night *n, const char *stage);

#endif
