/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Publishing with what kab finds by itself: the site and the locks in the data directory, passwords
 * in the environment and .netrc, keys where ssh has them. A part of the commands, as results.h.
 */
#ifndef KAB_RUNNER_PUBLISHING_H
#define KAB_RUNNER_PUBLISHING_H

#include "reports/publish.h"

/* Strings are borrowed; what is NULL is filled in. */
struct publishing {
	struct publish_options publish;
	const char *credentials; /* a file in the form of .netrc */
};

#define PUBLISHING_INIT                                          \
	{                                                        \
		.publish.transfer = {.stall_s = 60, .tries = 4 } \
	}

/* As publish(). */
int publishing_run(struct publishing *p);

#endif
