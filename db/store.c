// SPDX-License-Identifier: GPL-2.0-or-later
#include "store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "content.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "statement.h"

#define APPLICATION_ID	1262567985 /* "KAB1" */
#define BUSY_TIMEOUT_MS 60000

/* Step n takes a database of version n to version n + 1. */
static const char *const steps[] = {
#include "schema.h"
};

#define VERSION ((int64_t)(sizeof(steps) / sizeof(steps[0])))

static const char *const better_names[] = {
	[BETTER_HIGHER] = "higher",
	[BETTER_LOWER] = "lower",
};

/*
 * Opening.
 */

/* In one transaction: another process may be creating the database right now. */
static int read_identity(struct db *db, int64_t *version, int64_t *application, int64_t *tables)
{
	int ret = -1;

	if (db_exec(db, "BEGIN") < 0)
		return -1;
	if (db_get_int(db, "PRAGMA user_version", version) == 0 &&
	    db_get_int(db, "PRAGMA application_id", application) == 0 &&
	    db_get_int(db, "SELECT count(*) FROM sqlite_schema", tables) == 0)
		ret = 0;
	/* It has changed nothing, so there is nothing that could fail. */
	(void)sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
	return ret;
}

/* Version and application; a database that is empty is a new one. */
static int check_identity(struct db *db, int64_t *version)
{
	int64_t application = 0, tables = 0;

	if (read_identity(db, version, &application, &tables) < 0)
		return -1;
	if (*version > VERSION)
		return error("database \"%s\" was made by a newer kab: its version is %lld, this "
			     "kab knows %lld",
			     db->path, (long long)*version, (long long)VERSION);
	if (application == APPLICATION_ID || (application == 0 && *version == 0 && tables == 0))
		return 0;
	return error("database \"%s\" is not one of kab", db->path);
}

/* Inside a transaction, as another process may be doing the same. */
static int migrate(struct db *db)
{
	int64_t version = 0;
	char *pragmas;
	int ret = -1;

	if (db_exec(db, "BEGIN IMMEDIATE") < 0)
		return -1;
	pragmas = xasprintf("PRAGMA application_id = %d; PRAGMA user_version = %lld",
			    APPLICATION_ID, (long long)VERSION);
	if (db_get_int(db, "PRAGMA user_version", &version) < 0)
		goto out;
	for (; version < VERSION; version++)
		if (db_exec(db, steps[version]) < 0)
			goto out;
	if (db_exec(db, pragmas) == 0)
		ret = db_exec(db, "COMMIT");
out:
	if (ret < 0)
		(void)sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
	free(pragmas);
	return ret;
}

static struct db *open_file(const char *path, int flags)
{
	struct db *db = xcalloc(1, sizeof(*db));
	int code;

	db->path = xstrdup(path);
	db->lock = -1;
	/* A handle belongs to one thread. */
	code = sqlite3_open_v2(path, &db->sqlite,
			       flags | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX, NULL);
	xcheck(db->sqlite);
	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(db->sqlite, BUSY_TIMEOUT_MS);
	if (code == SQLITE_OK)
		return db;
	db_error(db);
	db_close(db);
	return NULL;
}

/*
 * WAL lets readers go on while a run is stored. With it, synchronous = NORMAL survives the death of
 * kab at any moment; a power failure may take back the last runs, whose directories are complete.
 */
static int prepare_writing(struct db *db)
{
	int64_t version;

	if (check_identity(db, &version) < 0)
		return -1;
	if (db_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
			"PRAGMA foreign_keys = ON") < 0)
		return -1;
	if (version < VERSION && migrate(db) < 0)
		return -1;
	return content_fill(db);
}

int db_bring_up(const char *path)
{
	struct db *db = open_file(path, SQLITE_OPEN_READWRITE);
	int ret = db ? prepare_writing(db) : -1;

	db_close(db);
	return ret;
}

static char *lock_path(const char *path)
{
	return xasprintf("%s.lock", path);
}

struct db *db_open(const char *path)
{
	char *lock = lock_path(path);
	int fd = file_lock_shared(lock, "a rebuild of the database");
	struct db *db = NULL;

	free(lock);
	if (fd < 0)
		return NULL;
	db = open_file(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	if (!db) {
		close(fd);
		return NULL;
	}
	db->lock = fd;
	if (prepare_writing(db) == 0)
		return db;
	db_close(db);
	return NULL;
}

/*
 * On a file system that is read-only, the shared memory of WAL cannot be made. When there is no log
 * beside the database either, nobody writes, and it can be read as it is.
 */
static struct db *open_immutable(const char *path)
{
	char *wal = xasprintf("%s-wal", path);
	char *resolved = realpath(path, NULL);
	struct db *db = NULL;

