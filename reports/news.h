/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong in a session, and what of it was told before: a message is sent per change, and
 * not per night.
 *
 * A headline metric that is proven worse is told once, and again when it gets worse by more than
 * the threshold beyond what was told. A failure is told once per kernel, workload and kind. What is
 * proven not to be worse any more (or runs again) is forgotten, so that it is told when it comes
 * back; what is merely unproven, or not in the session, is neither told nor forgotten, and so are the figures of sides
 * that are not comparable (comparable.h).
 */
#ifndef KAB_REPORTS_NEWS_H
#define KAB_REPORTS_NEWS_H

#include <stdbool.h>
#include <stddef.h>

#include "judge.h"

struct news_item {
	bool failed; /* otherwise: worse */
	char *target, *base, *kernel, *workload;
	char *what;	  /* the metric, or the kind of the finding */
	double delta_pct; /* NaN for failures, and from 0 */
	char *session;	  /* in which it was told last */
	/* Of the session at hand, borrowed; NULL in what is only remembered. */
	const struct judgement *judgement;
	const struct comparison *comparison;
	const struct db_finding *finding;
};

struct news {
	struct news_item *items;
	size_t count;
};

void news_release(struct news *c);

/* All that is wrong: worse ones first, each thing once. */
void news_find(const struct judgement *list, size_t count, struct news *out);
/* Those of `now` that `told` does not cover: copies. */
void news_select(const struct news *now, const struct news *told, struct news *out);
/* After `news` were told: forgets what is over, and adds them. */
void news_learn(struct news *told, const struct news *news, const struct judgement *list,
		size_t count);

/*
 * The memory of one channel ("mail 4fe1..."), a part of the file. A missing file is an empty
 * memory; *session is the last session that was handled, NULL before the first. 0, or -1 with an
 * error printed.
 */
int news_load(const char *path, const char *channel, struct news *told, char **session);
/* Atomic; what the file has of other channels stays. 0, or -1 with an error printed. */
int news_save(const char *path, const char *channel, const struct news *told, const char *session);

#endif
