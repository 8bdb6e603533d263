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
	const char *sign;    /* behind the text, for those who see it; a constant */
	const char *meaning; /* of the sign, for those who do not; a constant */
	const char *more;    /* a second, softer line */
	unsigned int span;   /* columns, when it is more than one: the next ones have no cells */
	double order;	     /* what the page sorts by, with is_number or is_ordered */
	bool is_ordered;
};

struct table_row {
	struct table_cell *cells; /* as many as columns */
	const char *class;
	bool fixed;  /* keeps its place when its group is sorted: a heading, a sum */
	bool groups; /* begins a group */
};

struct table {
	const struct table_column *columns;
	size_t column_count;
	struct table_row *rows;
	size_t count;
	size_t next; /* column of the next cell */
	struct strvec texts;
	const char *caption; /* borrowed; NULL: none */
	const char *class;   /* a constant; NULL: none */
};

void table_init(struct table *t, const struct table_column *columns, size_t count);
void table_release(struct table *t);
/* Starts a row; class may be NULL. Cells are added from left to right. */
void table_row(struct table *t, const char *class);
void table_cell(struct table *t, const struct table_cell *cell);
/* Starts a group of rows with one that keeps its place: rows are sorted within their group, and found
 * with it. */
void table_group(struct table *t, const char *class);
/* Starts a row that keeps its place. */
void table_fixed(struct table *t, const char *class);
/* A row that is nothing but words. */
void table_note(struct table *t, const char *class, const char *words);
/* Frequent kinds of cells. A number is shown in the unit's scale. */
void table_text(struct table *t, const char *text);
void table_link(struct table *t, const char *text, const char *href);
void table_figure(struct table *t, const char *unit, double value);
/* In the scale of another figure, so that the two can be compared by eye. */
void table_scaled(struct table *t, const char *unit, double value, double other);
void table_percent(struct table *t, double pct, enum verdict v);
/* "-1 % ... +2 %" or, when there is none, these words; sorted by its middle. */
void table_interval(struct table *t, const double pct[2], bool exact, const char *none);
/* The metric and which way is better. */
void table_metric(struct table *t, const char *metric, enum better better);
void table_verdict(struct table *t, enum verdict v);
void table_count(struct table *t, size_t n);

/*
 * The table, with the links to its data when `data` is a name beside the page (without suffix).
 * The label is for screen readers. Long tables can be sorted and filtered by the page's script.
 */
void table_html(struct html *h, const struct table *t, const char *label, const char *data);
/* NAME.csv (RFC 4180) and NAME.json (an array of objects) of the current part, without rows that are
 * fixed. 0, or -1. */
int table_files(struct folder *f, const struct table *t, const char *name);

#endif
