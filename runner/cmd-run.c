// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab run: a plan's matrix of kernels, workloads and boots.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "reports/format.h"
#include "reports/judge.h"
#include "results.h"
#include "runner/session/session.h"

struct run_options {
	const char *target;
	const char *output;
	int64_t boots, layouts, seed;
	bool all, fresh;
	struct profile_options profile;
};

#define TABLES_MAX 4

#define AT(field) offsetof(struct run_options, field)

static const struct opt options[] = {
	{ 't', "target", "T", "where to boot: det, tcg or kvm (default: the plan's)", OPT_STR,
	  AT(target), 0, 0, NULL },
	{ 'n', "boots", "N", "boots per kernel and workload (default: the plan's)", OPT_INT,
	  AT(boots), 1, 1000, NULL },
	{ 0, "layouts", "N",
	  "on det: N boots per kernel and workload, each with another layout of memory (default: "
	  "the plan's)",
	  OPT_INT, AT(layouts), 1, 1000, NULL },
	{ 0, "seed", "N",
	  "of the order of boots on a wall clock (default: a new one; it is recorded)", OPT_INT,
	  AT(seed), 1, UINT32_MAX, NULL },
	{ 'o', "output", "DIR", "where the page goes (default: report/ in the data directory)",
	  OPT_STR, AT(output), 0, 0, NULL },
	{ 'a', "all", NULL, "print all tables; of more than four comparisons it is a sentence each",
	  OPT_FLAG, AT(all), 0, 0, NULL },
	{ 'p', "profile", NULL, "count instructions per function (det and tcg), for 'kab explain'",
	  OPT_FLAG, AT(profile.functions), 0, 0, NULL },
	{ 0, "call-graph", NULL, "follow calls as well, for flame graphs (det); implies --profile",
	  OPT_FLAG, AT(profile.calls), 0, 0, NULL },
	{ 0, "cache", NULL,
	  "count the misses of a model of caches as well (det); implies --profile", OPT_FLAG,
	  AT(profile.cache), 0, 0, NULL },
	{ 0, "fresh", NULL, "do not continue an interrupted session of the same plan", OPT_FLAG,
	  AT(fresh), 0, 0, NULL },
};

const struct opt_usage cmd_run_usage = {
	.name = "run",
	.synopsis = "PLAN.json",
	.least = 1,
	.most = 1,
	.summary = "run a plan: a matrix of kernels, workloads and boots",
	.details =
		"Kernels that are not yet built are built. Each workload runs in a boot of its own.\n"
		"What is complete is stored at once; interrupted or killed, the same command\n"
		"continues where it stopped. The first kernel of the plan, or of each group in it, is\n"
		"the base that the others are compared with, in a table and on a page.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

static void print_counts(const struct session_result *result)
{
	printf("session %s: %zu runs", result->id, result->runs);
	if (result->resumed)
		printf(", %zu of them complete before", result->resumed);
	if (result->skipped)
		printf(", %zu skipped", result->skipped);
	if (result->failed)
		printf(", %zu failed", result->failed);
	putchar('\n');
}

/* Of many comparisons a sentence each; the page has the rest. */
static int print_verdicts(const struct judgements *list, bool all)
{
	if (all || list->count <= TABLES_MAX)
		return format_text(stdout, list->items, list->count, false);
	for (size_t i = 0; i < list->count; i++) {
		char *sentence = judgement_sentence(&list->items[i]);

		puts(sentence);
		free(sentence);
	}
	return 0;
}

/* The comparisons of the session, here and in the site. */
static int show(const struct run_options *o, struct db *db, const char *session)
{
	struct judgements list = { 0 };
	char *dir = o->output ? xstrdup(o->output) : path_data("report");
	int ret = -1;

	if (!dir || judge_session(db, session, -1, &list) < 0)
		goto out;
	putchar('\n');
	if (print_verdicts(&list, o->all) < 0)
		goto out;
	if (results_report(db, 0, dir) < 0)
		goto out;
	printf("\nreport: %s/index.html\n", dir);
	ret = 0;
out:
	judgements_release(&list);
	free(dir);
	return ret;
}

static int run(const struct plan *plan, const struct run_options *o)
{
	struct session_result result = { 0 };
	struct results results;
	int status = STATUS_FAILED;
	const struct session_events events = { .stored = results_store, .ctx = &results };
	int ran = -1;

	if (results_open(&results) == 0)
		ran = session_run(plan, o->fresh, &events, &result);
	if (ran == 0) {
		print_counts(&result);
		if (plan->kernels.count > 1)
			ran = show(o, results.db, result.id);
	}
	if (result.interrupted)
		status = STATUS_INTERRUPTED;
	else if (ran == 0 && !result.failed)
		status = STATUS_OK;
	session_result_release(&result);
	results_close(&results);
	return status;
}

static void override(struct plan *plan, const struct run_options *o)
{
	if (o->target) {
		free(plan->target);
		plan->target = xstrdup(o->target);
	}
	if (o->boots)
		plan->boots = o->boots;
	if (o->layouts)
		plan->layouts = o->layouts;
	plan->seed = o->seed;
	plan->profile = profile_join(plan->profile, o->profile);
}

int cmd_run(int argc, char **argv)
{
	struct run_options o = { 0 };
	struct strvec operands = STRVEC_INIT;
	struct plan plan = { 0 };
	enum opt_result parsed = opt_parse(&cmd_run_usage, argc, argv, &o, &operands);
	int status = STATUS_USAGE;

	if (parsed == OPT_DONE)
		status = STATUS_OK;
	if (parsed != OPT_RUN)
		goto out;
	if (plan_load(&plan, operands.items[0]) < 0)
		goto out;
	override(&plan, &o);
	if (plan_fetch_all(&plan) < 0)
		status = STATUS_FAILED;
	else if (plan_check(&plan) == 0)
		status = run(&plan, &o);
out:
	plan_release(&plan);
	strvec_release(&operands);
	return status;
}
