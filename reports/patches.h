/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The patches of a series, as a page shows them.
 */
#ifndef KAB_REPORTS_PATCHES_H
#define KAB_REPORTS_PATCHES_H

#include <stddef.h>

#include "lib/strvec.h"

struct patch {
	char *subject;	     /* without "[PATCH n/m]" */
	char *text;	     /* the whole, cut where it is very long */
	struct strvec links; /* of its "Link:" lines */
};

struct patches {
	struct patch *items; /* in the order of the series */
	size_t count;
};

/* Of the series that are folders in patches/, joined by "+"; others have none. */
void patches_load(struct patches *p, const char *series);
void patches_release(struct patches *p);

#endif
