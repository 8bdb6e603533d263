// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab explain: which functions make the difference between two kernels.
 */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "profiled.h"
#include "reports/explain.h"
#include "reports/flame.h"
#include "runner/source/operands.h"

struct explain_options {
	const char *workload;
	const char *target;
	const char *format;
	const char *flame;
	const char *clock;
	struct profile_options profile;
	bool all, fresh;
};

#define AT(field) offsetof(struct explain_options, field)

static const struct opt options[] = {
	{ 'w', "workload", "W", "the workload to explain (required)", OPT_STR, AT(workload), 0, 0,
	  NULL },
	{ 't', "target", "T", "where to boot: det or tcg (default: det)", OPT_STR, AT(target), 0, 0,
	  NULL },
	{ 'f', "format", "FORMAT", "text or json (default: text)", OPT_CHOICE, AT(format), 0, 0,
	  "text|json" },
	{ 0, "call-graph", NULL, "follow calls as well (det)", OPT_FLAG, AT(profile.calls), 0, 0,
	  NULL },
	{ 0, "cache", NULL, "count the misses of a model of caches as well (det)", OPT_FLAG,
	  AT(profile.cache), 0, 0, NULL },
	{ 0, "clock", "CLOCK",
	  "what counts: instructions, or cycles, estimated with the misses; implies --cache "
	  "(default: instructions)",
	  OPT_CHOICE, AT(clock), 0, 0, "instructions|cycles" },
	{ 0, "flame", "FILE",
	  "write the calls as a differential flame graph (SVG); implies --call-graph", OPT_STR,
	  AT(flame), 0, 0, NULL },
	{ 'a', "all", NULL, "show all functions that differ, not only those that matter", OPT_FLAG,
	  AT(all), 0, 0, NULL },
	{ 0, "fresh", NULL, "run it again, also when a profile of these kernels is there", OPT_FLAG,
	  AT(fresh), 0, 0, NULL },
};

const struct opt_usage cmd_explain_usage = {
	.name = "explain",
	.synopsis = "[BASE NEW | BASE..NEW | BASE | SERIES]",
	.most = 2,
	.summary = "the functions that make the difference between two kernels",
	.details =
		"Counts the instructions of every function in the measured part of the workload, on\n"
		"both kernels, and shows those that differ, per operation and with their calls. The\n"
		"differences of all functions add up to the whole. What 'kab compare --profile' or\n"
		"an earlier 'kab explain' has stored of the same two kernels is not run again.\n"
		"With --clock cycles it is estimated cycles that count: instructions, and what the\n"
		"misses of a model of caches cost (configs/targets/det.json).\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

static bool cycles(const struct explain_options *o)
{
	return o->clock && !strcmp(o->clock, "cycles");
}

static int show(const struct explain_options *o, const struct profiled *p)
{
	struct explanation e;
	int ret = explain(p->results.db, &p->sides.items[p->arms[0]], &p->sides.items[p->arms[1]],
			  p->workload, cycles(o) ? EXPLAIN_CYCLES : EXPLAIN_INSTRUCTIONS, &e);

	if (ret > 0)
		return error("session \"%s\" has no whole profile of \"%s\"",
			     p->sides.items[0].session, o->workload);
	if (ret == 0) {
		ret = o->format && !strcmp(o->format, "json")
			      ? report_explanation_json(stdout, &e)
			      : report_explanation_text(stdout, &e, o->all);
		if (ret == 0 && o->flame)
			ret = flame_write(o->flame, &e);
		explanation_release(&e);
	}
	return ret;
}

int cmd_explain(int argc, char **argv)
{
	struct explain_options o = { 0 };
	struct strvec operands = STRVEC_INIT;
	struct profiled p;
	enum opt_result parsed = opt_parse(&cmd_explain_usage, argc, argv, &o, &operands);
	int status = STATUS_USAGE;

	if (parsed == OPT_DONE)
		status = STATUS_OK;
	if (parsed != OPT_RUN)
		goto out;
	if (!o.workload) {
		error("explain needs --workload W (see 'kab explain --help')");
		goto out;
	}
	if (operands_pair(&operands, "explain") < 0)
		goto out;
	o.profile.calls |= o.flame != NULL;
	o.profile.cache |= cycles(&o);
	status = profiled_open(&p, &operands, o.workload, o.target, o.profile, o.fresh);
	if (status == STATUS_OK && show(&o, &p) < 0)
		status = STATUS_FAILED;
	profiled_close(&p);
out:
	strvec_release(&operands);
	return status;
}
