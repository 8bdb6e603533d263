// SPDX-License-Identifier: GPL-2.0-or-later
#include "judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/log.h"
#include "stats.h"

#define LEVEL		0.95
#define THRESHOLD_EXACT 0.3
#define THRESHOLD_WALL	1.0

static const char *const verdict_names[] = {
	[VERDICT_BETTER] = "better",
	[VERDICT_WORSE] = "worse",
	[VERDICT_SAME] = "same",
	[VERDICT_UNPROVEN] = "unproven",
};

const char *verdict_name(enum verdict v)
{
	return verdict_names[v];
}

bool judgement_exact(const struct judgement *j)
{
	return !strcmp(j->base.clock, "instruction");
}

/* --- one metric -------------------------------------------------------------------------------- */

static bool all_equal(const struct db_series *s)
{
	for (size_t i = 1; i < s->count; i++)
		if (s->values[i] != s->values[0])
			return false;
	return true;
}

static double percent_of(double shift, double base)
{
	if (base != 0)
		return 100 * shift / fabs(base);
	return shift == 0 ? 0 : NAN;
}

static enum verdict direction(const struct comparison *c, double shift)
{
	return (shift > 0) == (c->better == BETTER_HIGHER) ? VERDICT_BETTER : VERDICT_WORSE;
}

/* Figures without noise: the difference is what it is. */
static void compare_exact(struct comparison *c, double threshold_pct)
{
	double shift = c->new - c->base;

	c->delta_pct = percent_of(shift, c->base);
	c->ci_pct[0] = c->ci_pct[1] = c->delta_pct;
	/* NaN, a change from zero, is beyond any threshold. */
	if (fabs(c->delta_pct) <= threshold_pct)
		c->verdict = VERDICT_SAME;
	else
		c->verdict = direction(c, shift);
}

/* Figures with noise: the boots are the replicates. */
static void compare_shift(struct comparison *c, double threshold_pct)
{
	const struct db_series *b = c->base_series, *n = c->new_series;
	double lo, hi;

	c->delta_pct =
		percent_of(stats_hodges_lehmann(b->values, b->count, n->values, n->count), c->base);
	if (stats_shift_interval(b->values, b->count, n->values, n->count, LEVEL, &lo, &hi) < 0)
		return;
	c->ci_pct[0] = percent_of(lo, c->base);
	c->ci_pct[1] = percent_of(hi, c->base);
	if (c->ci_pct[0] >= -threshold_pct && c->ci_pct[1] <= threshold_pct)
		c->verdict = VERDICT_SAME;
	else if (lo > 0 || hi < 0)
		c->verdict = direction(c, lo);
}

/* Returns false when boots differ that should not. */
static bool compare_series(struct comparison *c, bool exact, double threshold_pct)
{
	bool steady = all_equal(c->base_series) && all_equal(c->new_series);

	c->base = stats_median(c->base_series->values, c->n_base);
	c->new = stats_median(c->new_series->values, c->n_new);
	if (exact && steady)
		compare_exact(c, threshold_pct);
	else
		compare_shift(c, threshold_pct);
	return !exact || steady;
}

/* --- two sides --------------------------------------------------------------------------------- */

static const struct db_series *find_series(const struct db_metrics *m, const struct db_series *like)
{
	for (size_t i = 0; i < m->count; i++)
		if (!strcmp(m->items[i].workload, like->workload) &&
		    !strcmp(m->items[i].metric, like->metric))
			return &m->items[i];
	return NULL;
}

/* Appends the comparison of a metric that at least one side has; returns it. */
static struct comparison *add_item(struct judgement *j, const struct db_series *base,
				   const struct db_series *new)
{
	const struct db_series *any = base ? base : new;
	struct comparison *c = &j->items[j->count++];

	*c = (struct comparison){
		.base_series = base,
		.new_series = new,
		.workload = any->workload,
		.title = any->title,
		.metric = any->metric,
		.unit = any->unit,
		.better = any->better,
		.headline = (base && base->headline) || (new &&new->headline),
		.base = NAN,
		.new = NAN,
		.delta_pct = NAN,
		.ci_pct = { NAN, NAN },
		.n_base = base ? base->count : 0,
		.n_new = new ? new->count : 0,
		.verdict = VERDICT_UNPROVEN,
	};
	if (c->n_base)
		c->base = stats_median(base->values, c->n_base);
	if (c->n_new)
		c->new = stats_median(new->values, c->n_new);
	return c;
}

