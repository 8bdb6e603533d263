/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why two sides of a session differ in a workload: what each function of the kernel and of the
 * guest's programs executed in the measured part, per operation (an I/O, a packet, a page) where
 * the workload counts its operations. The differences of all functions add up to the difference
 * of the two windows, so nothing is left over; how many of them are shown is a matter of room.
 *
 * A function that the other kernel does not have at all was removed, is new, or was inlined into
 * its caller: its instructions may be in another function of the same object, so the two are
 * reported together, and neither is called a saving.
 */
#ifndef KAB_REPORTS_EXPLAIN_H
#define KAB_REPORTS_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "db/query.h"
#include "units.h"

/* What a function's figure is. */
enum explain_clock {
	EXPLAIN_INSTRUCTIONS,
	EXPLAIN_CYCLES, /* estimated, of profiles with a model of caches */
};

enum explain_state {
	EXPLAIN_BOTH,	 /* executed in both */
	EXPLAIN_CALLED,	 /* only the new side executes it, the base has it too */
	EXPLAIN_UNUSED,	 /* only the base executes it, the new side has it too */
	EXPLAIN_NEW,	 /* the base does not have it: new, or was inlined there */
	EXPLAIN_GONE,	 /* the new side does not have it: removed, or inlined there */
	EXPLAIN_UNNAMED, /* code without a name */
};

/* A function that is executed on either side. Figures are per operation. */
struct explain_row {
	const char *name, *object; /* borrowed from the profiles */
	bool user;
	double base, new, delta; /* by the clock; delta is new - base */
	double base_calls, new_calls;
	double base_events[CACHED_EVENTS], new_events[CACHED_EVENTS];
	enum explain_state state;
	/* For NEW and GONE: the function of the object that changed most the other way, or NULL. */
	const struct explain_row *partner;
};

/* Rows of one subsystem, which is the folder of the object: "mm", "drivers/md", "[dm_crypt]",
 * "programs", "unknown". */
struct explain_group {
	char *name;
	double base, new, delta;
	size_t count;
};

struct explanation {
	enum explain_clock clock;
	struct db_side base, new; /* borrowed copies */
	const char *workload;	  /* borrowed */
	char *operation;	  /* "I/O"; "window" when operations are not counted */
	double base_operations, new_operations;
	struct db_profile base_profile, new_profile;
	struct db_calls base_calls, new_calls; /* empty when calls were not followed */
	struct explain_row *rows;	       /* the largest difference first */
	size_t count;
	struct explain_group *groups; /* likewise */
	size_t group_count;
	double base_total, new_total, delta; /* by the clock, per operation */
	double changed;			     /* sum of the differences' magnitudes */
	/* So many rows make up at least 95 % of that, and of the difference itself. */
	size_t telling;
	double explained; /* how near their sum comes to the difference: 0.98 */
};

/* 0; 1 without a message when one of the sides has no profile of the workload, or none with that
 * clock; -1 with an error printed. */
int explain(struct db *db, const struct db_side *base, const struct db_side *new,
	    const char *workload, enum explain_clock clock, struct explanation *out);
void explanation_release(struct explanation *e);

/* The subsystem of an object or of a program; a new string. */
char *explain_subsystem(const char *object, bool user);
/* "instructions", "estimated cycles" */
const char *explain_unit(enum explain_clock clock);
/* A word or two for the state; "" for EXPLAIN_BOTH. */
const char *explain_state_name(enum explain_state state);
/* The paragraph in words; a new string. */
char *explanation_words(const struct explanation *e, enum unit_form form);
/* Appends a count per operation: "256", "0.004", with a sign when asked for. */
void explain_figure(struct strbuf *out, double value, bool sign, enum unit_form form);

/* The forms it is shown in: the telling rows, or all. 0, or -1 with an error printed. */
int report_explanation_text(FILE *out, const struct explanation *e, bool all);
int report_explanation_json(FILE *out, const struct explanation *e);

#endif
