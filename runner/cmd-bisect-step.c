// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab bisect-step: one commit's figure, as an exit status for git bisect run.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "bisection.h"
#include "reports/position.h"
#include "variant.h"

/* What git bisect run understands. */
enum { STEP_GOOD = 0, STEP_BAD = 1, STEP_SKIP = 125, STEP_ABORT = 128 };

#define TARGET	  "det"
#define TREE	  "git:."
#define BOOTS_MAX 20 /* on a wall clock */

struct step_options {
	const char *good, *bad, *workload, *metric, *target;
	double threshold_pct;
	bool fresh;
};

#define AT(field) offsetof(struct step_options, field)

static const struct opt options[] = {
	{ 0, "good", "SPEC", "the kernel with the good figure (required)", OPT_STR, AT(good), 0, 0,
	  NULL },
	{ 0, "bad", "SPEC", "the kernel with the bad one (required)", OPT_STR, AT(bad), 0, 0,
	  NULL },
	{ 'w', "workload", "W", "the workload to run (required)", OPT_STR, AT(workload), 0, 0,
	  NULL },
	{ 'm', "metric", "M", "the metric to look at (default: the headline one that differs most)",
	  OPT_STR, AT(metric), 0, 0, NULL },
	{ 't', "target", "T", "where to boot: det, tcg or kvm (default: det)", OPT_STR, AT(target),
	  0, 0, NULL },
	{ 0, "threshold", "PCT",
	  "changes up to this are none (default: 0.3 on the instruction clock, 1 on a wall clock)",
	  OPT_NUM, AT(threshold_pct), 0, 100, NULL },
	{ 0, "fresh", NULL, "measure again what was measured before", OPT_FLAG, AT(fresh), 0, 0,
	  NULL },
};

const struct opt_usage cmd_bisect_step_usage = {
	.name = "bisect-step",
	.synopsis = "[KERNEL]",
	.most = 1,
	.summary = "a kernel's figure as an exit status for 'git bisect run'",
	.details =
		"Measures the work tree of the repository here as it is, or KERNEL, and says which end\n"
		"its figure is nearer to: exit status 0 for the good one, 1 for the bad one, 125 when\n"
		"it does not build or boot or is at neither, 128 when nothing could be done.\n"
		"The ends are measured once.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

/* The position 1 of a row of three tells: the change came with it, or after it. */
static int judge_noisy(struct bisection *p, const char *name, const char *spec)
{
	static const bool no[3] = { false };
	const struct db_series *ends[] = { p->compared->base_series, p->compared->new_series };
	struct belief b = { 0 };
	int answer = -1;

	for (int64_t n = 0; answer < 0 && n <= BOOTS_MAX; n++) {
		size_t count = 0, known;
		double *values;
		int64_t own = bisection_values(p, name, &values);
		struct boot *boots =
			xcalloc(ends[0]->count + ends[1]->count + (own > 0 ? (size_t)own : 0) + 1,
				sizeof(*boots));

		for (size_t e = 0; e < 2; e++)
			for (size_t i = 0; i < ends[e]->count; i++)
				boots[count++] = (struct boot){ 2 * e, ends[e]->values[i] };
		known = count;
		for (int64_t i = 0; i < own; i++)
			boots[count++] = (struct boot){ 1, values[i] };
		position_infer(boots, count, 2, no, no, &b);
		if (own < 0)
			answer = STEP_ABORT;
		else if (b.decided && count > known)
			answer = b.credible[1] ? STEP_BAD : STEP_GOOD;
		belief_release(&b);
		free(boots);
		free(values);
		if (answer >= 0)
			break;
		switch (bisection_measure(p, name, spec)) {
		case 0:
			break;
		case 1:
			return STEP_SKIP;
		default:
			return STEP_ABORT;
		}
	}
	return answer < 0 ? STEP_SKIP : answer;
}

static int judge_exact(struct bisection *p, const char *name, const char *spec)
{
	const struct comparison *c = p->compared;
	int ret = bisection_measure(p, name, spec);
	double *values = NULL;
	int64_t count;

	if (ret < 0)
		return STEP_ABORT;
	if (ret > 0) {
		note("skipped: %s", bisection_fault(p, name));
		return STEP_SKIP;
	}
	count = bisection_values(p, name, &values);
	ret = count < 0	   ? STEP_ABORT
	      : count == 0 ? STEP_SKIP
			   : fabs(values[0] - c->base) > fabs(values[0] - c->new);
	if (count > 0)
		note("%s %s is %.17g: good is %.17g, bad is %.17g", p->workload, c->metric,
		     values[0], c->base, c->new);
	free(values);
	return ret;
}

static int measure(const struct step_options *o, const char *spec)
{
	const struct bisection_options po = { .good = o->good,
					      .bad = o->bad,
					      .workload = o->workload,
					      .metric = o->metric,
					      .target = o->target,
					      .threshold_pct = o->threshold_pct,
					      .fresh = o->fresh };
	struct bisection p;
	struct variant v;
	int answer = STEP_ABORT;

	if (bisection_open(&p, &po) == STATUS_OK && variant_resolve(&v, spec) == 0) {
		answer = p.exact ? judge_exact(&p, v.id, spec) : judge_noisy(&p, v.id, spec);
		variant_release(&v);
	}
	bisection_close(&p);
	return answer;
}

int cmd_bisect_step(int argc, char **argv)
{
	struct step_options o = { .threshold_pct = -1, .target = TARGET };
	struct strvec operands = STRVEC_INIT;
	enum opt_result parsed = opt_parse(&cmd_bisect_step_usage, argc, argv, &o, &operands);
	int answer = STEP_ABORT;

	if (parsed == OPT_DONE)
		answer = STATUS_OK;
	else if (parsed == OPT_RUN && (!o.good || !o.bad || !o.workload))
		error("bisect-step needs --good SPEC, --bad SPEC and --workload W (see 'kab "
		      "bisect-step --help')");
	else if (parsed == OPT_RUN)
		answer = measure(&o, operands.count ? operands.items[0] : TREE);
	strvec_release(&operands);
	return answer;
}
