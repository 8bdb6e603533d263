// SPDX-License-Identifier: GPL-2.0-or-later
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "statement.h"

static const char *const better_names[] = {
	[BETTER_HIGHER] = "higher",
	[BETTER_LOWER] = "lower",
};

/* The run, and what only it needed, so that a corrected run does not contradict its own past. */
static int remove_run(struct db *db, const char *id)
{
	char *session = NULL;
	int64_t arm = 0;
	struct statement s;
	int ret = statement_prepare(&s, db, "SELECT session, arm FROM run WHERE id = ?");

	if (ret == 0)
		ret = statement_bind(&s, VALUES(TEXT(id)));
	if (ret == 0)
		ret = statement_step(&s);
	if (ret > 0) {
		session = statement_text(&s, 0);
		arm = statement_int(&s, 1);
	}
	statement_release(&s);
	if (ret <= 0)
		return ret;
	ret = db_run(db, "DELETE FROM run WHERE id = ?", VALUES(TEXT(id)));
	if (ret == 0)
		ret = db_run(db,
			     "DELETE FROM arm WHERE session = ?1 AND position = ?2 AND NOT EXISTS"
			     " (SELECT 1 FROM run WHERE session = ?1 AND arm = ?2)",
			     VALUES(TEXT(session), INT(arm)));
	if (ret == 0)
		ret = db_run(db,
			     "DELETE FROM session WHERE id = ?1 AND NOT EXISTS"
			     " (SELECT 1 FROM arm WHERE session = ?1)",
			     VALUES(TEXT(session)));
	if (ret == 0)
		ret = db_run(db,
			     "DELETE FROM kernel_symbols WHERE kernel NOT IN"
			     " (SELECT kernel FROM arm)",
			     NULL, 0);
	free(session);
	return ret;
}

/*
 * Inserts a row that several runs share, and looks whether it says what this run does: 1 if not,
 * with an error printed. `insert` and `select` take the same values.
 */
static int insert_shared(struct db *db, const struct rundir *run, const char *insert,
			 const char *select, const struct value *values, size_t count)
{
	struct statement s;
	int ret = db_run(db, insert, values, count);

	if (ret < 0)
		return -1;
	ret = statement_prepare(&s, db, select);
	if (ret == 0)
		ret = statement_bind(&s, values, count);
	if (ret == 0)
		ret = statement_step(&s);
	statement_release(&s);
	if (ret < 0)
		return -1;
	if (ret > 0)
		return 0;
	error("run \"%s\" contradicts other runs of its session", run->id);
	return 1;
}

static int insert_session(struct db *db, const struct rundir *run)
{
	return insert_shared(
		db, run,
		"INSERT INTO session (id, plan, target, clock) VALUES (?, ?, ?, ?)"
		" ON CONFLICT DO NOTHING",
		"SELECT 1 FROM session WHERE (id, plan, target, clock) = (?, ?, ?, ?)",
		VALUES(TEXT(run->session), TEXT(run->plan), TEXT(run->target), TEXT(run->clock)));
}

static int insert_arm(struct db *db, const struct rundir *run)
{
	return insert_shared(
		db, run,
		"INSERT INTO arm (session, position, spec, kernel, release, source, series,"
		" compiler, config_sha256, image_sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT DO NOTHING",
		"SELECT 1 FROM arm WHERE (session, position, spec, kernel, release, source, series,"
		" compiler, config_sha256, image_sha256) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		VALUES(TEXT(run->session), INT(run->arm), TEXT(run->kernel_spec),
		       TEXT(run->kernel_id), TEXT(run->kernel_release), TEXT(run->source),
		       TEXT(run->series), TEXT(run->compiler), TEXT(run->config_sha256),
		       TEXT(run->image_sha256)));
}

/* By any of the arm's runs: each says it, and the first is as good as the others. */
static int insert_comparisons(struct db *db, const struct rundir *run)
{
	struct statement s;
	int ret = statement_prepare(
		&s, db,
		"INSERT INTO comparison (session, new, base, workload) VALUES (?, ?, ?, ?)"
		" ON CONFLICT DO NOTHING");

	for (size_t i = 0; ret == 0 && i < run->workload_count; i++)
		for (size_t k = 0; ret == 0 && k < run->workloads[i].base_count; k++)
			ret = statement_run(&s, VALUES(TEXT(run->session), INT(run->arm),
						       INT(run->workloads[i].bases[k]),
						       TEXT(run->workloads[i].name)));
	statement_release(&s);
	return ret;
}

static int insert_run(struct db *db, const struct rundir *run)
{
	return db_run(db,
		      "INSERT INTO run (id, session, arm, boot, started, fingerprint)"
		      " VALUES (?, ?, ?, ?, ?, ?)",
		      VALUES(TEXT(run->id), TEXT(run->session), INT(run->arm), INT(run->boot),
			     TEXT(run->started), TEXT(run->fingerprint ? run->fingerprint : "")));
}

