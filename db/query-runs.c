// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sessions and their runs, one by one.
 */
#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "content.h"
#include "lib/alloc.h"
#include "rows.h"

/* --- sessions ---------------------------------------------------------------------------------- */

struct loader {
	struct db *db;
	struct db_session_list *list;
	struct hash hash; /* of the session at hand */
	int ret;
};

static void finish_session(struct loader *l)
{
	if (l->list->count)
		hash_end(&l->hash, &l->list->items[l->list->count - 1].content);
}

static struct db_session *session_of_row(struct statement *s, struct loader *l)
{
	struct db_session_list *list = l->list;

	if (list->count && !strcmp(list->items[list->count - 1].id, statement_peek(s, 0)))
		return &list->items[list->count - 1];
	finish_session(l);
	hash_init(&l->hash);
	list->items = db_grow(list->items, list->count, sizeof(*list->items));
	list->items[list->count] = (struct db_session){
		.id = statement_text(s, 0),
		.plan = statement_text(s, 1),
		.target = statement_text(s, 2),
		.clock = statement_text(s, 3),
		.started = statement_text(s, 4),
	};
	return &list->items[list->count++];
}

static void add_run_of_session(struct statement *s, void *out)
{
	struct loader *l = out;
	struct db_session *session = session_of_row(s, l);
	const char *started = statement_peek(s, 4), *content = statement_peek(s, 7);
	struct hash_hex now;

	if (strcmp(started, session->started) < 0) {
		free(session->started);
		session->started = xstrdup(started);
	}
	session->runs++;
	session->failed_runs += statement_int(s, 5) != 0;
	/* A run that another program has just put there. */
	if (!*content && l->ret == 0) {
		l->ret = content_hash(l->db, statement_peek(s, 6), &now);
		content = now.s;
	}
	hash_part(&l->hash, "run", content);
}

/* --- what sessions are a part of --------------------------------------------------------------- */

struct purposes {
	struct db_session_list *list; /* by id, as the rows */
	size_t at;
};

static void add_purpose(struct statement *s, void *out)
{
	struct purposes *p = out;
	const char *id = statement_peek(s, 0);
	bool ladder = !strcmp(statement_peek(s, 1), "session.ladder");
	struct db_session *session;

	while (p->at < p->list->count && strcmp(p->list->items[p->at].id, id) < 0)
		p->at++;
	/* One that another program has just put there. */
	if (p->at == p->list->count || strcmp(p->list->items[p->at].id, id) != 0)
		return;
	session = &p->list->items[p->at];
	*(ladder ? &session->ladder : &session->bisection) = statement_text(s, 2);
}

/* Each of its runs says it. */
static int load_purposes(struct db *db, struct db_session_list *list)
{
	struct purposes p = { .list = list };

	return db_each_row(db,
			   "SELECT session.id, key, value FROM session JOIN environment"
			   " ON environment.run = (SELECT min(id) FROM run"
			   "  WHERE run.session = session.id)"
			   " AND key IN ('session.ladder', 'session.bisection')"
			   " ORDER BY session.id",
			   NULL, 0, add_purpose, &p);
}

static int newest_first(const void *a, const void *b)
{
	const struct db_session *x = a, *y = b;
	int order = strcmp(y->started, x->started);

	return order != 0 ? order : strcmp(y->id, x->id);
}

static void release_session(struct db_session *s)
{
	free(s->id);
	free(s->plan);
	free(s->target);
	free(s->clock);
	free(s->started);
	free(s->ladder);
	free(s->bisection);
}

/* Moves what is no night of a plan to `others`, or drops it. */
static void split(struct db_session_list *nights, struct db_session_list *others)
{
	size_t kept = 0;

	for (size_t i = 0; i < nights->count; i++) {
		struct db_session *session = &nights->items[i];

		if (!session->ladder && !session->bisection) {
			nights->items[kept++] = *session;
		} else if (others) {
			others->items =
				db_grow(others->items, others->count, sizeof(*others->items));
			others->items[others->count++] = *session;
		} else {
			release_session(session);
		}
	}
	nights->count = kept;
}

int db_session_list(struct db *db, struct db_session_list *nights, struct db_session_list *others)
{
	struct loader l = { .db = db, .list = nights };
	int ret;

	*nights = (struct db_session_list){ 0 };
	if (others)
		*others = (struct db_session_list){ 0 };
	ret = db_each_row(db,
			  "SELECT session.id, plan, target, clock, started,"
			  " EXISTS (SELECT 1 FROM finding WHERE finding.run = run.id"
			  "  AND severity = 'failure'), run.id, content"
			  " FROM session JOIN run ON run.session = session.id"
			  " ORDER BY session.id, run.arm, run.id",
			  NULL, 0, add_run_of_session, &l);
	finish_session(&l);
	if (ret == 0)
		ret = load_purposes(db, nights);
	if (nights->count)
		qsort(nights->items, nights->count, sizeof(*nights->items), newest_first);
	split(nights, others);
	return ret < 0 ? ret : l.ret;
}

void db_session_list_release(struct db_session_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		release_session(&l->items[i]);
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
