/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Badges for a README: what the newest night of a plan says of a workload, "dmcrypt-1m | +9.73 %".
 */
#ifndef KAB_REPORTS_BADGE_H
#define KAB_REPORTS_BADGE_H

#include "site.h"

struct badge {
	char *file; /* "badges/PLAN-KERNEL-WORKLOAD.svg" */
	char *label, *value;
	enum verdict verdict;
};

struct badges {
	struct badge *items;
	size_t count;
};

/* One for each comparison and workload: its first headline metric. */
void badges_make(struct badges *b, const struct site *s, const struct site_plan *plan);
void badges_release(struct badges *b);

#endif
