// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab compare: two kernels, one answer, one exit status.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "reports/format.h"
#include "reports/judge.h"
#include "reports/reports.h"
#include "results.h"
#include "runner/session/matrix.h"
#include "runner/session/session.h"
#include "runner/session/workload.h"
#include "runner/source/operands.h"

struct compare_options {
	struct strvec workloads;
	const char *target;
	int64_t boots, layouts, seed;
	const char *format;
	const char *output;
	double threshold_pct;
	struct profile_options profile;
	bool gate, all, fresh, despite, until_proven;
	int64_t max_boots, tries;
	const char *budget;
};

#define AT(field) offsetof(struct compare_options, field)

static const char how_to_insist[] = "--despite-differences shows them all the same";

static const struct opt options[] = {
	{ 'w', "workload", "W", "a workload to run; may be repeated (default: the everyday ones)",
	  OPT_LIST, AT(workloads), 0, 0, NULL },
	{ 't', "target", "T", "where to boot: det, tcg or kvm (default: see 'kab doctor')", OPT_STR,
	  AT(target), 0, 0, NULL },
	{ 'n', "boots", "N", "boots per kernel and workload (default: 1 on det, 10 elsewhere)",
	  OPT_INT, AT(boots), 1, 1000, NULL },
	{ 0, "layouts", "N",
	  "on det: N boots per kernel and workload, each with another layout of memory, to tell an "
	  "effect from an accident of the layout",
	  OPT_INT, AT(layouts), 1, 1000, NULL },
	{ 0, "seed", "N",
	  "of the order of boots on a wall clock (default: a new one; it is recorded)", OPT_INT,
	  AT(seed), 1, UINT32_MAX, NULL },
	{ 0, "until-proven", NULL,
	  "on a wall clock: add boots until every headline metric is proven better, worse or the "
	  "same",
	  OPT_FLAG, AT(until_proven), 0, 0, NULL },
	{ 0, "max-boots", "N", "with --until-proven: no more boots of each kernel (default: 80)",
	  OPT_INT, AT(max_boots), 6, 1000, NULL },
	{ 0, "budget", "TIME",
	  "with --until-proven: no more time for boots, such as 90s, 10m or 2h", OPT_STR,
	  AT(budget), 0, 0, NULL },
	{ 0, "tries", "N",
	  "on a wall clock: how often a boot is tried until the host was quiet; the last one stands, "
	  "with a warning (default: 3)",
	  OPT_INT, AT(tries), 1, 100, NULL },
	{ 'f', "format", "FORMAT",
	  "text, json, csv, email (72 columns), benchstat, junit, ktap or html (default: text)",
	  OPT_CHOICE, AT(format), 0, 0, FORMAT_CHOICES },
	{ 'o', "output", "DIR", "where the HTML report goes (implies --format html)", OPT_STR,
	  AT(output), 0, 0, NULL },
	{ 0, "threshold", "PCT",
	  "differences up to this count as the same (default: 0.3 on the instruction clock, 1 on a "
	  "wall clock)",
	  OPT_NUM, AT(threshold_pct), 0, 100, NULL },
	{ 'a', "all", NULL, "show all metrics, not only the headline of each workload", OPT_FLAG,
	  AT(all), 0, 0, NULL },
	{ 'p', "profile", NULL, "count instructions per function (det and tcg), for 'kab explain'",
	  OPT_FLAG, AT(profile.functions), 0, 0, NULL },
	{ 0, "call-graph", NULL, "follow calls as well, for flame graphs (det); implies --profile",
	  OPT_FLAG, AT(profile.calls), 0, 0, NULL },
	{ 0, "cache", NULL,
	  "count the misses of a model of caches as well (det); implies --profile", OPT_FLAG,
	  AT(profile.cache), 0, 0, NULL },
	{ 'g', "gate", NULL, "exit with 1 when a headline metric is proven worse", OPT_FLAG,
	  AT(gate), 0, 0, NULL },
	{ 0, "despite-differences", NULL,
	  "compare also when compiler, configuration, mitigations, machine or the like differ, and "
	  "say so",
	  OPT_FLAG, AT(despite), 0, 0, NULL },
	{ 0, "fresh", NULL, "do not continue an interrupted comparison of the same kernels",
	  OPT_FLAG, AT(fresh), 0, 0, NULL },
};

