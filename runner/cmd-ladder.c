// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab ladder: what each patch of a series changes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "reports/ladder.h"
#include "results.h"
#include "runner/session/session.h"
#include "runner/session/workload.h"
#include "runner/source/commits.h"
#include "runner/source/operands.h"
#include "runner/source/series.h"

struct ladder_options {
	struct strvec workloads;
	const char *metric;
	const char *target;
	int64_t boots;
	double threshold_pct;
	const char *format;
	const char *output;
	bool all, fresh;
};

#define AT(field) offsetof(struct ladder_options, field)

static const struct opt options[] = {
	{ 'w', "workload", "W", "a workload to run; may be repeated (default: the everyday ones)",
	  OPT_LIST, AT(workloads), 0, 0, NULL },
	{ 'm', "metric", "M", "show only this metric (default: the headline metrics)", OPT_STR,
	  AT(metric), 0, 0, NULL },
	{ 't', "target", "T", "where to boot: det, tcg or kvm (default: see 'kab doctor')", OPT_STR,
	  AT(target), 0, 0, NULL },
	{ 'n', "boots", "N", "boots per kernel and workload (default: 1 on det, 10 elsewhere)",
	  OPT_INT, AT(boots), 1, 1000, NULL },
	{ 0, "threshold", "PCT",
	  "changes up to this count as none (default: 0.3 on the instruction clock, 1 on a wall "
	  "clock)",
	  OPT_NUM, AT(threshold_pct), 0, 100, NULL },
	{ 'f', "format", "FORMAT", "text, json, csv or html (default: text)", OPT_CHOICE,
	  AT(format), 0, 0, "text|json|csv|html" },
	{ 'o', "output", "DIR", "where the page goes (implies --format html)", OPT_STR, AT(output),
	  0, 0, NULL },
	{ 'a', "all", NULL, "show all metrics, not only the headline of each workload", OPT_FLAG,
	  AT(all), 0, 0, NULL },
	{ 0, "fresh", NULL, "do not continue an interrupted ladder of the same kernels", OPT_FLAG,
	  AT(fresh), 0, 0, NULL },
};

const struct opt_usage cmd_ladder_usage = {
	.name = "ladder",
	.synopsis = "BASE SERIES | A..B",
	.least = 1,
	.most = 2,
	.summary = "what each patch of a series changes",
	.details =
		"Builds and measures BASE with the first patch of SERIES, with the first two, and so\n"
		"on, and says what each patch changes. A..B are the commits of a git repository from A\n"
		"to B, along first parents: git:DIR@A..B, or A..B inside a kernel checkout. A prefix that does not build or boot is named,\n"
		"and its patch is counted together with the next ones, up to a prefix that does.\n"
		"Interrupted, the same command continues.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

static const struct {
	const char *name;
	ladder_format_fn *write;
} formats[] = {
	{ "text", ladder_text },
	{ "json", ladder_json },
	{ "csv", ladder_csv },
};

static int show(const struct ladder_options *o, const struct ladder *l)
{
	char *dir;
	int ret;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(formats[i].name, o->format))
			return formats[i].write(stdout, l, o->all);
	dir = o->output ? xstrdup(o->output) : path_data("ladder");
	ret = dir ? ladder_html(dir, l, o->all) : -1;
	if (ret == 0)
		printf("%s/index.html\n", dir);
	free(dir);
	return ret;
}

/* A rung for each prefix. Fills the plan's kernels and patches; 0, or -1 with an error. */
static int climb(const char *base, const char *series, struct plan *plan)
{
	struct series s;
	int ret = series_load(&s, series);

	if (ret < 0)
		return -1;
	strvec_push(&plan->kernels, base);
	for (size_t i = 0; i < s.count; i++) {
		char *subject = patch_subject(&s.patches[i]);

		strvec_push(&plan->purpose.patches, subject);
		strvec_pushf(&plan->kernels, "%s+%s:%zu", base, series, i + 1);
		free(subject);
	}
	if (s.count == 0)
		ret = error("\"%s\" is no patch at all: there is nothing to climb", series);
	series_release(&s);
	return ret;
}

