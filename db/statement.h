/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside db/ only: the handle, and prepared statements. All values are bound; a failure of any
 * kind is told once, by the step that meets it.
 */
#ifndef KAB_DB_STATEMENT_H
#define KAB_DB_STATEMENT_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

struct db {
	sqlite3 *sqlite;
	char *path;   /* for messages */
	char *target; /* of a rebuild: where it will be installed; otherwise NULL */
	int lock;     /* descriptor that keeps a rebuild away, or -1 */
};

struct statement {
	struct db *db;
	sqlite3_stmt *stmt;
};

/* A parameter's value; a text is borrowed until the statement is run to its end or released. */
struct value {
	enum { VALUE_TEXT, VALUE_INT, VALUE_REAL } type;
	union {
		const char *text;
		int64_t integer;
		double real;
	};
};

#define TEXT(t) ((struct value){ .type = VALUE_TEXT, .text = (t) })
#define INT(i)	((struct value){ .type = VALUE_INT, .integer = (i) })
#define REAL(r) ((struct value){ .type = VALUE_REAL, .real = (r) })
#define VALUES(...)                              \
	((const struct value[]){ __VA_ARGS__ }), \
		sizeof((const struct value[]){ __VA_ARGS__ }) / sizeof(struct value)

/* Makes an older database one of this kab's version. 0, or -1 with an error printed. The caller holds
 * the lock. */
int db_bring_up(const char *path);

/* Prints what the last call on the database complained of, and returns -1. */
int db_error(struct db *db);
/* Statements without parameters and rows. 0, or -1 with an error printed. */
int db_exec(struct db *db, const char *sql);
/* A statement with parameters that is run once; rows are dropped. 0, or -1 with an error printed. */
int db_run(struct db *db, const char *sql, const struct value *values, size_t count);
/* The first column of the first row as an integer. 0, or -1 with an error printed. */
int db_get_int(struct db *db, const char *sql, int64_t *value);

/* 0, or -1 with an error printed. Release it either way. */
int statement_prepare(struct statement *s, struct db *db, const char *sql);
void statement_release(struct statement *s);
/* The first parameters, in order. 0, or -1 with an error printed. */
int statement_bind(struct statement *s, const struct value *values, size_t count);
/* 1 with a row, 0 at the end, -1 with an error printed. */
int statement_step(struct statement *s);
/* Binds, steps to the end, and makes it ready for other values. 0, or -1 with an error printed. */
int statement_run(struct statement *s, const struct value *values, size_t count);
/* Makes it ready for other values before or at its end. */
void statement_rewind(struct statement *s);
/* A copy of a text column; columns count from 0. */
char *statement_text(struct statement *s, int column);
/* The text itself, until the next step. */
const char *statement_peek(struct statement *s, int column);
int64_t statement_int(struct statement *s, int column);
double statement_real(struct statement *s, int column);

#endif
