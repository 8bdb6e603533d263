// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab bisect-step: one commit's figure, as an exit status for git bisect run.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bisection.h"
#include "commands.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "reports/position.h"
#include "runner/kernel/variant.h"

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

static size_t add_boots(struct boot *boots, size_t count, size_t position, const double *values,
			size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (isfinite(values[i]))
			boots[count++] = (struct boot){ position, values[i] };
	return count;
}

/*
 * What the boots so far say: the position 1 of a row of three tells whether the change came with it,
 * or after it. STEP_SKIP while that is open.
 */
static int infer(const struct bisection *p, const double *own, size_t n)
{
	static const bool no[3] = { false };
	const struct db_series *good = p->compared->base_series, *bad = p->compared->new_series;
	struct boot *boots = xcalloc(good->count + bad->count + n, sizeof(*boots));
	size_t count = add_boots(boots, 0, 0, good->values, good->count);
	struct belief b = { 0 };
	int answer = STEP_SKIP;

	count = add_boots(boots, count, 2, bad->values, bad->count);
	count = add_boots(boots, count, 1, own, n);
	position_infer(boots, count, 2, no, no, &b);
	if (b.decided)
		answer = b.credible[1] ? STEP_BAD : STEP_GOOD;
	belief_release(&b);
	free(boots);
	return answer;
}

static int skip(const char *why)
{
	note("skipped: %s", why);
	return STEP_SKIP;
}

static int judge_noisy(struct bisection *p, const char *name, const char *spec)
{
	for (size_t n = 0; n <= BOOTS_MAX; n++) {
		double *own;
		int64_t count = bisection_values(p, name, &own);
		int answer = count > 0 ? infer(p, own, (size_t)count) : STEP_SKIP, ret;

		free(own);
		if (count < 0)
			return STEP_ABORT;
		if (answer != STEP_SKIP)
			return answer;
		if (n && !count)
			return skip("it has no value of the metric");
		ret = bisection_measure(p, name, spec);
		if (ret < 0)
			return STEP_ABORT;
		if (ret > 0)
			return skip(bisection_fault(p, name));
	}
	return skip("its boots do not decide it");
}

static int judge_exact(struct bisection *p, const char *name, const char *spec)
{
	const struct comparison *c = p->compared;
	int ret = bisection_measure(p, name, spec);
	double *values = NULL;
	int64_t count;

	if (ret < 0)
		return STEP_ABORT;
	if (ret > 0)
		return skip(bisection_fault(p, name));
	count = bisection_values(p, name, &values);
	if (count < 0)
		return STEP_ABORT;
	if (count == 0)
		return skip("it has no value of the metric");
	note("%s %s is %.17g: good is %.17g, bad is %.17g", p->workload, c->metric, values[0],
	     c->base, c->new);
	ret = fabs(values[0] - c->base) > fabs(values[0] - c->new) ? STEP_BAD : STEP_GOOD;
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
