/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Progress of long work: on a terminal one line that is redrawn with rate and remaining time;
 * otherwise a plain line at the start, every 30 s, and at the end. Silent under -q.
 */
#ifndef KAB_LIB_PROGRESS_H
#define KAB_LIB_PROGRESS_H

#include <stdint.h>

struct progress {
	char *label;
	const char *unit; /* "objects", "MiB", "boots"; borrowed */
	int64_t total;	  /* 0: unknown */
	int64_t done;
	int64_t started_ms;
	int64_t shown_ms;
	int drawn; /* a terminal line is on the screen */
};

void progress_begin(struct progress *p, const char *unit, int64_t total, const char *label_fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Draws at most ten times a second. */
void progress_update(struct progress *p, int64_t done);
/*
 * Replaces the line by a final one, "label: OUTCOME, 1497 objects in 5 min 40 s" (outcome may be
 * NULL, and is then left out); releases it.
 */
void progress_end(struct progress *p, const char *outcome);
/* Wipes the drawn line, so that a message can be printed; log.c calls it. */
void progress_clear_line(void);

int64_t clock_ms(void); /* monotonic */

#endif
