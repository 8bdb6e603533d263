/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figures over nights: one line per plan, target, kernel spec, workload and metric. A night's value
 * is the median of its boots. Change points are of changes.h.
 *
 * The newest night is judged against the level since the last change point before it (of the last
 * 365 nights), not against one earlier run: it differs when it is further off than the threshold, and, on a wall clock, when
 * the noise of the nights would show as much in less than 1 % of cases, adjusted for the number
 * of headline lines (Benjamini and Hochberg). On a wall clock that takes five nights at the level.
 */
#ifndef KAB_REPORTS_HISTORY_H
#define KAB_REPORTS_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "db/query.h"
#include "judge.h"

struct history_line {
	const struct db_line *line; /* borrowed */
	double *values;		    /* one a night */
	size_t count;
	size_t *starts; /* nights with which a new level begins */
	size_t start_count;
	double noise;
	/* The newest night against the level before it; unproven with NaN when there is none. */
	double level, delta_pct, p, threshold_pct;
	size_t level_nights;
	enum verdict verdict;
	double floor_pct; /* what a kernel differs from itself by: see history_floor() */
};

struct history {
	struct db_lines lines;
	struct history_line *items;
	size_t count;
};

/* A change point of a line: the nights and the levels around it. */
struct history_change {
	const struct db_night *before, *after;
	double from, to, delta_pct; /* NaN from 0 */
	enum verdict verdict;
};

/* The i-th of a line, i < start_count. */
struct history_change history_change(const struct history_line *l, size_t i);

/* `plan` "": all of them; `all`: not only headline metrics. 0, or -1 with an error printed. */
int history_load(struct db *db, const char *plan, bool all, struct history *out);
/* Measures and judges a line alone, on its own. */
void history_measure(struct history_line *l, const struct db_line *line);
void history_line_release(struct history_line *l);
/*
 * The A/A floor: how far a kernel was off itself, in per cent, in 19 of 20 nights in which it was
 * there twice; NaN when it never was.
 */
double history_floor(const struct db_line *line);
/* The part that needs no database: from lines to items. Without `all`, lines that are not headline
 * only get their values. */
void history_judge(struct history *h, bool all);
void history_release(struct history *h);

/*
 * Sessions of the plan in which a kernel was compared with itself (A/A), newest first: how many of
 * their headline figures were called better or worse, and what effect would have been proven.
 */
struct self_check {
	char *session, *started;
	size_t figures, alarms;
	double smallest_pct; /* proven in four of five cases, the worst headline figure; on the
			      * instruction clock the threshold; NaN when nothing would be */
};

struct self_checks {
	struct self_check *items;
	size_t count, figures, alarms;
};

/* Looks at the newest `most` sessions of the plan. 0, or -1 with an error printed. */
int self_checks_load(struct db *db, const char *plan, size_t most, struct self_checks *out);
/* The same where all sessions are known, the newest first. */
int self_checks_of(struct db *db, const struct db_session_list *sessions, const char *plan,
		   size_t most, struct self_checks *out);
void self_checks_release(struct self_checks *c);
/* Nothing where there is none. 0, or -1 with an error printed. */
int self_checks_text(FILE *out, const struct self_checks *c);

/* Headline lines whose newest night is worse than their level. */
size_t history_regressions(const struct history *h);

/* 0, or -1 with an error printed. */
int history_text(FILE *out, const struct history *h);
int history_json(FILE *out, const struct history *h);

#endif
