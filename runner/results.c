// SPDX-License-Identifier: GPL-2.0-or-later
#include "results.h"

#include <stdlib.h>

#include "collectors/collect.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "reports/reports.h"
#include "runner/machine/rundir.h"

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

int results_report(struct db *db, size_t sessions, const char *dir)
{
	char *data = path_data("");
	struct site_options o = { .dir = dir, .data = data, .sessions = sessions };
	struct site_summary summary = { 0 };
	int ret = report_site(db, &o, &summary);

	if (ret == 0)
		verbose("the site has %zu new parts, %zu files were written", summary.parts,
			summary.files);
	free(data);
	return ret;
}
