// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab report: the site, or a session alone, from what is stored.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "db/store.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "reports/format.h"
#include "reports/judge.h"
#include "reports/reports.h"
#include "results.h"

struct report_options {
	const char *session;
	const char *output;
	const char *database;
	const char *format;
	bool all;
	int64_t sessions;
	double threshold_pct;
};

#define AT(field) offsetof(struct report_options, field)

static const struct opt options[] = {
	{ 's', "session", "ID",
	  "show this session alone (default: the site of all; with --format the newest)", OPT_STR,
	  AT(session), 0, 0, NULL },
	{ 'n', "sessions", "N",
	  "in the site, the newest N of each plan, and N ladders and bisections, have pages of "
	  "their own (default: 30)",
	  OPT_INT, AT(sessions), 1, 1000000, NULL },
	{ 'o', "output", "DIR",
	  "where pages go (default: report/ in the data directory, page/ for one session)", OPT_STR,
	  AT(output), 0, 0, NULL },
	{ 'd', "database", "FILE", "where the results are (default: kab.db in the data directory)",
	  OPT_STR, AT(database), 0, 0, NULL },
	{ 'f', "format", "FORMAT",
	  "on standard output: text, json, csv, email (72 columns), benchstat, junit or ktap; or "
	  "html, in DIR (default)",
	  OPT_CHOICE, AT(format), 0, 0, FORMAT_CHOICES },
	{ 'a', "all", NULL, "show all metrics, not only the headline of each workload", OPT_FLAG,
	  AT(all), 0, 0, NULL },
	{ 0, "threshold", "PCT",
	  "differences up to this count as the same (default: 0.3 on the instruction clock, 1 on a "
	  "wall clock)",
	  OPT_NUM, AT(threshold_pct), 0, 100, NULL },
};

const struct opt_usage cmd_report_usage = {
	.name = "report",
	.synopsis = "",
	.summary = "the site of all results, or one session again",
	.details = "Nothing is built or booted. Without --format it is the site of the whole\n"
		   "database, of which only what changed is rendered, or with --session the page\n"
		   "of one session alone; its path is printed.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

/* One session: in a format on standard output, or as the page in `dir`. */
static int show_session(struct db *db, const struct report_options *o, format_fn *write,
			const char *dir)
{
	struct judgements list = { 0 };
	int ret = judge_session(db, o->session, o->threshold_pct, &list);

	if (ret == 0 && write)
		ret = write(stdout, list.items, list.count, o->all);
	else if (ret == 0)
		ret = report_html(dir, list.items, list.count);
	judgements_release(&list);
	return ret;
}

static int render(const struct report_options *o, const char *database, const char *dir)
{
	struct db *db = db_open_readonly(database);
	format_fn *write = format_find(o->format);
	int ret = -1;

	if (!db)
		return -1;
	if (write || o->session)
		ret = show_session(db, o, write, dir);
	else
		ret = results_report(db, (size_t)o->sessions, dir);
	if (ret == 0 && !write)
		printf("%s/index.html\n", dir);
	db_close(db);
	return ret;
}

int cmd_report(int argc, char **argv)
{
	struct report_options o = { .threshold_pct = -1, .format = "html" };
	struct strvec operands = STRVEC_INIT;
	enum opt_result parsed = opt_parse(&cmd_report_usage, argc, argv, &o, &operands);
	char *database = NULL, *dir = NULL;
	int status = STATUS_USAGE;

	if (parsed == OPT_DONE)
		status = STATUS_OK;
	if (parsed != OPT_RUN)
		goto out;
	status = STATUS_FAILED;
	database = o.database ? xstrdup(o.database) : path_data("kab.db");
	if (!database)
		goto out;
	dir = o.output ? xstrdup(o.output) : path_data(o.session ? "page" : "report");
	if (dir && render(&o, database, dir) == 0)
		status = STATUS_OK;
out:
	free(database);
	free(dir);
	strvec_release(&operands);
	return status;
}
