/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A search for the commit that changed a figure, as kab bisect leaves it: a file has the row of commits
 * and which sessions booted them (docs/formats.md: bisections/KEY.json), the database has their figures.
 * The command reads it as the site does: it measures what is asked for, and reads again.
 */
#ifndef KAB_REPORTS_SEARCH_H
#define KAB_REPORTS_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "judge.h"
#include "lib/strbuf.h"
#include "position.h"
#include "steps.h"
#include "units.h"

struct search_commit {
	const char *id, *subject; /* borrowed from the row */
	char *fault;		  /* why it has no figure; NULL */
	struct strvec sessions;	  /* that booted it; of an end the one of both */
	double *values;		  /* of its boots */
	size_t count;
	size_t turn; /* it was the n-th to be measured, from 1; 0: an end, or it was not */
};

struct search {
	struct strvec row;	/* what the commits borrow */
	struct judgements ends; /* one: good is the base */
	const struct comparison *compared;
	struct search_commit *commits; /* n + 1: position 0 is GOOD, position n is BAD */
	size_t n;
	bool exact;	      /* on the instruction clock: steps; otherwise belief */
	bool all;	      /* also between commits whose figures are equal */
	struct steps steps;   /* found so far */
	struct belief belief; /* so far */
	size_t measured;      /* commits between the ends that have figures */
	size_t boots;	      /* of these */
	size_t next;	      /* the position to be measured; 0: the search is over */
};

/*
 * The search for changes of the metric in the file at `path`. 0; 1 without a message when there is none:
 * the file has not got that far, or the database has not got the ends; -1 with an error printed.
 * search_release() is safe after all.
 */
int search_load(struct search *s, struct db *db, const char *path, const char *metric);
void search_release(struct search *s);
/* The metrics that were searched for in the file, in its order. 0, or -1 with an error printed. */
int search_metrics(const char *path, struct strvec *out);

/*
 * Appends what the boots of the session's first kernel gave in the workload. 0, or -1 with an error
 * printed.
 */
int search_values(struct db *db, const char *session, const char *workload, const char *metric,
		  double **values, size_t *count);

/* Whether the change may have come with the commit: it is one of those that the answer names. */
bool search_names(const struct search *s, size_t position);
/* How probable it is, on a wall clock, that the change was there at this position. */
double search_behind(const struct search *s, size_t position);

/* In words; new strings. "0123456789ab subject". */
char *search_commit_words(const struct search *s, size_t position);
/* "+10.49% by one commit", "+10.49% by one of 3 commits, as those between cannot be measured". */
char *search_step_words(const struct search *s, const struct step *step, enum unit_form form);
/* "with 99.4%, the change is by one of these commits". */
char *search_belief_words(const struct search *s);

/*
 * What git bisect log would have written, for git bisect replay: of several steps it is the largest.
 * Nothing when nothing was found.
 */
void search_log(const struct search *s, struct strbuf *out);

#endif
