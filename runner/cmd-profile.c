// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab profile: what each function of one kernel executes in a workload.
 */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "lib/log.h"
#include "profiled.h"
#include "reports/profile-forms.h"

struct command_options {
	const char *workload;
	const char *target;
	const char *format;
	struct profile_options profile;
	bool fresh;
};

#define AT(field) offsetof(struct command_options, field)

static const struct opt options[] = {
	{ 'w', "workload", "W", "the workload to profile (required)", OPT_STR, AT(workload), 0, 0,
	  NULL },
	{ 't', "target", "T", "where to boot: det or tcg (default: det)", OPT_STR, AT(target), 0, 0,
	  NULL },
	{ 'f', "format", "FORMAT",
	  "text, folded (flamegraph.pl, speedscope), callgrind (KCachegrind) or perf (as \"perf script\" "
	  "prints it; speedscope) (default: text)",
	  OPT_CHOICE, AT(format), 0, 0, "text|folded|callgrind|perf" },
	{ 0, "call-graph", NULL, "follow calls as well (det)", OPT_FLAG, AT(profile.calls), 0, 0,
	  NULL },
	{ 0, "cache", NULL, "count the misses of a model of caches as well (det)", OPT_FLAG,
	  AT(profile.cache), 0, 0, NULL },
	{ 0, "fresh", NULL, "run it again, also when a profile of this kernel is there", OPT_FLAG,
	  AT(fresh), 0, 0, NULL },
};

const struct opt_usage cmd_profile_usage = {
	.name = "profile",
	.synopsis = "KERNEL",
	.least = 1,
	.most = 1,
	.summary = "what each function of a kernel executes in a workload",
	.details = "Counts the instructions of every function in the measured part of the\n"
		   "workload. What an earlier run with --profile has stored of the same kernel is\n"
		   "not run again.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

static const struct {
	const char *name;
	int (*put)(FILE *out, const struct profile_form *p);
} forms[] = {
	{ "text", profile_text },
	{ "folded", profile_folded },
	{ "callgrind", profile_callgrind },
	{ "perf", profile_perf },
};

static int put(const char *format, const struct profile_form *form)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (!format || !strcmp(forms[i].name, format))
			return forms[i].put(stdout, form);
	return -1; /* the options allow no other */
}

static int show(const char *format, const struct profiled *p)
{
	const struct db_side *side = &p->sides.items[p->arms[0]];
	struct db_profile profile = { 0 };
	struct db_calls calls = { 0 };
	const struct profile_form form = { side, p->workload, &profile, &calls };
	int ret = db_profile(p->results.db, side, p->workload, &profile);

	if (ret == 0)
		ret = db_calls(p->results.db, side, p->workload, &calls);
	if (ret == 0 && !profile.count)
		ret = error("session \"%s\" has no whole profile of \"%s\"", side->session,
			    p->workload);
	if (ret == 0)
		ret = put(format, &form);
	db_profile_release(&profile);
	db_calls_release(&calls);
	return ret;
}

int cmd_profile(int argc, char **argv)
{
	struct command_options o = { 0 };
	struct strvec operands = STRVEC_INIT;
	struct profiled p;
	enum opt_result parsed = opt_parse(&cmd_profile_usage, argc, argv, &o, &operands);
	int status = STATUS_USAGE;

	if (parsed == OPT_DONE)
		status = STATUS_OK;
	if (parsed != OPT_RUN)
		goto out;
	if (!o.workload) {
		error("profile needs --workload W (see 'kab profile --help')");
		goto out;
	}
	status = profiled_open(&p, &operands, o.workload, o.target, o.profile, o.fresh);
	if (status == STATUS_OK && show(o.format, &p) < 0)
		status = STATUS_FAILED;
	profiled_close(&p);
out:
	strvec_release(&operands);
	return status;
}
