// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab prune: run directories that the database has, by age and size.
 */
#include <stddef.h>
#include <stdio.h>

#include "commands.h"
#include "lib/log.h"
#include "pruning.h"

struct prune_options {
	int64_t days, mib;
	bool dry_run;
};

#define AT(field) offsetof(struct prune_options, field)

static const struct opt options[] = {
	{ 0, "days", "N", "sessions that are older go", OPT_INT, AT(days), 1, 100000, NULL },
	{ 0, "mib", "N", "what run directories may take on the disk; the oldest sessions go",
	  OPT_INT, AT(mib), 1, 1000000000, NULL },
	{ 'n', "dry-run", NULL, "only print what would go", OPT_FLAG, AT(dry_run), 0, 0, NULL },
};

const struct opt_usage cmd_prune_usage = {
	.name = "prune",
	.synopsis = "",
	.summary = "remove old run directories, which the database has",
	.details =
		"Sessions go whole, the oldest first, when all their runs are in the database as they\n"
		"are in their directories. The newest session of each plan stays, and so does what is\n"
		"incomplete, damaged or in use. The database keeps every figure, and 'kab collect\n"
		"--rebuild' takes over what has no directory any more; the raw files are gone, but for\n"
		"those that the site has. Once something was pruned, the database must be backed up:\n"
		"nothing else has it.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

int cmd_prune(int argc, char **argv)
{
	struct prune_options o = { 0 };
	struct strvec operands = STRVEC_INIT;
	enum opt_result parsed = opt_parse(&cmd_prune_usage, argc, argv, &o, &operands);
	struct retention retention;
	struct pruned pruned;
	int status = STATUS_USAGE;

	if (parsed == OPT_DONE)
		status = STATUS_OK;
	if (parsed != OPT_RUN)
		goto out;
	if (!o.days && !o.mib) {
		error("prune needs --days or --mib (see 'kab prune --help')");
		goto out;
	}
	retention = (struct retention){ o.days, o.mib << 20 };
	if (prune_runs(&retention, o.dry_run, stdout, &pruned) < 0) {
		status = STATUS_FAILED;
		goto out;
	}
	printf("%s: %zu sessions, %zu runs, %.1f MiB\n", o.dry_run ? "would be pruned" : "pruned",
	       pruned.sessions, pruned.runs, (double)pruned.bytes / (1 << 20));
	status = STATUS_OK;
out:
	strvec_release(&operands);
	return status;
}
