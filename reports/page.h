/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages of the site. Each page-*.c writes one document; site.c puts it into the folder.
 */
#ifndef KAB_REPORTS_PAGE_H
#define KAB_REPORTS_PAGE_H

#include <stddef.h>

#include "html.h"
#include "judge.h"
#include "plot.h"

/* The style sheet of all pages: light and dark, down to the width of a phone. */
extern const char page_style[];

/* A session: its base against each of the other kernels. list[0 ... count - 1], count >= 1. The
 * names are those of the plots' legends: the base, then the new side of each judgement. */
void page_compare(struct html *h, const struct judgement *list, size_t count, char *const *names,
		  const struct plots *plots);

#endif
