// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab notify: tells what a session found to be worse, and what failed in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "commands.h"
#include "db/store.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "lib/proc.h"
#include "reports/judge.h"
#include "reports/notify.h"

struct options {
	struct notify_options notify;
	const char *session, *database;
	double threshold_pct;
	bool no_pictures;
};

#define AT(field) offsetof(struct options, field)

static const struct opt options[] = {
	{ 's', "session", "ID", "the session to tell about (default: the newest)", OPT_STR,
	  AT(session), 0, 0, NULL },
	{ 'd', "database", "FILE", "where the results are (default: kab.db in the data directory)",
	  OPT_STR, AT(database), 0, 0, NULL },
	{ 0, "threshold", "PCT",
	  "differences up to this count as the same (default: 0.3 on the instruction clock, 1 on a "
	  "wall clock)",
	  OPT_NUM, AT(threshold_pct), 0, 100, NULL },
	{ 'n', "dry-run", NULL, "print what would be told, and tell nobody", OPT_FLAG,
	  AT(notify.dry_run), 0, 0, NULL },
	{ 0, "no-pictures", NULL, "mail without plots", OPT_FLAG, AT(no_pictures), 0, 0, NULL },
	{ 0, "timeout", "S", "give up a server that is silent for so many seconds (default: 60)",
	  OPT_INT, AT(notify.transfer.stall_s), 1, 3600, NULL },
	{ 0, "tries", "N", "for each message, with a pause that doubles (default: 4)", OPT_INT,
	  AT(notify.transfer.tries), 1, 20, NULL },
};

const struct opt_usage cmd_notify_usage = {
	.name = "notify",
	.synopsis = "CONFIG",
	.summary = "tell by mail or webhook what got worse or failed",
	.details =
		"CONFIG is a JSON file with the addresses (docs/formats.md). A headline metric that\n"
		"is proven worse is told once, and again when it gets worse still or comes back;\n"
		"so is a failure. What was told is remembered in the data directory.\n"
		"\n"
		"Passwords come from KAB_MAIL_PASSWORD and KAB_WEBHOOK_SECRET, or from files of mode\n"
		"600 that CONFIG names. Mail goes by TLS, and certificates are always verified.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

static int tell(const struct options *o, const struct notify_config *config, const char *database)
{
	struct db *db = db_open_readonly(database);
	struct judgements list = { 0 };
	int ret = -1;

	if (!db)
		return -1;
	if (judge_session(db, o->session, o->threshold_pct, &list) == 0) {
		for (size_t i = 0; i < list.count; i++)
			(void)judgement_refuse(&list.items[i], "what is worse there is not told");
		ret = notify(config, &o->notify, list.items, list.count);
	}
	judgements_release(&list);
	db_close(db);
	return ret;
}

/* One at a time: the second would tell the same again. */
static int tell_locked(struct options *o, const struct notify_config *config)
{
	char *memory = path_data("notified.json"), *lock_path = path_data("notified.lock");
	char *database = o->database ? xstrdup(o->database) : path_data("kab.db");
	char *work = o->no_pictures ? NULL : path_data("notify-XXXXXX");
	int ret = -1, lock = -1;

	if (memory && lock_path && database)
		lock = file_lock(lock_path, "another kab that tells", false);
	if (lock < 0)
		goto out;
	if (work && !mkdtemp(work)) {
		error("cannot make \"%s\":", work);
		goto out;
	}
	o->notify.memory = memory;
	o->notify.work = work;
	o->notify.out = stdout;
	ret = tell(o, config, database);
	if (work && dir_remove(work) < 0)
		ret = -1;
	close(lock);
out:
	free(memory);
	free(lock_path);
	free(database);
	free(work);
	return ret;
}

int cmd_notify(int argc, char **argv)
{
	struct options o = { .threshold_pct = -1,
			     .notify.transfer = { .stall_s = 60, .tries = 4 } };
	struct strvec operands = STRVEC_INIT;
	enum opt_result parsed = opt_parse(&cmd_notify_usage, argc, argv, &o, &operands);
	struct notify_config config = { 0 };
	int status = STATUS_USAGE;

	if (parsed == OPT_DONE)
		status = STATUS_OK;
	if (parsed != OPT_RUN)
		goto out;
	if (operands.count != 1) {
		error("notify takes one configuration file (see 'kab notify --help')");
		goto out;
	}
	if (notify_load(&config, operands.items[0]) < 0)
		goto out;
	status = tell_locked(&o, &config) == 0 ? STATUS_OK : STATUS_FAILED;
	if (status == STATUS_FAILED && interrupted())
		status = STATUS_INTERRUPTED;
out:
	notify_release(&config);
	strvec_release(&operands);
	return status;
}