/* Rates before times, then by name, but p99_ns before p99_9_ns: the unit does not count. */
static int by_metric(const void *a, const void *b)
{
	const struct comparison *pair[2] = { a, b };
	const char *names[2] = { pair[0]->metric, pair[1]->metric };
	size_t lengths[2];
	int order;

	if (pair[0]->better != pair[1]->better)
		return pair[0]->better == BETTER_HIGHER ? -1 : 1;
	for (size_t i = 0; i < 2; i++) {
		lengths[i] = strlen(names[i]);
		if (lengths[i] > 3 && !strcmp(names[i] + lengths[i] - 3, "_ns"))
			lengths[i] -= 3;
	}
	order = strncmp(names[0], names[1], lengths[0] < lengths[1] ? lengths[0] : lengths[1]);
	return order ? order : (lengths[0] > lengths[1]) - (lengths[0] < lengths[1]);
}

/* The metrics of one workload that are headline, or that are not. */
static void pair_workload(struct judgement *j, const char *workload, bool headline)
{
	const struct db_metrics *b = &j->base_metrics, *n = &j->new_metrics;
	size_t first = j->count;

	for (size_t i = 0; i < b->count; i++)
		if (!strcmp(b->items[i].workload, workload) && b->items[i].headline == headline)
			add_item(j, &b->items[i], find_series(n, &b->items[i]));
	for (size_t i = 0; i < n->count; i++)
		if (!strcmp(n->items[i].workload, workload) && n->items[i].headline == headline &&
		    !find_series(b, &n->items[i]))
			add_item(j, NULL, &n->items[i]);
	qsort(j->items + first, j->count - first, sizeof(*j->items), by_metric);
}

static void pair_metrics(struct judgement *j)
{
	struct strvec workloads = STRVEC_INIT;
	const struct db_metrics *sides[] = { &j->base_metrics, &j->new_metrics };

	for (size_t s = 0; s < 2; s++)
		for (size_t i = 0; i < sides[s]->count; i++)
			if (!strvec_has(&workloads, sides[s]->items[i].workload))
				strvec_push(&workloads, sides[s]->items[i].workload);
	j->items = xcalloc(j->base_metrics.count + j->new_metrics.count + 1, sizeof(*j->items));
	for (size_t w = 0; w < workloads.count; w++) {
		pair_workload(j, workloads.items[w], true);
		pair_workload(j, workloads.items[w], false);
	}
	strvec_release(&workloads);
}

static int check_comparable(const struct judgement *j)
{
	if (strcmp(j->base.clock, j->new.clock) != 0)
		return error(
			"\"%s\" was measured on the %s clock and \"%s\" on the %s clock: clocks "
			"are never mixed in a comparison",
			j->base.spec, j->base.clock, j->new.spec, j->new.clock);
	if (strcmp(j->base.target, j->new.target) != 0)
		return error(
			"\"%s\" ran on target \"%s\" and \"%s\" on target \"%s\": targets are never "
			"mixed in a comparison",
			j->base.spec, j->base.target, j->new.spec, j->new.target);
	return 0;
}

int judgement_compare(struct judgement *j, double threshold_pct)
{
	bool exact = judgement_exact(j);
	const struct comparison *unsteady = NULL;
	size_t unsteady_count = 0;

	if (check_comparable(j) < 0)
		return -1;
	j->threshold_pct = threshold_pct;
	if (threshold_pct < 0)
		j->threshold_pct = exact ? THRESHOLD_EXACT : THRESHOLD_WALL;
	pair_metrics(j);
	for (size_t i = 0; i < j->count; i++) {
		struct comparison *c = &j->items[i];

		if (!c->n_base || !c->n_new || compare_series(c, exact, j->threshold_pct))
			continue;
		if (!unsteady)
			unsteady = c;
		unsteady_count++;
	}
	if (unsteady)
		strvec_pushf(&j->warnings,
			     "the instruction clock was not deterministic: %zu of %zu figures "
			     "differ between boots of one kernel, the first is %s %s",
			     unsteady_count, j->count, unsteady->workload, unsteady->metric);
	return 0;
}

