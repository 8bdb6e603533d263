/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether two sides differ in what a figure depends on besides the kernel's code: their facts are
 * compared by a table that says which facts matter and how much.
 */
#ifndef KAB_REPORTS_COMPARABLE_H
#define KAB_REPORTS_COMPARABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "db/query.h"

struct difference {
	char *what; /* "compiler" */
	char *base, *new;
	bool serious; /* it may be the reason of any difference in the figures */
};

struct differences {
	struct difference *items; /* serious ones first */
	size_t count, serious;
};

/*
 * Lists what differs. Two kernels of different sources differ in configuration and mitigations by
 * nature: that is then not serious. Between two kernels that were named as they are (deb:, image:),
 * neither are the compiler and debug options: what was asked is which of the two is better. A fact
 * that one side does not have counts only when it is a matter of the kernel's configuration; facts
 * that the table does not know count never.
 */
void differences_find(const struct db_side *base, const struct db_facts *base_facts,
		      const struct db_side *new, const struct db_facts *new_facts,
		      struct differences *out);
void differences_release(struct differences *d);

#endif
