/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The forms of a session's judgements that go to standard output, by name. To add one: one file,
 * one line in format.c, and FORMAT_CHOICES.
 */
#ifndef KAB_REPORTS_FORMAT_H
#define KAB_REPORTS_FORMAT_H

#include "reports.h"

/* For the table of options; "html" is a folder, and the commands' own. */
#define FORMAT_CHOICES "text|json|csv|email|benchstat|junit|ktap|html"

/* `all`: not only the headline metrics. 0, or -1 with an error printed. */
typedef int format_fn(FILE *out, const struct judgement *list, size_t count, bool all);

/* NULL for an unknown name and for "html". */
format_fn *format_find(const char *name);

/* One file each. */
format_fn format_text, format_email; /* text.c: 80 columns; 72, without colour */
format_fn format_json;		     /* one object; an array of them for several comparisons */
format_fn format_csv;		     /* RFC 4180, with a heading; a row per figure */
format_fn format_benchstat;	     /* Go's benchmark format, for `benchstat -col kernel` */
format_fn format_junit, format_ktap; /* a figure is a test: worse fails, unproven is skipped */

/* The end of each of them. 0, or -1 with an error printed. */
int format_finish(FILE *out);

#endif
