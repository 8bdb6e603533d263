/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The forms a judgement is shown in. All return 0, or -1 with an error printed.
 */
#ifndef KAB_REPORTS_REPORTS_H
#define KAB_REPORTS_REPORTS_H

#include <stdbool.h>
#include <stdio.h>

#include "judge.h"

/* A table for a terminal or a cover letter: headline metrics, or all of them. */
int report_text(FILE *out, const struct judgement *j, bool all);
/* {"base","new","target","clock","comparisons":[...]} (docs/formats.md). */
int report_json(FILE *out, const struct judgement *j);
/*
 * DIR/index.html with its plots as SVG and PNG beside it: index pages last and by rename.
 * `base` is judged against each of the other sides of the session.
 */
int report_html(const char *dir, const struct judgement *list, size_t count);

#endif