static int insert_workloads(struct db *db, const struct rundir *run)
{
	struct statement s;
	int ret = statement_prepare(
		&s, db, "INSERT INTO workload (run, position, name, title) VALUES (?, ?, ?, ?)");

	for (size_t i = 0; ret == 0 && i < run->workload_count; i++)
		ret = statement_run(&s, VALUES(TEXT(run->id), INT((int64_t)i),
					       TEXT(run->workloads[i].name),
					       TEXT(run->workloads[i].title)));
	statement_release(&s);
	return ret;
}

static int insert_samples(struct db *db, const char *run, const struct observations *o)
{
	struct statement s;
	int ret = statement_prepare(
		&s, db,
		"INSERT INTO sample (run, workload, metric, unit, better, headline, value)"
		" VALUES (?, ?, ?, ?, ?, ?, ?)");

	for (size_t i = 0; ret == 0 && i < o->sample_count; i++) {
		const struct sample *v = &o->samples[i];

		ret = statement_run(&s, VALUES(TEXT(run), TEXT(v->workload), TEXT(v->metric),
					       TEXT(v->unit), TEXT(better_names[v->better]),
					       INT(v->headline), REAL(v->value)));
	}
	statement_release(&s);
	return ret;
}

static int insert_bins(struct db *db, const char *run, const struct observations *o)
{
	struct statement s;
	int ret = statement_prepare(&s, db,
				    "INSERT INTO histogram (run, workload, kind, ns, count)"
				    " VALUES (?, ?, ?, ?, ?)");

	for (size_t i = 0; ret == 0 && i < o->bin_count; i++) {
		const struct bin *b = &o->bins[i];

		ret = statement_run(&s, VALUES(TEXT(run), TEXT(b->workload), TEXT(b->kind),
					       INT((int64_t)b->ns), INT((int64_t)b->count)));
	}
	statement_release(&s);
	return ret;
}

static int insert_findings(struct db *db, const char *run, const struct observations *o)
{
	struct statement s;
	int ret = statement_prepare(
		&s, db,
		"INSERT INTO finding (run, position, workload, kind, severity, message)"
		" VALUES (?, ?, ?, ?, ?, ?)");

	for (size_t i = 0; ret == 0 && i < o->finding_count; i++) {
		const struct finding *f = &o->findings[i];

		ret = statement_run(&s, VALUES(TEXT(run), INT((int64_t)i), TEXT(f->workload),
					       TEXT(f->kind), TEXT(severity_name(f->severity)),
					       TEXT(f->message)));
	}
	statement_release(&s);
	return ret;
}

/* Of a fact that is told twice, the first is kept: the host's before the guest's. */
static int insert_facts(struct db *db, const char *run, const struct observations *o)
{
	struct statement s;
	int ret = statement_prepare(&s, db,
				    "INSERT INTO environment (run, key, value) VALUES (?, ?, ?)"
				    " ON CONFLICT DO NOTHING");

	for (size_t i = 0; ret == 0 && i < o->fact_count; i++)
		ret = statement_run(
			&s, VALUES(TEXT(run), TEXT(o->facts[i].key), TEXT(o->facts[i].value)));
	statement_release(&s);
	return ret;
}

static int insert_profiles(struct db *db, const char *run, const struct observations *o)
{
	struct statement s;
	int ret = statement_prepare(
		&s, db,
		"INSERT INTO profile (run, workload, instructions, ns, idle_ns) VALUES (?, ?, ?, ?, ?)");

	for (size_t i = 0; ret == 0 && i < o->window_count; i++) {
		const struct window *w = &o->windows[i];

		ret = statement_run(&s, VALUES(TEXT(run), TEXT(w->workload),
					       INT((int64_t)w->instructions), INT((int64_t)w->ns),
					       INT((int64_t)w->idle_ns)));
	}
	statement_release(&s);
	return ret;
}

static int insert_functions(struct db *db, const char *run, const struct observations *o)
{
	struct statement s;
	int ret = statement_prepare(
		&s, db,
		"INSERT INTO function_count (run, workload, name, object, user, instructions, calls,"
		" inclusive) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");

	for (size_t i = 0; ret == 0 && i < o->function_count; i++) {
		const struct function *f = &o->functions[i];

		ret = statement_run(&s, VALUES(TEXT(run), TEXT(f->workload), TEXT(f->name),
					       TEXT(f->object), INT(f->user),
					       INT((int64_t)f->instructions),
					       INT((int64_t)f->calls), INT((int64_t)f->inclusive)));
	}
	statement_release(&s);
	return ret;
}

static bool is_cached(const struct observations *o, const char *workload)
{
	for (size_t i = 0; i < o->window_count; i++)
		if (!strcmp(o->windows[i].workload, workload))
			return o->windows[i].cached;
	return false;
}