/* A rung for each commit of a range, the first being what it begins at. */
static int climb_commits(const char *from, const char *to, struct plan *plan)
{
	struct commits c = { 0 };
	int ret = commits_open(&c, from, to);

	for (size_t i = 0; ret == 0 && i < c.ids.count; i++) {
		strvec_push(&plan->kernels, c.specs.items[i]);
		if (i)
			strvec_push(&plan->purpose.patches, c.subjects.items[i]);
	}
	commits_release(&c);
	return ret;
}

/* Of a range only the revisions: "git:DIR@A..B" is "A..B". A new string. */
static char *name_of(const char *operand)
{
	const char *dots = strstr(operand, "..");
	const char *at = dots ? memrchr(operand, '@', (size_t)(dots - operand)) : NULL;

	return xstrdup(at && strncmp(operand, "git:", 4) == 0 ? at + 1 : operand);
}

/* The operands: BASE SERIES, or a range of commits. */
static int find_rungs(struct strvec *operands, struct plan *plan)
{
	if (operands->count == 2)
		return climb(operands->items[0], operands->items[1], plan);
	if (!strstr(operands->items[0], ".."))
		return error(
			"ladder needs a kernel and a series, BASE SERIES, or a range of commits, "
			"A..B (see 'kab ladder --help')");
	if (operands_pair(operands, "ladder") < 0)
		return -1;
	return climb_commits(operands->items[0], operands->items[1], plan);
}

static int judge_and_show(const struct ladder_options *o, struct db *db, const char *session,
			  const struct plan_purpose *p)
{
	struct ladder l;
	int status = STATUS_FAILED;

	if (ladder_load(db, session, p->ladder, &p->patches, o->threshold_pct, &l) < 0)
		return STATUS_FAILED;
	if (o->metric && ladder_choose(&l, o->metric) < 0)
		status = STATUS_USAGE;
	else if (show(o, &l) == 0)
		status = STATUS_OK;
	ladder_release(&l);
	return status;
}

static int run(const struct ladder_options *o, const struct plan *plan)
{
	struct session_result result = { 0 };
	struct results results;
	const struct session_events events = { .stored = results_store, .ctx = &results };
	int status = STATUS_FAILED, ran;

	if (results_open(&results) < 0)
		return STATUS_FAILED;
	ran = session_run(plan, o->fresh, &events, &result);
	if (result.interrupted)
		status = STATUS_INTERRUPTED;
	else if (ran == 0)
		status = judge_and_show(o, results.db, result.id, &plan->purpose);
	session_result_release(&result);
	results_close(&results);
	return status;
}

int cmd_ladder(int argc, char **argv)
{
	struct ladder_options o = { .threshold_pct = -1 };
	struct strvec operands = STRVEC_INIT;
	struct plan plan = { .faults = true };
	enum opt_result parsed = opt_parse(&cmd_ladder_usage, argc, argv, &o, &operands);
	int status = STATUS_USAGE;

	if (parsed == OPT_DONE)
		status = STATUS_OK;
	if (parsed != OPT_RUN)
		goto out;
	if (!o.format)
		o.format = o.output ? "html" : "text";
	plan.name = xstrdup("ladder");
	plan.target = o.target ? xstrdup(o.target) : NULL;
	plan.boots = o.boots;
	plan.purpose.ladder = name_of(operands.items[operands.count - 1]);
	if (find_rungs(&operands, &plan) < 0 ||
	    (o.workloads.count == 0 && workload_everyday(&o.workloads) < 0))
		goto out;
	plan.workloads = o.workloads;
	o.workloads = (struct strvec)STRVEC_INIT;
	if (plan_check(&plan) == 0)
		status = run(&o, &plan);
out:
	plan_release(&plan);
	strvec_release(&o.workloads);
	strvec_release(&operands);
	return status;
}
