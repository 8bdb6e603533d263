// SPDX-License-Identifier: GPL-2.0-or-later
#include "query.h"

#include <stdlib.h>

#include "rows.h"

/*
 * Sides.
 */

static void add_side(struct statement *s, void *out)
{
	struct db_sides *sides = out;

	sides->items = db_grow(sides->items, sides->count, sizeof(*sides->items));
	sides->items[sides->count++] = (struct db_side){
		.session = statement_text(s, 0),
		.arm = statement_int(s, 1),
		.kernel_id = statement_text(s, 2),
		.spec = statement_text(s, 3),
		.release = statement_text(s, 4),
		.image_sha256 = statement_text(s, 5),
		.config_sha256 = statement_text(s, 6),
		.compiler = statement_text(s, 7),
		.source = statement_text(s, 8),
		.series = statement_text(s, 9),
		.target = statement_text(s, 10),
		.clock = statement_text(s, 11),
		.plan = statement_text(s, 12),
		.started = statement_text(s, 13),
		.runs = (size_t)statement_int(s, 14),
		.failed_runs = (size_t)statement_int(s, 15),
	};
}

int db_sides(struct db *db, const char *session, struct db_sides *out)
{
	struct strvec sessions = STRVEC_INIT;
	int ret = 0;

	*out = (struct db_sides){ 0 };
	if (!session)
		ret = db_sessions(db, &sessions);
	if (sessions.count)
		session = sessions.items[0];
	if (ret == 0 && session)
		ret = db_each_row(
			db,
			"SELECT session.id, arm.position, kernel, spec, release, image_sha256,"
			" config_sha256, compiler, source, series, target, clock, plan,"
			" min(run.started), count(*), count(*) - count(comparable_run.id)"
			" FROM session JOIN arm ON arm.session = session.id"
			" JOIN run ON run.session = arm.session AND run.arm = arm.position"
			" LEFT JOIN comparable_run ON comparable_run.id = run.id"
			" WHERE session.id = ? GROUP BY arm.position ORDER BY arm.position",
			VALUES(TEXT(session)), add_side, out);
	strvec_release(&sessions);
	return ret;
}

void db_sides_release(struct db_sides *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct db_side *side = &s->items[i];

		free(side->session);
		free(side->kernel_id);
		free(side->spec);
		free(side->release);
		free(side->image_sha256);
		free(side->config_sha256);
		free(side->compiler);
		free(side->source);
		free(side->series);
		free(side->target);
		free(side->clock);
		free(side->plan);
		free(side->started);
	}
	free(s->items);
	*s = (struct db_sides){ 0 };
}

/*
 * Pairs.
 */

static void add_pair(struct statement *s, void *out)
{
	struct db_pairs *list = out;

	list->items = db_grow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = (struct db_pair){
		.base = statement_int(s, 0),
		.new = statement_int(s, 1),
		.workloads = statement_text(s, 2),
	};
}

int db_pairs(struct db *db, const char *session, struct db_pairs *out)
{
	*out = (struct db_pairs){ 0 };
	return db_each_row(db,
			   "SELECT base, new, group_concat(workload, ' ') FROM"
			   " (SELECT base, new, workload FROM comparison"
			   "  JOIN arm ON arm.session = comparison.session AND arm.position = base"
			   "  WHERE comparison.session = ? ORDER BY base, new, workload)"
			   " GROUP BY base, new ORDER BY base, new",
			   VALUES(TEXT(session)), add_pair, out);
}

void db_pairs_release(struct db_pairs *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->items[i].workloads);
	free(p->items);
	*p = (struct db_pairs){ 0 };
}

/*
 * Sessions.
 */

static void add_session(struct statement *s, void *out)
{
	char *id = statement_text(s, 0);

	strvec_push(out, id);
	free(id);
}

int db_sessions(struct db *db, struct strvec *out)
{
	return db_each_row(db,
			   "SELECT session FROM run GROUP BY session"
			   " ORDER BY min(started) DESC, session DESC",
			   NULL, 0, add_session, out);
}
