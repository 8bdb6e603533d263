// SPDX-License-Identifier: GPL-2.0-or-later
#include "carry.h"

#include <stdlib.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/strvec.h"
#include "statement.h"

/*
 * Parents before children. Columns have the same order in both, as one list of steps made both.
 * What runs share (session, arm) may be there already.
 */
static const char *const copies[] = {
	"INSERT OR IGNORE INTO main.session SELECT * FROM old.session"
	" WHERE id IN (SELECT session FROM old.run WHERE id = ?1)",
	"INSERT OR IGNORE INTO main.arm SELECT * FROM old.arm"
	" WHERE (session, position) IN (SELECT session, arm FROM old.run WHERE id = ?1)",
	"INSERT OR IGNORE INTO main.comparison SELECT * FROM old.comparison"
	" WHERE (session, new) IN (SELECT session, arm FROM old.run WHERE id = ?1)",
	"INSERT INTO main.run SELECT * FROM old.run WHERE id = ?1",
	"INSERT INTO main.workload SELECT * FROM old.workload WHERE run = ?1",
	"INSERT INTO main.sample SELECT * FROM old.sample WHERE run = ?1",
	"INSERT INTO main.histogram SELECT * FROM old.histogram WHERE run = ?1",
	"INSERT INTO main.finding SELECT * FROM old.finding WHERE run = ?1",
	"INSERT INTO main.environment SELECT * FROM old.environment WHERE run = ?1",
	"INSERT INTO main.profile SELECT * FROM old.profile WHERE run = ?1",
	"INSERT INTO main.function_count SELECT * FROM old.function_count WHERE run = ?1",
	"INSERT INTO main.function_cache SELECT * FROM old.function_cache WHERE run = ?1",
	"INSERT INTO main.call_node SELECT * FROM old.call_node WHERE run = ?1",
	"INSERT OR IGNORE INTO main.kernel_symbols SELECT * FROM old.kernel_symbols WHERE kernel IN"
	" (SELECT kernel FROM old.arm JOIN old.run ON run.session = arm.session"
	"  AND run.arm = arm.position WHERE run.id = ?1)",
};

static int list_missing(struct db *new, struct strvec *ids)
{
	struct statement s;
	int ret = statement_prepare(&s, new,
				    "SELECT id FROM old.run WHERE id NOT IN"
				    " (SELECT id FROM main.run) ORDER BY id");

	while (ret >= 0 && (ret = statement_step(&s)) > 0) {
		char *id = statement_text(&s, 0);

		strvec_push(ids, id);
		free(id);
	}
	statement_release(&s);
	return ret;
}

static int copy_run(struct db *new, const char *id)
{
	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++)
		if (db_run(new, copies[i], VALUES(TEXT(id))) < 0)
			return -1;
	return 0;
}

static int copy_gone(struct db *new, bool (*gone)(const char *run_id, void *ctx), void *ctx,
		     size_t *count)
{
	struct strvec ids = STRVEC_INIT;
	int ret = db_exec(new, "BEGIN");

	if (ret == 0)
		ret = list_missing(new, &ids);
	for (size_t i = 0; ret == 0 && i < ids.count; i++) {
		if (!gone(ids.items[i], ctx))
			continue;
		ret = copy_run(new, ids.items[i]);
		*count += ret == 0;
	}
	if (ret == 0)
		ret = db_exec(new, "COMMIT");
	if (ret != 0 && !sqlite3_get_autocommit(new->sqlite))
		(void)sqlite3_exec(new->sqlite, "ROLLBACK", NULL, NULL, NULL);
	strvec_release(&ids);
	return ret;
}

/* A rebuild is the cure of a database that is damaged: no news then. */
static bool is_readable(const char *path)
{
	sqlite3 *old = NULL;
	bool ok = sqlite3_open_v2(path, &old, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
		  sqlite3_exec(old, "SELECT count(*) FROM run", NULL, NULL, NULL) == SQLITE_OK;

	(void)sqlite3_close(old);
	return ok;
}

int db_carry(struct db *new, const char *path, bool (*gone)(const char *run_id, void *ctx),
	     void *ctx, size_t *count)
{
	size_t copied = 0;
	int ret;

	if (!file_exists(path))
		return 0;
	if (!is_readable(path) || db_bring_up(path) < 0 ||
	    db_run(new, "ATTACH DATABASE ? AS old", VALUES(TEXT(path))) < 0)
		ret = 1;
	else
		ret = copy_gone(new, gone, ctx, &copied) < 0 ? 1 : 0;
	if (ret == 0)
		*count += copied;
	else
		warning("nothing could be taken over from the old database");
	if (sqlite3_db_filename(new->sqlite, "old") && db_exec(new, "DETACH DATABASE old") < 0)
		return -1;
	return ret;
}
