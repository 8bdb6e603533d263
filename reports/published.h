/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What others have published (configs/published.json), and what was measured of it here.
 */
#ifndef KAB_REPORTS_PUBLISHED_H
#define KAB_REPORTS_PUBLISHED_H

#include <stdbool.h>
#include <stddef.h>

#include "judge.h"

/* Where a claim can be measured, and what was. */
struct claim_row {
	char *base, *new; /* specs */
	char *workload, *metric;
	char *cycles; /* metric of the estimated cycles of the same work, or NULL */
	char *note;   /* why it differs from the claim, or "" */
	/* After published_match(), borrowed; NULL when it was not measured. */
	const struct judgement *judgement;
	const struct comparison *found;
	const struct comparison *found_cycles;
};

struct claim {
	char *title;
	char *source;	/* title of the message or page */
	char *id;	/* its Message-Id or address */
	char *hardware; /* what it was measured on */
	char *unit, *better;
	char *words;	  /* in place of figures where there are none, or "" */
	double base, new; /* NaN where there is none */
	char *note;
	struct claim_row *rows;
	size_t row_count;
};

struct published {
	struct claim *claims; /* in the order of the file */
	size_t count;
};

/* From a file. 0, or -1 with the errors printed; published_release() is safe after both. */
int published_load(struct published *p, const char *path);
void published_release(struct published *p);
/* Looks up what the judgements have of it. The number of rows that were measured. */
size_t published_match(struct published *p, const struct judgement *list, size_t count);

#endif
