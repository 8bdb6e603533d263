// SPDX-License-Identifier: GPL-2.0-or-later
#include "results.h"

#include <stdlib.h>

#include "collectors/collect.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "reports/reports.h"
#include "rundir.h"

int results_open(struct results *r)
{
	char *path = path_data("kab.db");

	r->db = path ? db_open(path) : NULL;
	free(path);
	return r->db ? 0 : -1;
}

void results_close(struct results *r)
{
	db_close(r->db);
	r->db = NULL;
}

int results_store(const char *run_path, void *ctx)
{
	const struct results *r = ctx;
	struct observations o = { 0 };
	struct rundir run;
	int result = rundir_open(&run, run_path);

	if (result > 0)
		return error("\"%s\" is not complete", run_path);
	if (result < 0)
		return 1;
	result = collect(&run, &o);
	if (result == 0)
		result = db_store_run(r->db, &run, &o);
	observations_release(&o);
	rundir_close(&run);
	return result;
}

static int write_history(struct db *db, const char *plan, const char *dir)
{
	struct self_checks checks = { 0 };
	struct history history = { 0 };
	int ret = -1;

	if (history_load(db, plan, false, &history) == 0 &&
	    self_checks_load(db, plan, &checks) == 0)
		ret = report_history(dir, &history, &checks);
	self_checks_release(&checks);
	history_release(&history);
	return ret;
}

int results_report(struct db *db, const struct judgements *session, const char *dir)
{
	if (write_history(db, session->items[0].base.plan, dir) < 0)
		return -1;
	return report_html(dir, session->items, session->count);
}
