/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which mails of a thread are the series. Pure: nothing is fetched or applied here.
 *
 *	revision	what has the same "v2" in its tags; without one it is v1
 *	whole		each number from 1 to the total is there, once; one patch needs no number
 *	newest		the highest revision that is whole is taken. One above it that is not whole
 *			replaces single patches when each of its patches answers the patch of the same
 *			number of the same total; otherwise a note says what it lacks
 *	twice		two mails with one number are an error, unless they are the same patch
 *	several series	of one revision but other totals: that of the mail that was asked for
 *	trailers	Reviewed-by, Acked-by and Tested-by in answers belong to the patch that is
 *			answered, those in answers to the cover letter to all
 */
#ifndef KAB_RUNNER_SOURCE_THREAD_H
#define KAB_RUNNER_SOURCE_THREAD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/strvec.h"
#include "mail.h"

struct thread {
	const char *name;  /* for messages */
	const char *asked; /* the id that the user named, or NULL */
	struct mail *mails;
	size_t count;
	bool ordered; /* a file or folder: patches without numbers, and a single one, are taken as they lie */
};

struct selection {
	int version;
	const struct mail *cover;    /* or NULL */
	const struct mail **patches; /* in order */
	struct strvec *trailers;     /* of each patch: its own ones and those of answers */
	size_t count;
};

/* 0, or -1 with an error printed: no patches, none whole, a number twice. */
int thread_select(const struct thread *t, struct selection *s);
void selection_release(struct selection *s);

/* What follows "base-commit: " in one of the selected mails, a new string, or NULL. */
char *selection_base(const struct selection *s);

#endif