	if (!resolved || file_exists(wal) || strpbrk(resolved, "?#%")) {
		error("database \"%s\" cannot be opened without writing beside it", path);
	} else {
		char *uri = xasprintf("file:%s?immutable=1", resolved);

		db = open_file(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
		free(uri);
	}
	free(resolved);
	free(wal);
	return db;
}

/* Whether the first look at the file fails for want of a place for shared memory. */
static bool wants_immutable(struct db *db)
{
	int code = sqlite3_exec(db->sqlite, "PRAGMA user_version", NULL, NULL, NULL);

	return (code & 0xff) == SQLITE_CANTOPEN;
}

struct db *db_open_readonly(const char *path)
{
	struct db *db = NULL;
	int64_t version;

	if (!file_exists(path)) {
		error("there are no results yet: \"%s\" does not exist", path);
		return NULL;
	}
	db = open_file(path, SQLITE_OPEN_READONLY);
	if (db && wants_immutable(db)) {
		db_close(db);
		db = open_immutable(path);
	}
	if (!db || check_identity(db, &version) < 0)
		goto fail;
	if (version == VERSION)
		return db;
	error("database \"%s\" is older than this kab; \"kab collect\" brings it up to date", path);
fail:
	db_close(db);
	return NULL;
}

/* The database and what SQLite keeps beside it. */
static void remove_files(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char *name = xasprintf("%s%s", path, suffixes[i]);

		if (unlink(name) < 0 && errno != ENOENT)
			warning("cannot remove \"%s\":", name);
		free(name);
	}
}

void db_close(struct db *db)
{
	if (!db)
		return;
	/* Fails only while statements are open, and there are none between calls. */
	(void)sqlite3_close(db->sqlite);
	if (db->target)
		remove_files(db->path);
	if (db->lock >= 0)
		close(db->lock);
	free(db->target);
	free(db->path);
	free(db);
}

/*
 * Rebuilding.
 */

struct db *db_create_beside(const char *path)
{
	char *lock = lock_path(path), *beside = xasprintf("%s.new", path);
	int fd = file_lock(lock, "the database", true);
	struct db *db = NULL;

	if (fd == -2)
		error("database \"%s\" is in use by another kab", path);
	if (fd < 0)
		goto out;
	remove_files(beside);
	db = open_file(beside, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	if (!db) {
		close(fd);
		goto out;
	}
	db->lock = fd;
	db->target = xstrdup(path);
	if (prepare_writing(db) < 0) {
		db_close(db);
		db = NULL;
	}
out:
	free(beside);
	free(lock);
	return db;
}

/*
 * A log that a killed process left beside the old database would be taken for one of the new, so
 * it is brought into the old database first, as far as that can still be read.
 */
static void retire(const char *path)
{
	sqlite3 *old = NULL;

	if (sqlite3_open_v2(path, &old, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
		(void)sqlite3_exec(old, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
	(void)sqlite3_close(old);
}

static int unlink_beside(const char *path, const char *suffix)
{
	char *name = xasprintf("%s%s", path, suffix);
	int ret = 0;

	if (unlink(name) < 0 && errno != ENOENT)
		ret = error("cannot remove \"%s\":", name);
	free(name);
	return ret;
}

/* All of it in the one file, and that on the disk. */
static int flush(struct db *db)
{
	int64_t busy = 1;

	if (db_get_int(db, "PRAGMA wal_checkpoint(TRUNCATE)", &busy) < 0)
		return -1;
	return busy ? error("database \"%s\" is in use", db->path) : 0;
}

/* A second name, so that at no moment there is no database. */
static int keep(const char *path)
{
	char *old = xasprintf("%s.old", path);
	int ret = 0;

	if (unlink(old) < 0 && errno != ENOENT)
		ret = error("cannot remove \"%s\":", old);
	else if (link(path, old) < 0 && errno != ENOENT)
		ret = error("cannot keep \"%s\" as \"%s\":", path, old);
	free(old);
	return ret;
}

/* The new database is closed. */
static int replace(const char *new, const char *path, bool keep_old)
{
	retire(path);
	if (unlink_beside(path, "-wal") < 0 || unlink_beside(path, "-shm") < 0)
		return -1;
	if (keep_old && keep(path) < 0)
		return -1;
	return rename(new, path) < 0 ? error("cannot rename \"%s\" to \"%s\":", new, path) : 0;
}

int db_install(struct db *db, bool keep_old)
{
	int ret = flush(db);

	if (ret == 0) {
		(void)sqlite3_close(db->sqlite);
		db->sqlite = NULL;
		ret = replace(db->path, db->target, keep_old);
	}
	db_close(db);
	return ret;
}

/*
 * Storing.
 */

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

int db_sync(struct db *db)
{
	int64_t busy = 1;

	/* A checkpoint that syncs; a reader may keep it from being whole, so the log is synced too. */
	if (db_exec(db, "PRAGMA synchronous = FULL") < 0 ||
	    db_get_int(db, "PRAGMA wal_checkpoint(FULL)", &busy) < 0)
		return -1;
	if (busy)
		return error("database \"%s\" is in use", db->path);
	return db_exec(db, "PRAGMA synchronous = NORMAL");
}
