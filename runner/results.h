/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The database of results, as the commands that run guests need it. A part of the commands: it is
 * at the top of the house and may include every stage.
 */
#ifndef KAB_RUNNER_RESULTS_H
#define KAB_RUNNER_RESULTS_H

#include <stddef.h>

#include "db/store.h"

struct results {
	struct db *db;
};

/* DATA/kab.db. 0, or -1 with an error printed; results_close() is safe after both. */
int results_open(struct results *r);
void results_close(struct results *r);
/*
 * Collects a complete run directory and stores it; fits session_run(), with a struct results as
 * ctx. 0; 1 with an error printed when the run is not fit to be stored; -1 with an error printed.
 */
int results_store(const char *run_path, void *ctx);

/*
 * The site of the whole database in the folder; the newest `sessions` of each plan have pages of
 * their own (0: 30). The run directories are looked for in the data directory. 0, or -1 with an
 * error printed.
 */
int results_report(struct db *db, size_t sessions, const char *dir);

#endif