const struct opt_usage cmd_compare_usage = {
	.name = "compare",
	.synopsis = "[BASE NEW | BASE..NEW | BASE | SERIES]",
	.most = 2,
	.summary = "two kernels, one answer, one exit status",
	.details =
		"BASE and NEW are kernel specs: SOURCE[+SERIES...], such as linux-6.1 or\n"
		"linux-6.1+mempool-bulk (see 'kab list'), or git:DIR@REV. Inside a kernel's git\n"
		"repository a revision is enough: v6.1 my-branch, or v6.1..my-branch. BASE alone is\n"
		"compared with what is checked out, and without operands what is checked out with\n"
		"its merge base with the upstream of the branch, else with the nearest tag before.\n"
		"What is checked out is the work tree, when it differs from HEAD. The repository\n"
		"is only read.\n"
		"\n"
		"A SERIES alone, such as lore:MESSAGE-ID, is compared with the kernel that it is\n"
		"made for.\n"
		"\n"
		"What is not yet built is built; each workload runs in a boot of its own.\n"
		"Interrupted, the same command continues.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

/* The one judgement of a session with two arms, in the form that was asked for. */
static int show(const struct compare_options *o, const struct judgement *j)
{
	format_fn *write = format_find(o->format);
	char *dir;
	int ret;

	if (write)
		return write(stdout, j, 1, o->all);
	dir = o->output ? strdup(o->output) : path_data("page");
	ret = dir ? report_html(dir, j, 1) : -1;
	if (ret == 0)
		printf("%s/index.html\n", dir);
	free(dir);
	return ret;
}

static int judge_and_show(const struct compare_options *o, struct db *db,
			  const struct session_result *result)
{
	struct judgements list = { 0 };
	int status = STATUS_FAILED;

	if (judge_session(db, result->id, o->threshold_pct, &list) < 0 || list.count != 1)
		goto out;
	if (!o->despite && judgement_refuse(&list.items[0], how_to_insist))
		goto out;
	if (show(o, &list.items[0]) < 0)
		goto out;
	if (result->failed || result->skipped)
		goto out;
	status = o->gate && judgement_regressions(&list.items[0]) ? STATUS_REGRESSION : STATUS_OK;
out:
	judgements_release(&list);
	return status;
}

/* What session_run() calls with. */
struct comparing {
	struct results *results;
	double threshold_pct;
	bool despite;
};

/* The facts of a kernel that are known before it boots, as the database would have them. */
static void describe(const struct matrix *m, size_t arm, struct db_side *side,
		     struct db_fact *facts)
{
	const struct variant *v = &m->arms[arm];

	*side = (struct db_side){ .spec = v->spec, .source = v->source };
	facts[0] = (struct db_fact){ (char *)"kernel.compiler", v->compiler };
	facts[1] = (struct db_fact){ (char *)"kernel.config_differences",
				     m->kernel_facts[arm].differences };
	facts[2] = (struct db_fact){ (char *)"kernel.debug", m->kernel_facts[arm].debug };
}

#define KNOWN_FACTS 3

/* Who would be refused after the boots is better refused before them. */
static int comparable(const struct matrix *m, void *ctx)
{
	const struct comparing *c = ctx;
	struct db_fact facts[2][KNOWN_FACTS];
	struct judgement j = { 0 };
	size_t refused;

	if (c->despite)
		return 0;
	describe(m, 0, &j.base, facts[0]);
	describe(m, 1, &j.new, facts[1]);
	differences_find(&j.base, &(struct db_facts){ facts[0], KNOWN_FACTS }, &j.new,
			 &(struct db_facts){ facts[1], KNOWN_FACTS }, &j.differences);
	refused = judgement_refuse(&j, how_to_insist);
	differences_release(&j.differences);
	return refused ? -1 : 0;
}

static int stored(const char *run_path, void *ctx)
{
	const struct comparing *c = ctx;

	return results_store(run_path, c->results);
}

static int proven(const char *session, void *ctx)
{
	const struct comparing *c = ctx;
	struct judgements list = { 0 };
	size_t unproven = 0;

	if (judge_session(c->results->db, session, c->threshold_pct, &list) < 0)
		return -1;
	for (size_t i = 0; i < list.count; i++)
		unproven += judgement_unproven(&list.items[i]);
	judgements_release(&list);
	if (unproven)
		note("%zu headline figures are not yet proven", unproven);
	return unproven == 0;
}

/* "90s", "10m", "2h" in seconds; -1 with an error printed. */
static int64_t duration(const char *text)
{
	static const char units[] = "smh";
	static const int64_t seconds[] = { 1, 60, 3600 };
	const char *unit;
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (errno || end == text || n < 1 || n > 1000000 || !unit || end[1])
		return error("\"%s\" is no time such as 90s, 10m or 2h", text);
	return n * seconds[unit - units];
}

/* 0, or -1 with an error printed. */
static int set_boots(const struct compare_options *o, struct plan *plan)
{
	plan->boots = o->boots;
	plan->layouts = o->layouts;
	plan->seed = o->seed;
	plan->until_proven = o->until_proven;
	plan->tries = o->tries;
	if (!o->until_proven && (o->max_boots || o->budget))
		return error("--max-boots and --budget are for --until-proven");
	if (o->until_proven && (o->boots || o->layouts))
		return error("--until-proven finds the number of boots; --max-boots limits it");
	if (o->until_proven)
		plan->boots = o->max_boots;
	if (o->budget)
		plan->budget_s = duration(o->budget);
	return plan->budget_s < 0 ? -1 : 0;
}

static int compare(const struct compare_options *o, struct plan *plan)
{
	struct session_result result = { 0 };
	struct results results;
	struct comparing comparing = { &results, o->threshold_pct, o->despite };
	const struct session_events events = {
		.resolved = comparable, .stored = stored, .proven = proven, .ctx = &comparing
	};
	int status = STATUS_FAILED;
	int ran;

	if (results_open(&results) < 0)
		return STATUS_FAILED;
	ran = session_run(plan, o->fresh, &events, &result);
	if (result.interrupted)
		status = STATUS_INTERRUPTED;
	else if (ran == 0)
		status = judge_and_show(o, results.db, &result);
	session_result_release(&result);
	results_close(&results);
	return status;
}

int cmd_compare(int argc, char **argv)
{
	struct compare_options o = { .threshold_pct = -1 };
	struct strvec operands = STRVEC_INIT;
	struct plan plan = { 0 };
	enum opt_result parsed = opt_parse(&cmd_compare_usage, argc, argv, &o, &operands);
	int status = STATUS_USAGE;

	if (parsed == OPT_DONE)
		status = STATUS_OK;
	if (parsed != OPT_RUN)
		goto out;
	if (operands_pair(&operands, "compare") < 0)
		goto out;
	if (!o.format)
		o.format = o.output ? "html" : "text";
	plan.name = strdup("compare");
	plan.kernels = operands;
	operands = (struct strvec)STRVEC_INIT;
	plan.target = o.target ? strdup(o.target) : NULL;
	if (set_boots(&o, &plan) < 0)
		goto out;
	plan.profile = o.profile;
	if (o.workloads.count == 0 && workload_everyday(&o.workloads) < 0)
		goto out;
	plan.workloads = o.workloads;
	o.workloads = (struct strvec)STRVEC_INIT;
	if (plan_check(&plan) == 0)
		status = compare(&o, &plan);
out:
	plan_release(&plan);
	strvec_release(&o.workloads);
	strvec_release(&operands);
	return status;
}
