/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SQLite database of all results. It holds nothing that the run directories do not, and can be
 * rebuilt from them; runs whose directories were pruned are taken over from the old one (carry.h).
 * One run is one transaction: a run is in the database whole or not at all.
 * Several kab processes may share it (WAL, busy time-out 60 s).
 */
#ifndef KAB_DB_STORE_H
#define KAB_DB_STORE_H

#include <stdbool.h>

#include "collectors/observations.h"
#include "runner/machine/rundir.h"

struct db;

/*
 * Opens, creates or migrates the database. NULL with an error printed: not a database, damaged,
 * made by a newer kab (PRAGMA user_version), locked for too long, no space, read-only. Damage that
 * is met only later is told by the call that meets it.
 */
struct db *db_open(const char *path);
/* Of a database that exists and has the version of this kab; also from a read-only file system. */
struct db *db_open_readonly(const char *path);
void db_close(struct db *db);

/*
 * For a rebuild: a new, empty database beside `path`. db_install() closes it and renames it into
 * place; db_close() instead throws it away, and what is at `path` stays as it is. Other kab
 * processes that want to write to `path` wait meanwhile. NULL with an error printed, also when one
 * of them is writing now.
 */
struct db *db_create_beside(const char *path);
/*
 * With keep_old, what was at `path` stays as "PATH.old". 0, or -1 with an error printed and the old
 * database in place; the handle is closed after both.
 */
int db_install(struct db *db, bool keep_old);

/*
 * Stores a run with its observations; replaces what is there of the same run. Returns 0; 1 with an
 * error printed when the run contradicts itself or what other runs say of their common session (it
 * is not stored); -1 with an error printed when the database has failed (nothing is changed).
 */
int db_store_run(struct db *db, const struct rundir *run, const struct observations *o);
/* True when the run is stored. */
bool db_has_run(struct db *db, const char *run_id);
/* "ID FINGERPRINT" of every run (runner/machine/fingerprint.h), sorted. 0, or -1 with an error printed. */
int db_fingerprints(struct db *db, struct strvec *out);
/* What was stored before is on the disk, whatever happens to the machine. 0, or -1 with an error
 * printed. */
int db_sync(struct db *db);

#endif
