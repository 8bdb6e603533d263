// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab history: figures over nights, and since when they are what they are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "db/store.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "reports/history.h"

struct history_options {
	const char *database;
	const char *format;
	bool all, gate;
};

#define SELF_CHECKS 100 /* newest sessions that are looked at */

#define AT(field) offsetof(struct history_options, field)

static const struct opt options[] = {
	{ 'd', "database", "FILE", "where the results are (default: kab.db in the data directory)",
	  OPT_STR, AT(database), 0, 0, NULL },
	{ 'f', "format", "FORMAT", "text or json (default: text)", OPT_CHOICE, AT(format), 0, 0,
	  "text|json" },
	{ 'a', "all", NULL, "show all metrics, not only the headline of each workload", OPT_FLAG,
	  AT(all), 0, 0, NULL },
	{ 'g', "gate", NULL,
	  "exit with 1 when the newest night of a headline metric is worse than its level",
	  OPT_FLAG, AT(gate), 0, 0, NULL },
};

const struct opt_usage cmd_history_usage = {
	.name = "history",
	.synopsis = "[PLAN]",
	.most = 1,
	.summary = "change points of a plan's figures over all nights",
	.details =
		"PLAN is the name of a plan, such as nightly (default: all). A night is a session of\n"
		"it. Each figure of each kernel has a level, and points at which it changed, with date,\n"
		"size, and the kernels before and after. The newest night is judged against the level\n"
		"since the last of these points.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

static int show(const struct history_options *o, const char *database, const char *plan)
{
	struct self_checks checks = { 0 };
	struct history h = { 0 };
	struct db *db = db_open_readonly(database);
	int status = STATUS_FAILED;

	if (!db || history_load(db, plan, o->all, &h) < 0)
		goto out;
	if (!h.count) {
		error("the database has no night%s%s", *plan ? " of plan " : "", plan);
		goto out;
	}
	if (!strcmp(o->format, "json")
		    ? history_json(stdout, &h) < 0
		    : history_text(stdout, &h) < 0 ||
			      self_checks_load(db, plan, SELF_CHECKS, &checks) < 0 ||
			      self_checks_text(stdout, &checks) < 0)
		goto out;
	status = o->gate && history_regressions(&h) ? STATUS_REGRESSION : STATUS_OK;
out:
	self_checks_release(&checks);
	history_release(&h);
	db_close(db);
	return status;
}

int cmd_history(int argc, char **argv)
{
	struct history_options o = { .format = "text" };
	struct strvec operands = STRVEC_INIT;
	enum opt_result parsed = opt_parse(&cmd_history_usage, argc, argv, &o, &operands);
	int status = STATUS_USAGE;
	char *database;

	if (parsed == OPT_DONE)
		status = STATUS_OK;
	if (parsed != OPT_RUN)
		goto out;
	database = o.database ? xstrdup(o.database) : path_data("kab.db");
	status = STATUS_FAILED;
	if (database)
		status = show(&o, database, operands.count ? operands.items[0] : "");
	free(database);
out:
	strvec_release(&operands);
	return status;
}
