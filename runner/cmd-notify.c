// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab notify: tells what a session found to be worse, and what failed in it.
 */
#include <stddef.h>

#include "commands.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "telling.h"

#define AT(field) offsetof(struct telling, field)

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
	.least = 1,
	.most = 1,
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

int cmd_notify(int argc, char **argv)
{
	struct telling o = TELLING_INIT;
	struct strvec operands = STRVEC_INIT;
	enum opt_result parsed = opt_parse(&cmd_notify_usage, argc, argv, &o, &operands);
	struct notify_config config = { 0 };
	int status = STATUS_USAGE;

	if (parsed == OPT_DONE)
		status = STATUS_OK;
	if (parsed != OPT_RUN)
		goto out;
	if (notify_load(&config, operands.items[0]) < 0)
		goto out;
	status = telling_run(&o, &config) == 0 ? STATUS_OK : STATUS_FAILED;
	if (status == STATUS_FAILED && interrupted())
		status = STATUS_INTERRUPTED;
out:
	notify_release(&config);
	strvec_release(&operands);
	return status;
}
