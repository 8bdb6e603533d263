/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kinds of metrics: those that are looked at together have a page together.
 */
#ifndef KAB_REPORTS_GROUPS_H
#define KAB_REPORTS_GROUPS_H

#include <stddef.h>

struct metric_group {
	const char *name;  /* in file names */
	const char *title; /* for people */
};

/* Never NULL; all of a group are the same pointer. */
const struct metric_group *metric_group(const char *metric);
size_t metric_group_count(void);
const struct metric_group *metric_group_at(size_t i);

#endif