static int insert_caching(struct db *db, const char *run, const struct observations *o)
{
	struct statement s;
	int ret = statement_prepare(
		&s, db,
		"INSERT INTO function_cache (run, workload, name, object, accesses, l1d, l1i, l2, llc,"
		" dtlb, stlb, cycles) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

	for (size_t i = 0; ret == 0 && i < o->function_count; i++) {
		const struct function *f = &o->functions[i];
		const uint64_t *e = f->caching.events;

		if (!is_cached(o, f->workload))
			continue;
		ret = statement_run(
			&s, VALUES(TEXT(run), TEXT(f->workload), TEXT(f->name), TEXT(f->object),
				   INT((int64_t)e[CACHED_ACCESSES]), INT((int64_t)e[CACHED_L1D]),
				   INT((int64_t)e[CACHED_L1I]), INT((int64_t)e[CACHED_L2]),
				   INT((int64_t)e[CACHED_LLC]), INT((int64_t)e[CACHED_DTLB]),
				   INT((int64_t)e[CACHED_STLB]), INT((int64_t)f->caching.cycles)));
	}
	statement_release(&s);
	return ret;
}

static int insert_nodes(struct db *db, const char *run, const struct observations *o)
{
	struct statement s;
	int ret = statement_prepare(
		&s, db,
		"INSERT INTO call_node (run, workload, node, parent, name, object, user,"
		" instructions, calls) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");

	for (size_t i = 0; ret == 0 && i < o->node_count; i++) {
		const struct call_node *n = &o->nodes[i];

		ret = statement_run(&s, VALUES(TEXT(run), TEXT(n->workload), INT(n->node),
					       INT(n->parent), TEXT(n->name), TEXT(n->object),
					       INT(n->user), INT((int64_t)n->instructions),
					       INT((int64_t)n->calls)));
	}
	statement_release(&s);
	return ret;
}

static int insert_symbols(struct db *db, const struct rundir *run, const struct observations *o)
{
	if (!o->symbol_names)
		return 0;
	return db_run(db,
		      "INSERT INTO kernel_symbols (kernel, names) VALUES (?, ?)"
		      " ON CONFLICT DO NOTHING",
		      VALUES(TEXT(run->kernel_id), TEXT(o->symbol_names)));
}

static int insert_all(struct db *db, const struct rundir *run, const struct observations *o)
{
	int ret = remove_run(db, run->id);

	if (ret == 0)
		ret = insert_session(db, run);
	if (ret == 0)
		ret = insert_arm(db, run);
	if (ret == 0)
		ret = insert_comparisons(db, run);
	if (ret == 0)
		ret = insert_run(db, run);
	if (ret == 0)
		ret = insert_workloads(db, run);
	if (ret == 0)
		ret = insert_samples(db, run->id, o);
	if (ret == 0)
		ret = insert_bins(db, run->id, o);
	if (ret == 0)
		ret = insert_findings(db, run->id, o);
	if (ret == 0)
		ret = insert_facts(db, run->id, o);
	if (ret == 0)
		ret = insert_profiles(db, run->id, o);
	if (ret == 0)
		ret = insert_functions(db, run->id, o);
	if (ret == 0)
		ret = insert_caching(db, run->id, o);
	if (ret == 0)
		ret = insert_nodes(db, run->id, o);
	if (ret == 0)
		ret = insert_symbols(db, run, o);
	if (ret == 0)
		ret = content_update(db, run->id);
	return ret;
}

/* What the schema would refuse, told in terms of the manifest. */
static int check_run(const struct rundir *run)
{
	if (strcmp(run->clock, "instruction") != 0 && strcmp(run->clock, "wall") != 0) {
		error("run \"%s\": \"%s\" is not a clock", run->id, run->clock);
		return 1;
	}
	for (size_t i = 0; i < run->workload_count; i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(run->workloads[i].name, run->workloads[k].name)) {
				error("run \"%s\": workload \"%s\" is there twice", run->id,
				      run->workloads[i].name);
				return 1;
			}
	return 0;
}

int db_store_run(struct db *db, const struct rundir *run, const struct observations *o)
{
	int ret = check_run(run);

	if (ret != 0)
		return ret;
	if (db_exec(db, "BEGIN IMMEDIATE") < 0)
		return -1;
	ret = insert_all(db, run, o);
	if (ret == 0)
		ret = db_exec(db, "COMMIT");
	/* SQLite may have rolled back by itself, on a full disk for instance. */
	if (ret != 0 && !sqlite3_get_autocommit(db->sqlite))
		(void)sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
	return ret;
}

bool db_has_run(struct db *db, const char *run_id)
{
	struct statement s;
	int ret = statement_prepare(&s, db, "SELECT 1 FROM run WHERE id = ?");

	if (ret == 0)
		ret = statement_bind(&s, VALUES(TEXT(run_id)));
	if (ret == 0)
		ret = statement_step(&s);
	statement_release(&s);
	return ret > 0;
}

int db_fingerprints(struct db *db, struct strvec *out)
{
	struct statement s;
	int ret = statement_prepare(&s, db, "SELECT id || ' ' || fingerprint FROM run ORDER BY id");

	while (ret >= 0 && (ret = statement_step(&s)) > 0) {
		char *line = statement_text(&s, 0);

		strvec_push(out, line);
		free(line);
	}
	statement_release(&s);
	strvec_sort(out);
	return ret;
}
