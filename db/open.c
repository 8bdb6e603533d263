// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A database from its creation to its end.
 */
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
#include "store.h"

#define APPLICATION_ID	1262567985 /* "KAB1" */
#define BUSY_TIMEOUT_MS 60000

/* Step n takes a database of version n to version n + 1. */
static const char *const steps[] = {
#include "schema.h"
};

#define VERSION ((int64_t)(sizeof(steps) / sizeof(steps[0])))

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

/*
 * One at a time: where two make WAL of a new database at once, SQLite gives up in one of them, without
 * the wait that it has for everything else.
 */
static int prepare_in_turn(struct db *db)
{
	char *path = xasprintf("%s.opening", db->path);
	int fd = file_lock(path, "another kab that opens the database", false);
	int ret = fd < 0 ? -1 : prepare_writing(db);

	if (fd >= 0)
		close(fd);
	free(path);
	return ret;
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
	if (prepare_in_turn(db) == 0)
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
