// SPDX-License-Identifier: GPL-2.0-or-later
#include "content.h"

#include <stdlib.h>

#include "lib/strvec.h"

static const char arm_row[] =
	"SELECT session.*, arm.* FROM run JOIN session ON session.id = run.session"
	" JOIN arm ON arm.session = run.session AND arm.position = run.arm WHERE run.id = ?";
static const char comparison_rows[] =
	"SELECT comparison.* FROM run JOIN comparison ON comparison.session = run.session"
	" AND comparison.new = run.arm WHERE run.id = ?1"
	" AND comparison.workload IN (SELECT name FROM workload WHERE run = ?1)"
	" ORDER BY base, workload";

/* In the order of their keys: what was stored in another order has the same hash. */
static const char *const rows[] = {
	arm_row,
	"SELECT id, arm, boot, started FROM run WHERE id = ?",
	comparison_rows,
	"SELECT * FROM workload WHERE run = ? ORDER BY position",
	"SELECT * FROM sample WHERE run = ? ORDER BY workload, metric",
	"SELECT * FROM histogram WHERE run = ? ORDER BY workload, kind, ns",
	"SELECT * FROM finding WHERE run = ? ORDER BY position",
	"SELECT * FROM environment WHERE run = ? ORDER BY key",
	"SELECT * FROM profile WHERE run = ? ORDER BY workload",
	"SELECT * FROM function_count WHERE run = ? ORDER BY workload, name, object",
	"SELECT * FROM function_cache WHERE run = ? ORDER BY workload, name, object",
	"SELECT * FROM call_node WHERE run = ? ORDER BY workload, node",
};

/* A number by its bytes: as a text it would lose digits. */
static void mix(struct statement *s, struct hash *hash)
{
	for (int i = 0; i < sqlite3_column_count(s->stmt); i++) {
		double real;

		if (sqlite3_column_type(s->stmt, i) != SQLITE_FLOAT) {
			hash_part(hash, "", statement_peek(s, i));
			continue;
		}
		real = statement_real(s, i);
		hash_bytes(hash, &real, sizeof(real));
	}
}

static int mix_rows(struct db *db, const char *sql, const char *run, struct hash *hash)
{
	struct statement s;
	int ret = statement_prepare(&s, db, sql);

	if (ret == 0)
		ret = statement_bind(&s, VALUES(TEXT(run)));
	while (ret == 0 && (ret = statement_step(&s)) > 0) {
		mix(&s, hash);
		ret = 0;
	}
	statement_release(&s);
	hash_part(hash, "end", "");
	return ret;
}

int content_hash(struct db *db, const char *run, struct hash_hex *out)
{
	struct hash hash;

	hash_init(&hash);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (mix_rows(db, rows[i], run, &hash) < 0)
			return -1;
	hash_end(&hash, out);
	return 0;
}

int content_update(struct db *db, const char *run)
{
	struct hash_hex hash;

	if (content_hash(db, run, &hash) < 0)
		return -1;
	return db_run(db, "UPDATE run SET content = ?2 WHERE id = ?1",
		      VALUES(TEXT(run), TEXT(hash.s)));
}

static int list_unread(struct db *db, struct strvec *out)
{
	struct statement s;
	int ret = statement_prepare(&s, db, "SELECT id FROM run WHERE content = ''");

	while (ret >= 0 && (ret = statement_step(&s)) > 0)
		strvec_push(out, statement_peek(&s, 0));
	statement_release(&s);
	return ret;
}

static int update_all(struct db *db)
{
	struct strvec runs = STRVEC_INIT;
	int ret = list_unread(db, &runs);

	for (size_t i = 0; i < runs.count && ret == 0; i++)
		ret = content_update(db, runs.items[i]);
	strvec_release(&runs);
	return ret;
}

int content_fill(struct db *db)
{
	int64_t some = 0;
	int ret = db_get_int(db, "SELECT EXISTS (SELECT 1 FROM run WHERE content = '')", &some);

	if (ret < 0 || !some)
		return ret;
	if (db_exec(db, "BEGIN IMMEDIATE") < 0)
		return -1;
	ret = update_all(db);
	if (ret == 0)
		ret = db_exec(db, "COMMIT");
	if (ret < 0 && !sqlite3_get_autocommit(db->sqlite))
		(void)sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
	return ret;
}
