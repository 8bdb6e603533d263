// SPDX-License-Identifier: GPL-2.0-or-later
#include "pruning.h"

#include <inttypes.h>
#include <stdlib.h>

#include "lib/alloc.h"
#include "lib/paths.h"
#include "results.h"

struct context {
	struct db *db;
	struct strvec stored; /* "ID FINGERPRINT" */
	FILE *out;
	struct pruned *pruned;
};

/* Stored as it is now. */
static bool expendable(const struct rundir *run, void *ctx)
{
	const struct context *c = ctx;
	char *line = xasprintf("%s %s", run->id, run->fingerprint);
	bool stored = strvec_has(&c->stored, line);

	free(line);
	return stored;
}

/* From now on the database is all there is of them. */
static int begin(void *ctx)
{
	const struct context *c = ctx;

	return db_sync(c->db);
}

static void prune(const char *session, size_t runs, int64_t bytes, void *ctx)
{
	struct context *c = ctx;

	c->pruned->sessions++;
	c->pruned->runs += runs;
	c->pruned->bytes += bytes;
	if (c->out)
		fprintf(c->out, "%s: %zu runs, %.1f MiB\n", session, runs,
			(double)bytes / (1 << 20));
}

int prune_runs(const struct retention *r, bool dry_run, FILE *out, struct pruned *pruned)
{
	struct context c = { .out = out, .pruned = pruned };
	const struct retention_events events = { expendable, begin, prune, &c };
	char *sessions = path_data("sessions");
	struct results results = { 0 };
	int ret = -1;

	*pruned = (struct pruned){ 0 };
	if (sessions && results_open(&results) == 0) {
		c.db = results.db;
		ret = db_fingerprints(c.db, &c.stored);
	}
	if (ret == 0)
		ret = retention_apply(sessions, r, dry_run, &events);
	results_close(&results);
	strvec_release(&c.stored);
	free(sessions);
	return ret;
}
