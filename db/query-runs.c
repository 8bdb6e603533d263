// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sessions and their runs, one by one.
 */
#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "rows.h"

/* --- sessions ---------------------------------------------------------------------------------- */

static void add_session(struct statement *s, void *out)
{
	struct db_session_list *list = out;

	list->items = db_grow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = (struct db_session){
		.id = statement_text(s, 0),
		.plan = statement_text(s, 1),
		.target = statement_text(s, 2),
		.clock = statement_text(s, 3),
		.started = statement_text(s, 4),
		.runs = (size_t)statement_int(s, 5),
		.failed_runs = (size_t)statement_int(s, 6),
	};
}

int db_session_list(struct db *db, struct db_session_list *out)
{
	*out = (struct db_session_list){ 0 };
	return db_each_row(
		db,
		"SELECT session.id, plan, target, clock, min(run.started) AS first, count(*),"
		" sum(EXISTS (SELECT 1 FROM finding WHERE finding.run = run.id"
		"  AND severity = 'failure'))"
		" FROM run JOIN session ON session.id = run.session"
		" GROUP BY run.session ORDER BY first DESC, session.id DESC",
		NULL, 0, add_session, out);
}

void db_session_list_release(struct db_session_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->items[i].id);
		free(l->items[i].plan);
		free(l->items[i].target);
		free(l->items[i].clock);
		free(l->items[i].started);
	}
	free(l->items);
	*l = (struct db_session_list){ 0 };
}

/* --- runs -------------------------------------------------------------------------------------- */

static void add_run(struct statement *s, void *out)
{
	struct db_runs *list = out;

	list->items = db_grow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = (struct db_run){
		.id = statement_text(s, 0),
		.arm = statement_int(s, 1),
		.boot = statement_int(s, 2),
		.started = statement_text(s, 3),
		.workloads = statement_text(s, 4),
		.failed = statement_int(s, 5) != 0,
	};
}

int db_runs(struct db *db, const char *session, struct db_runs *out)
{
	*out = (struct db_runs){ 0 };
	return db_each_row(
		db,
		"SELECT id, arm, boot, started,"
		" coalesce((SELECT group_concat(name, ' ') FROM (SELECT name FROM workload"
		"  WHERE workload.run = run.id ORDER BY position)), ''),"
		" EXISTS (SELECT 1 FROM finding WHERE finding.run = run.id"
		"  AND severity = 'failure')"
		" FROM run WHERE session = ? ORDER BY " BY_RUN("id"),
		VALUES(TEXT(session)), add_run, out);
}

void db_runs_release(struct db_runs *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->items[i].id);
		free(r->items[i].started);
		free(r->items[i].workloads);
	}
	free(r->items);
	*r = (struct db_runs){ 0 };
}

/* --- fingerprints ------------------------------------------------------------------------------ */

/* The hash of every column of every row. */
struct mixer {
	struct hash *hash;
	int columns;
};

static void mix(struct statement *s, void *out)
{
	const struct mixer *m = out;

	for (int i = 0; i < m->columns; i++)
		hash_part(m->hash, "", statement_peek(s, i));
}

int db_session_hash(struct db *db, const char *session, struct hash *hash)
{
	static const struct {
		int columns;
		const char *sql;
	} parts[] = {
		{ 10,
		  "SELECT position, spec, kernel, release, source, series, compiler,"
		  " config_sha256, image_sha256, '' FROM arm WHERE session = ? ORDER BY position" },
		{ 3, "SELECT new, base, workload FROM comparison WHERE session = ?"
		     " ORDER BY base, new, workload" },
		{ 4, "SELECT id, arm, boot, started FROM run WHERE session = ? ORDER BY id" },
		{ 7, "SELECT sample.* FROM run JOIN sample ON sample.run = run.id"
		     " WHERE session = ? ORDER BY run.id, workload, metric" },
		{ 6, "SELECT finding.* FROM run JOIN finding ON finding.run = run.id"
		     " WHERE session = ? ORDER BY run.id, position" },
		{ 3, "SELECT environment.* FROM run JOIN environment ON environment.run = run.id"
		     " WHERE session = ? ORDER BY run.id, key" },
		{ 4, "SELECT run.id, workload, kind, total(ns * count) FROM run"
		     " JOIN histogram ON histogram.run = run.id"
		     " WHERE session = ? GROUP BY 1, 2, 3 ORDER BY 1, 2, 3" },
		{ 3, "SELECT run.id, workload, instructions FROM run"
		     " JOIN profile ON profile.run = run.id WHERE session = ? ORDER BY 1, 2" },
	};
	int ret = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && ret == 0; i++) {
		struct mixer m = { hash, parts[i].columns };

		ret = db_each_row(db, parts[i].sql, VALUES(TEXT(session)), mix, &m);
	}
	return ret;
}
