// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab collect: run directories into the database, once more.
 */
#include <stdlib.h>
#include <string.h>

#include "collectors/sweep.h"
#include "commands.h"
#include "db/carry.h"
#include "db/store.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "lib/proc.h"
#include "lib/progress.h"
#include "runner/session/retention.h"

struct collect_options {
	bool rebuild;
	const char *database;
};

#define AT(field) offsetof(struct collect_options, field)

static const struct opt options[] = {
	{ 'r', "rebuild", NULL, "make a new database and put it in the place of the old one",
	  OPT_FLAG, AT(rebuild), 0, 0, NULL },
	{ 'd', "database", "FILE", "the database (default: kab.db in the data directory)", OPT_STR,
	  AT(database), 0, 0, NULL },
};

const struct opt_usage cmd_collect_usage = {
	.name = "collect",
	.synopsis = "[RUN...]",
	.most = OPT_ANY,
	.summary = "fill the database from run directories",
	.details =
		"Reads the named run directories, or those of the data directory that are not yet\n"
		"stored or have changed, and stores what they hold; what is there of the same run\n"
		"is replaced. Nothing is booted. --rebuild reads all run directories, leaves the\n"
		"old database in place until the new one is whole, and keeps it as FILE.old if a\n"
		"run directory is damaged. Runs whose directories were pruned are taken over from\n"
		"the old database; once something was pruned, it must not be deleted.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

/* What becomes of the run directories. */
struct tally {
	struct db *db;
	struct strvec known; /* "ID FINGERPRINT" of what need not be read again */
	struct strvec seen;  /* ids */
	size_t stored, unchanged, incomplete, damaged, kept;
	struct progress progress;
	int64_t done;
};

static void release(struct tally *t)
{
	strvec_release(&t->known);
	strvec_release(&t->seen);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* On any thread: `known` does not change any more. */
static bool is_news(const struct rundir *run, const void *ctx)
{
	const struct tally *t = ctx;
	char *line = xasprintf("%s %s", run->id, run->fingerprint);
	bool known = t->known.count && bsearch(&line, t->known.items, t->known.count,
					       sizeof(*t->known.items), by_text);

	free(line);
	return !known;
}

/* -1 when the database has failed. */
static int store(const struct swept *s, struct tally *t)
{
	int ret = 1;

	if (strvec_has(&t->seen, s->run.id))
		error("run \"%s\" is in a second directory, \"%s\"", s->run.id, s->path);
	else if (s->state == SWEPT_READ)
		ret = db_store_run(t->db, &s->run, &s->o);
	else
		ret = 0;
	strvec_push(&t->seen, s->run.id);
	t->stored += ret == 0 && s->state == SWEPT_READ;
	t->unchanged += ret == 0 && s->state == SWEPT_UNWANTED;
	t->damaged += ret > 0;
	return ret < 0 ? -1 : 0;
}

/* 0 also for a run directory that is damaged, as that must not keep the others out. */
static int take(const struct swept *s, void *ctx)
{
	struct tally *t = ctx;
	int ret = 0;

	if (s->state == SWEPT_READ || s->state == SWEPT_UNWANTED)
		ret = store(s, t);
	t->incomplete += s->state == SWEPT_INCOMPLETE;
	t->damaged += s->state == SWEPT_DAMAGED;
	progress_update(&t->progress, ++t->done);
	return ret;
}

static int collect_paths(const struct strvec *paths, struct tally *t)
{
	const struct sweep_events events = { is_news, take, t };
	struct strbuf outcome = STRBUF_INIT;
	int ret;

	progress_begin(&t->progress, "run directories", (int64_t)paths->count, "collecting");
	ret = sweep(paths, &events);
	strbuf_addf(&outcome, "%s%zu stored, ", interrupted() ? "interrupted, " : "", t->stored);
	if (t->unchanged)
		strbuf_addf(&outcome, "%zu unchanged, ", t->unchanged);
	strbuf_addf(&outcome, "%zu incomplete, %zu damaged", t->incomplete, t->damaged);
	progress_end(&t->progress, outcome.data);
	strbuf_release(&outcome);
	return ret;
}

/* Whether the run has no directory any more. */
static bool is_gone(const char *run_id, void *ctx)
{
	const char *sessions = ctx;
	char *path = rundir_place(sessions, run_id);
	bool gone = !path || !file_exists(path);

	free(path);
	return gone;
}

/* Runs that retention has removed and that the database does not have. */
static int find_lost(struct db *db, const char *sessions, struct strvec *lost)
{
	struct strvec ids = STRVEC_INIT;
	int ret = retention_pruned(sessions, &ids);

	for (size_t i = 0; ret == 0 && i < ids.count; i++)
		if (is_gone(ids.items[i], (void *)sessions) && !db_has_run(db, ids.items[i]))
			strvec_push(lost, ids.items[i]);
	strvec_release(&ids);
	return ret;
}

/* What was pruned is in the new database, or the old one stays. */
static int check_pruned(struct db *db, const char *sessions)
{
	struct strvec lost = STRVEC_INIT;
	int ret = find_lost(db, sessions, &lost);

	if (ret == 0 && lost.count)
		ret = error("run \"%s\" was pruned, and the old database does not have it "
			    "either: nothing is replaced (to go on without it, remove its "
			    "line from \"pruned\" in the session's folder)",
			    lost.items[0]);
	strvec_release(&lost);
	return ret;
}

/* A database that was lost is not made whole by the directories that are left. */
static int warn_of_pruned(struct db *db)
{
	struct strvec lost = STRVEC_INIT;
	char *sessions = path_data("sessions");
	int ret = sessions ? find_lost(db, sessions, &lost) : -1;

	if (lost.count)
		warning("%zu runs were pruned, and this database does not have them: only a copy "
			"of the one that had can bring them back (the first is \"%s\")",
			lost.count, lost.items[0]);
	strvec_release(&lost);
	free(sessions);
	return ret;
}

/* A rebuild keeps the runs of the old database that have no directory any more. */
static int carry(const char *database, struct tally *t)
{
	char *sessions = path_data("sessions");
	int ret = -1;

	if (sessions && db_carry(t->db, database, is_gone, sessions, &t->kept) >= 0)
		ret = check_pruned(t->db, sessions);
	if (ret == 0 && t->kept)
		note("%zu runs without a directory are kept", t->kept);
	free(sessions);
	return ret;
}

/* The database is closed afterwards. */
static int finish(const struct collect_options *o, const struct tally *t)
{
	int ret = 0;

	if (o->rebuild)
		ret = db_install(t->db, t->damaged > 0 || t->kept > 0);
	else
		db_close(t->db);
	return ret < 0 || t->damaged ? STATUS_FAILED : STATUS_OK;
}

static int collect_into(const struct collect_options *o, const char *database,
			const struct strvec *paths, bool all)
{
	struct tally t = { .db = o->rebuild ? db_create_beside(database) : db_open(database) };
	int status = STATUS_FAILED;
	int ret = 0;

	if (!t.db)
		return STATUS_FAILED;
	if (all && !o->rebuild)
		ret = db_fingerprints(t.db, &t.known);
	if (ret == 0)
		ret = collect_paths(paths, &t);
	if (ret == 0 && o->rebuild && !interrupted())
		ret = carry(database, &t);
	else if (ret == 0 && all && !interrupted())
		ret = warn_of_pruned(t.db);
	if (ret == 0 && !interrupted()) {
		status = finish(o, &t);
	} else {
		db_close(t.db);
		status = ret < 0 ? STATUS_FAILED : STATUS_INTERRUPTED;
	}
	release(&t);
	return status;
}

/* All of the data directory. */
static int list_all(struct strvec *paths)
{
	char *sessions = path_data("sessions");
	int ret = sessions ? rundir_list(sessions, paths) : -1;

	free(sessions);
	return ret;
}

int cmd_collect(int argc, char **argv)
{
	struct collect_options o = { 0 };
	struct strvec paths = STRVEC_INIT;
	enum opt_result parsed = opt_parse(&cmd_collect_usage, argc, argv, &o, &paths);
	char *database = NULL;
	int status = STATUS_USAGE;
	bool all;

	if (parsed == OPT_DONE)
		status = STATUS_OK;
	if (parsed != OPT_RUN)
		goto out;
	if (o.rebuild && paths.count) {
		error("--rebuild takes all run directories: name none (see 'kab collect --help')");
		goto out;
	}
	status = STATUS_FAILED;
	all = paths.count == 0;
	if (all && list_all(&paths) < 0)
		goto out;
	database = o.database ? xstrdup(o.database) : path_data("kab.db");
	if (database)
		status = collect_into(&o, database, &paths, all);
out:
	free(database);
	strvec_release(&paths);
	return status;
}
