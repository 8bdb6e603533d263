// SPDX-License-Identifier: GPL-2.0-or-later
#include "statement.h"

#include <stdbool.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/log.h"

#define REBUILD "; \"kab collect --rebuild\" makes a new one from the run directories"

/* By primary result code. Where the system has a word on it, that is added. */
static const struct complaint {
	int code;
	bool system;
	const char *text;
} complaints[] = {
	{ SQLITE_NOTADB, false, "is not a database of kab" REBUILD },
	{ SQLITE_CORRUPT, false, "is damaged" REBUILD },
	{ SQLITE_BUSY, false, "is locked by another process" },
	{ SQLITE_LOCKED, false, "is locked by another process" },
	{ SQLITE_FULL, false, "cannot grow: no space left on its disk" },
	{ SQLITE_READONLY, false, "is read-only" },
	{ SQLITE_PERM, false, "may not be used by this user" },
	{ SQLITE_CANTOPEN, true, "cannot be opened" },
	{ SQLITE_IOERR, true, "cannot be read or written" },
};

int db_error(struct db *db)
{
	int code = sqlite3_extended_errcode(db->sqlite);
	int system = sqlite3_system_errno(db->sqlite);

	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
		const struct complaint *c = &complaints[i];

		if (c->code != (code & 0xff))
			continue;
		if (c->system && system)
			return error("database \"%s\" %s: %s", db->path, c->text, strerror(system));
		return error("database \"%s\" %s", db->path, c->text);
	}
	return error("database \"%s\": %s", db->path, sqlite3_errmsg(db->sqlite));
}

int db_exec(struct db *db, const char *sql)
{
	if (sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_error(db);
	return 0;
}

int db_run(struct db *db, const char *sql, const struct value *values, size_t count)
{
	struct statement s;
	int ret = statement_prepare(&s, db, sql);

	if (ret == 0)
		ret = statement_run(&s, values, count);
	statement_release(&s);
	return ret;
}

int db_get_int(struct db *db, const char *sql, int64_t *value)
{
	struct statement s;
	int ret = statement_prepare(&s, db, sql);

	if (ret == 0)
		ret = statement_step(&s);
	if (ret > 0)
		*value = statement_int(&s, 0);
	statement_release(&s);
	return ret < 0 ? -1 : 0;
}

int statement_prepare(struct statement *s, struct db *db, const char *sql)
{
	*s = (struct statement){ .db = db };
	if (sqlite3_prepare_v2(db->sqlite, sql, -1, &s->stmt, NULL) != SQLITE_OK)
		return db_error(db);
	return 0;
}

void statement_release(struct statement *s)
{
	/* It repeats the error of the last step, which was told then. */
	(void)sqlite3_finalize(s->stmt);
	*s = (struct statement){ 0 };
}

static int bind_one(sqlite3_stmt *stmt, int index, const struct value *v)
{
	switch (v->type) {
	case VALUE_TEXT:
		return sqlite3_bind_text(stmt, index, v->text, -1, SQLITE_STATIC);
	case VALUE_INT:
		return sqlite3_bind_int64(stmt, index, v->integer);
	case VALUE_REAL:
		return sqlite3_bind_double(stmt, index, v->real);
	}
	return SQLITE_MISUSE;
}

int statement_bind(struct statement *s, const struct value *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bind_one(s->stmt, (int)i + 1, &values[i]) != SQLITE_OK)
			return db_error(s->db);
	return 0;
}

int statement_step(struct statement *s)
{
	int code = sqlite3_step(s->stmt);

	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : db_error(s->db);
}

int statement_run(struct statement *s, const struct value *values, size_t count)
{
	int ret = statement_bind(s, values, count);

	if (ret == 0)
		do
			ret = statement_step(s);
		while (ret > 0);
	statement_rewind(s);
	return ret;
}

void statement_rewind(struct statement *s)
{
	/* It repeats the error of the step, which was told then. */
	(void)sqlite3_reset(s->stmt);
}

const char *statement_peek(struct statement *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s->stmt, column);

	return text ? text : "";
}

char *statement_text(struct statement *s, int column)
{
	return xstrdup(statement_peek(s, column));
}

int64_t statement_int(struct statement *s, int column)
{
	return sqlite3_column_int64(s->stmt, column);
}

double statement_real(struct statement *s, int column)
{
	return sqlite3_column_double(s->stmt, column);
}