/* --- from the database ------------------------------------------------------------------------- */

static int load(struct db *db, struct judgement *j)
{
	if (db_metrics(db, &j->base, &j->base_metrics) < 0 ||
	    db_metrics(db, &j->new, &j->new_metrics) < 0 ||
	    db_histograms(db, &j->base, &j->base_histograms) < 0 ||
	    db_histograms(db, &j->new, &j->new_histograms) < 0 ||
	    db_findings(db, &j->base, &j->base_findings) < 0 ||
	    db_findings(db, &j->new, &j->new_findings) < 0 ||
	    db_facts(db, &j->base, &j->base_facts) < 0 || db_facts(db, &j->new, &j->new_facts) < 0)
		return -1;
	return 0;
}

int judge(struct db *db, const struct db_side *base, const struct db_side *new,
	  double threshold_pct, struct judgement *out)
{
	*out = (struct judgement){ .base = *base, .new = *new };
	if (load(db, out) < 0 || judgement_compare(out, threshold_pct) < 0) {
		judgement_release(out);
		return -1;
	}
	return 0;
}

void judgement_release(struct judgement *j)
{
	db_metrics_release(&j->base_metrics);
	db_metrics_release(&j->new_metrics);
	db_histograms_release(&j->base_histograms);
	db_histograms_release(&j->new_histograms);
	db_findings_release(&j->base_findings);
	db_findings_release(&j->new_findings);
	db_facts_release(&j->base_facts);
	db_facts_release(&j->new_facts);
	strvec_release(&j->warnings);
	free(j->items);
	*j = (struct judgement){ 0 };
}

static const struct db_side *side_of(const struct db_sides *sides, int64_t arm)
{
	for (size_t i = 0; i < sides->count; i++)
		if (sides->items[i].arm == arm)
			return &sides->items[i];
	return NULL;
}

/* One pair after the other, each with the workloads that both are compared in. */
static int judge_pairs(struct db *db, double threshold_pct, struct judgements *out)
{
	const struct db_pairs *pairs = &out->pairs;

	out->items = xcalloc(pairs->count, sizeof(*out->items));
	for (size_t i = 0; i < pairs->count; i++) {
		const struct db_side *found[2] = { side_of(&out->sides, pairs->items[i].base),
						   side_of(&out->sides, pairs->items[i].new) };
		struct db_side sides[2];

		if (!found[0] || !found[1])
			continue; /* the runs of an arm were removed */
		for (size_t k = 0; k < 2; k++) {
			sides[k] = *found[k];
			sides[k].only = pairs->items[i];
		}
		if (judge(db, &sides[0], &sides[1], threshold_pct, &out->items[out->count]) < 0)
			return -1;
		out->count++;
	}
	return 0;
}

int judge_session(struct db *db, const char *session, double threshold_pct, struct judgements *out)
{
	int ret = -1;

	*out = (struct judgements){ 0 };
	if (db_sides(db, session, &out->sides) < 0)
		goto out;
	if (out->sides.count == 0) {
		if (session)
			error("there is no session \"%s\" in the database", session);
		else
			error("the database holds no session yet");
		goto out;
	}
	if (db_pairs(db, out->sides.items[0].session, &out->pairs) < 0)
		goto out;
	if (out->pairs.count == 0) {
		error("session \"%s\" has runs of \"%s\" only: nothing to compare",
		      out->sides.items[0].session, out->sides.items[0].spec);
		goto out;
	}
	ret = judge_pairs(db, threshold_pct, out);
out:
	if (ret < 0)
		judgements_release(out);
	return ret;
}

void judgements_release(struct judgements *list)
{
	for (size_t i = 0; i < list->count; i++)
		judgement_release(&list->items[i]);
	free(list->items);
	db_sides_release(&list->sides);
	db_pairs_release(&list->pairs);
	*list = (struct judgements){ 0 };
}

size_t judgement_regressions(const struct judgement *j)
{
	size_t worse = 0;

	for (size_t i = 0; i < j->count; i++)
		worse += j->items[i].headline && j->items[i].verdict == VERDICT_WORSE;
	return worse;
}
