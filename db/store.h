/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SQLite database of all results. It holds nothing that the run directories do not, and can
 * be rebuilt from them. One run is one transaction: a run is in the database whole or not at all.
 * Several kab processes may share it (WAL, busy time-out 60 s).
 */
#ifndef KAB_DB_STORE_H
#define KAB_DB_STORE_H

#include <stdbool.h>

#include "collectors/observations.h"
#include "runner/rundir.h"

struct db;

/*
 * Opens, creates or migrates the database. NULL with an error printed: not a database, damaged,
 * made by a newer kab (PRAGMA user_version), locked for too long, no space, read-only.
 */
struct db *db_open(const char *path);
struct db *db_open_readonly(const char *path);
void db_close(struct db *db);

/* Stores a run with its observations; replaces what is there of the same run. 0 or -1. */
int db_store_run(struct db *db, const struct rundir *run, const struct observations *o);
/* True when the run is stored. */
bool db_has_run(struct db *db, const char *run_id);

#endif
