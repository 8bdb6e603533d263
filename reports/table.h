/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table that is shown in a page and lies beside it as CSV and JSON: one set of cells, three
 * forms. Columns are constants of the program; all texts are copied.
 */
#ifndef KAB_REPORTS_TABLE_H
#define KAB_REPORTS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "folder.h"
#include "html.h"
#include "judge.h"

struct table_column {
	const char *key;     /* in CSV and JSON; NULL: only shown (a small picture) */
	const char *heading; /* in the page; NULL: only in CSV and JSON */
	bool words;	     /* aligned to the left */
};

/* What a cell has; parts that are not set are left out. */
struct table_cell {
	const char *text; /* as shown; NULL: empty */
	const char *data; /* in CSV and JSON, when it is not the text */
	double number;	  /* in CSV and JSON instead, with is_number; NaN: null */
	bool is_number;
	const char *href;    /* of the text */
	const char *class;   /* a constant */
	const char *badge;   /* class of a badge around the text, "" for a plain one; a constant */
	const char *picture; /* HTML of the program's own, in front of the text */
	const char *more;    /* a second, softer line */
	double order;	     /* what the page sorts by, with is_number or is_ordered */
	bool is_ordered;
};

struct table_row {
	struct table_cell *cells; /* as many as columns */
	const char *class;
};

struct table {
	const struct table_column *columns;
	size_t column_count;
	struct table_row *rows;
	size_t count;
	size_t next; /* column of the next cell */
	struct strvec texts;
};

void table_init(struct table *t, const struct table_column *columns, size_t count);
void table_release(struct table *t);
/* Starts a row; class may be NULL. Cells are added from left to right. */
void table_row(struct table *t, const char *class);
void table_cell(struct table *t, const struct table_cell *cell);
/* Frequent kinds of cells. A number is shown in the unit's scale. */
void table_text(struct table *t, const char *text);
void table_link(struct table *t, const char *text, const char *href);
void table_figure(struct table *t, const char *unit, double value);
void table_percent(struct table *t, double pct, enum verdict v);
void table_verdict(struct table *t, enum verdict v);
void table_count(struct table *t, size_t n);

/*
 * The table, with the links to its data when `data` is a name beside the page (without suffix).
 * The label is for screen readers. Long tables can be sorted and filtered by the page's script.
 */
void table_html(struct html *h, const struct table *t, const char *label, const char *data);
/* NAME.csv (RFC 4180) and NAME.json (an array of objects) of the current part. 0, or -1. */
int table_files(struct folder *f, const struct table *t, const char *name);

#endif
