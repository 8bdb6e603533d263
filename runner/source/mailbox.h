/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A series out of mails: the newest whole revision of what lies in mboxes, a maildir, or files with a
 * mail each.
 */
#ifndef KAB_RUNNER_SOURCE_MAILBOX_H
#define KAB_RUNNER_SOURCE_MAILBOX_H

#include <stdbool.h>

#include "lib/strvec.h"
#include "series.h"

struct mailbox {
	const char *name;  /* for messages */
	const char *asked; /* the id that was asked for, or NULL */
	bool ordered;	   /* as in thread.h */
	bool rd;	   /* "From " at the beginning of a line is quoted */
	struct strvec paths;
};

/* Fills in the series, but its name. 0, or -1 with an error printed. */
int mailbox_load(const struct mailbox *from, struct series *s);

#endif
