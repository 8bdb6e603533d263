// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab collect: run directories into the database, once more.
 */
#include <stdlib.h>
#include <string.h>

#include "collectors/collect.h"
#include "commands.h"
#include "db/store.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "lib/proc.h"
#include "lib/progress.h"

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
	.summary = "fill the database from run directories",
	.details =
		"Reads the named run directories, or all of the data directory, and stores what\n"
		"they hold; what is there of the same run is replaced. Nothing is booted. The\n"
		"database holds nothing else, so it can be deleted and rebuilt at any time.\n"
		"--rebuild takes all run directories, leaves the old database in place until the\n"
		"new one is whole, and keeps it as FILE.old if a run directory is damaged.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

/* What becomes of the run directories. */
struct tally {
	struct strvec seen; /* ids */
	size_t stored, incomplete, damaged;
};

/* An opened run directory. -1 when the database has failed. */
static int store(struct db *db, const struct rundir *run, struct tally *t)
{
	struct observations o = { 0 };
	int ret = 1;

	if (strvec_has(&t->seen, run->id))
		error("run \"%s\" is in a second directory, \"%s\"", run->id, run->path);
	else if (collect(run, &o) == 0)
		ret = db_store_run(db, run, &o);
	strvec_push(&t->seen, run->id);
	t->stored += ret == 0;
	t->damaged += ret > 0;
	observations_release(&o);
	return ret < 0 ? -1 : 0;
}

/* 0 also for a run directory that is damaged, as that must not keep the others out. */
static int collect_path(struct db *db, const char *path, struct tally *t)
{
	struct rundir run;
	int ret;

	if (!file_exists(path)) {
		error("there is no run directory \"%s\"", path);
		t->damaged++;
		return 0;
	}
	ret = rundir_open(&run, path);
	t->incomplete += ret > 0;
	t->damaged += ret < 0;
	if (ret != 0)
		return 0;
	ret = store(db, &run, t);
	rundir_close(&run);
	return ret;
}

static int collect_paths(struct db *db, const struct strvec *paths, struct tally *t)
{
	struct progress progress;
	char *outcome;
	int ret = 0;

	progress_begin(&progress, "run directories", (int64_t)paths->count, "collecting");
	for (size_t i = 0; ret == 0 && i < paths->count && !interrupted(); i++) {
		ret = collect_path(db, paths->items[i], t);
		progress_update(&progress, (int64_t)i + 1);
	}
	outcome = xasprintf("%s%zu stored, %zu incomplete, %zu damaged",
			    interrupted() ? "interrupted, " : "", t->stored, t->incomplete,
			    t->damaged);
	progress_end(&progress, outcome);
	free(outcome);
	return ret;
}

static int finish(struct db *db, const struct collect_options *o, const struct tally *t)
{
	int ret = 0;

	if (o->rebuild)
		ret = db_install(db, t->damaged > 0);
	else
		db_close(db);
	return ret < 0 || t->damaged ? STATUS_FAILED : STATUS_OK;
}

static int collect_into(const struct collect_options *o, const char *database,
			const struct strvec *paths)
{
	struct db *db = o->rebuild ? db_create_beside(database) : db_open(database);
	struct tally t = { 0 };
	int status = STATUS_FAILED;
	int ret;

	if (!db)
		return STATUS_FAILED;
	ret = collect_paths(db, paths, &t);
	if (ret == 0 && !interrupted()) {
		status = finish(db, o, &t);
	} else {
		db_close(db);
		status = ret < 0 ? STATUS_FAILED : STATUS_INTERRUPTED;
	}
	strvec_release(&t.seen);
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

	if (parsed == OPT_DONE)
		status = STATUS_OK;
	if (parsed != OPT_RUN)
		goto out;
	if (o.rebuild && paths.count) {
		error("--rebuild takes all run directories: name none (see 'kab collect --help')");
		goto out;
	}
	status = STATUS_FAILED;
	if (paths.count == 0 && list_all(&paths) < 0)
		goto out;
	database = o.database ? strdup(o.database) : path_data("kab.db");
	if (database)
		status = collect_into(&o, database, &paths);
out:
	free(database);
	strvec_release(&paths);
	return status;
}
