// SPDX-License-Identifier: GPL-2.0-or-later
#include "judge.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/log.h"
#include "proof.h"
#include "stats.h"

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

/* What differences do not matter, in per cent; what has the first part that fits. */
static const struct {
	const char *part; /* of the metric's name */
	double exact, wall;
} thresholds[] = {
	/* Rates and means are what a change is about. The further out in the tail, the fewer I/Os
	 * make the figure, and the more of a change is chance on any machine. */
	{ "_p99_99_", 1, 10 }, { "_p99_9_", 1, 5 }, { "_p99_", 0.5, 3 },  { "_p95_", 0.5, 2 },
	{ "_max_", 1, 10 },    { "_min_", 1, 5 },   { "_stddev_", 1, 5 }, { "", 0.3, 1 },
};

#define THRESHOLD_COUNT (sizeof(thresholds) / sizeof(thresholds[0]))

double judge_threshold(const char *metric, bool exact)
{
	size_t i = 0;

	while (i < THRESHOLD_COUNT - 1 && !strstr(metric, thresholds[i].part))
		i++;
	return exact ? thresholds[i].exact : thresholds[i].wall;
}

/* Returns false when boots differ that should not. */
static bool measure(const struct judgement *j, struct comparison *c)
{
	bool exact = judgement_exact(j);
	bool steady = all_equal(c->base_series) && all_equal(c->new_series);

	if (exact && j->layouts) {
		proof_layouts(c);
		return true;
	}
	if (exact && steady)
		proof_exact(c);
	else
		proof_measure(c, j->looks);
	return !exact || steady;
}

/* --- two sides --------------------------------------------------------------------------------- */

static const struct db_series *find_series(const struct db_metrics *m, const struct db_series *like)
{
	for (size_t i = 0; i < m->count; i++)
		if (!strcmp(m->items[i].workload, like->workload) &&
		    !strcmp(m->items[i].metric, like->metric) &&
		    !strcmp(m->items[i].unit, like->unit) && m->items[i].better == like->better)
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
		.p = NAN,
		.p_adjusted = NAN,
		.n_base = base ? base->count : 0,
		.n_new = new ? new->count : 0,
		.verdict = VERDICT_UNPROVEN,
	};
	if (base && c->n_base)
		c->base = stats_median(base->values, c->n_base);
	if (new && c->n_new)
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

/* Leaves out what no figure can be made of. */
static void drop_values(struct judgement *j, const char *side, struct db_metrics *metrics)
{
	for (size_t i = 0; i < metrics->count; i++) {
		struct db_series *s = &metrics->items[i];
		size_t kept = 0;

		for (size_t k = 0; k < s->count; k++) {
			if (!isfinite(s->values[k])) {
				if (s->runs)
					free(s->runs[k]);
				continue;
			}
			s->values[kept] = s->values[k];
			if (s->runs)
				s->runs[kept] = s->runs[k];
			if (s->blocks)
				s->blocks[kept] = s->blocks[k];
			if (s->boots)
				s->boots[kept] = s->boots[k];
			kept++;
		}
		if (kept < s->count)
			strvec_pushf(&j->warnings,
				     "%zu of %zu values of %s %s of %s are not numbers and are "
				     "left out",
				     s->count - kept, s->count, s->workload, s->metric, side);
		s->count = kept;
	}
}

/* Of figures of one name that are not one thing any more, the first is named. */
static void warn_of_units(struct judgement *j)
{
	for (size_t i = 0; i < j->count; i++)
		for (size_t k = i + 1; k < j->count; k++) {
			const struct comparison *a = &j->items[i], *b = &j->items[k];

			if (strcmp(a->metric, b->metric) != 0 ||
			    strcmp(a->workload, b->workload) != 0)
				continue;
			strvec_pushf(&j->warnings,
				     "%s %s is in \"%s\" (%s is better) and in \"%s\" (%s is "
				     "better): these are not compared",
				     a->workload, a->metric, a->unit,
				     a->better == BETTER_HIGHER ? "higher" : "lower", b->unit,
				     b->better == BETTER_HIGHER ? "higher" : "lower");
			return;
		}
}

static void warn_of_differences(struct judgement *j)
{
	for (size_t i = 0; i < j->differences.count; i++) {
		const struct difference *d = &j->differences.items[i];

		strvec_pushf(&j->warnings, "%s: %s differs: \"%s\" and \"%s\"",
			     d->serious ? "not comparable" : "compared in spite of a difference",
			     d->what, d->base, d->new);
	}
}

size_t judgement_refuse(const struct judgement *j, const char *why)
{
	for (size_t i = 0; i < j->differences.serious; i++)
		error("%s differs: \"%s\" for \"%s\", \"%s\" for \"%s\"",
		      j->differences.items[i].what, j->differences.items[i].base, j->base.spec,
		      j->differences.items[i].new, j->new.spec);
	if (j->differences.serious)
		error("the figures are not comparable%s%s", *why ? ": " : "", why);
	return j->differences.serious;
}

static void warn_of_unsteady(struct judgement *j, const struct comparison *first, size_t count)
{
	strvec_pushf(&j->warnings,
		     "the instruction clock was not deterministic: %zu of %zu figures differ "
		     "between boots of one kernel, the first is %s %s",
		     count, j->count, first->workload, first->metric);
}

/* Each boot of a side had one, and they are not all the same. */
static bool has_layouts(const struct db_facts *facts)
{
	for (size_t i = 0; i < facts->count; i++)
		if (!strcmp(facts->items[i].key, "machine.layout"))
			return strstr(facts->items[i].value, " | ") != NULL;
	return false;
}

/* "1 | 2 | 3": of how many looks at growing data this is the last. */
static size_t count_looks(const struct db_facts *facts)
{
	size_t n = 0;

	for (size_t i = 0; i < facts->count; i++) {
		if (strcmp(facts->items[i].key, "session.look") != 0)
			continue;
		n = 1;
		for (const char *p = facts->items[i].value; (p = strchr(p, '|')) != NULL; p++)
			n++;
	}
	return n;
}

/* Pairs and measures; what has noise is not yet decided. */
static int measure_all(struct judgement *j, double threshold_pct)
{
	bool exact = judgement_exact(j);
	const struct comparison *unsteady = NULL;
	size_t unsteady_count = 0;

	if (check_comparable(j) < 0)
		return -1;
	differences_find(&j->base, &j->base_facts, &j->new, &j->new_facts, &j->differences);
	warn_of_differences(j);
	if (count_looks(&j->base_facts) > j->looks)
		j->looks = count_looks(&j->base_facts);
	j->layouts = exact && has_layouts(&j->base_facts) && has_layouts(&j->new_facts);
	j->threshold_pct = threshold_pct < 0 ? judge_threshold("", exact) : threshold_pct;
	drop_values(j, j->base.spec, &j->base_metrics);
	drop_values(j, j->new.spec, &j->new_metrics);
	pair_metrics(j);
	warn_of_units(j);
	for (size_t i = 0; i < j->count; i++) {
		struct comparison *c = &j->items[i];

		c->threshold_pct =
			threshold_pct < 0 ? judge_threshold(c->metric, exact) : threshold_pct;
		if (!c->n_base || !c->n_new || measure(j, c))
			continue;
		if (!unsteady)
			unsteady = c;
		unsteady_count++;
	}
	if (unsteady)
		warn_of_unsteady(j, unsteady, unsteady_count);
	return 0;
}

/* One family: adjusts the p of all its figures with noise. Returns how many these are. */
static size_t adjust_family(struct judgement *list, size_t count, bool headline)
{
	size_t total = 0, n = 0;
	double *p;

	for (size_t k = 0; k < count; k++)
		total += list[k].count;
	p = xcalloc(total + 1, sizeof(*p));
	for (size_t k = 0; k < count; k++)
		for (size_t i = 0; i < list[k].count; i++)
			if (list[k].items[i].headline == headline && !isnan(list[k].items[i].p))
				p[n++] = list[k].items[i].p;
	stats_adjust(p, n);
	n = 0;
	for (size_t k = 0; k < count; k++)
		for (size_t i = 0; i < list[k].count; i++)
			if (list[k].items[i].headline == headline && !isnan(list[k].items[i].p))
				list[k].items[i].p_adjusted = p[n++];
	free(p);
	return n;
}

/* The verdicts of everything that is judged at once. */
static void decide_all(struct judgement *list, size_t count)
{
	size_t family = adjust_family(list, count, true);

	adjust_family(list, count, false);
	for (size_t k = 0; k < count; k++) {
		list[k].family = family;
		for (size_t i = 0; i < list[k].count; i++)
			if (!isnan(list[k].items[i].p))
				proof_decide(&list[k].items[i], list[k].looks);
	}
}

int judgement_compare(struct judgement *j, double threshold_pct)
{
	if (measure_all(j, threshold_pct) < 0)
		return -1;
	decide_all(j, 1);
	return 0;
}

/* --- from the database ------------------------------------------------------------------------- */

static int load(struct db *db, struct judgement *j)
{
	if (db_metrics(db, &j->base, &j->base_metrics) < 0 ||
	    db_metrics(db, &j->new, &j->new_metrics) < 0 ||
	    db_histograms(db, &j->base, &j->base_histograms) < 0 ||
	    db_histograms(db, &j->new, &j->new_histograms) < 0 ||
	    db_boot_histograms(db, &j->base, &j->base_boots) < 0 ||
	    db_boot_histograms(db, &j->new, &j->new_boots) < 0 ||
	    db_findings(db, &j->base, &j->base_findings) < 0 ||
	    db_findings(db, &j->new, &j->new_findings) < 0 ||
	    db_facts(db, &j->base, &j->base_facts) < 0 || db_facts(db, &j->new, &j->new_facts) < 0)
		return -1;
	return 0;
}

static bool proven(const struct comparison *c)
{
	return c->headline && (c->verdict == VERDICT_BETTER || c->verdict == VERDICT_WORSE);
}

/* By each clock that the profiles have. */
static int load_explanation(struct db *db, struct judgement *j, const char *workload)
{
	static const enum explain_clock clocks[] = { EXPLAIN_INSTRUCTIONS, EXPLAIN_CYCLES };

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		int ret = explain(db, &j->base, &j->new, workload, clocks[i],
				  &j->explanations[j->explanation_count]);

		if (ret < 0)
			return -1;
		j->explanation_count += ret == 0;
	}
	return 0;
}

/* Once for each workload with a proven difference, if it was profiled. */
static int load_explanations(struct db *db, struct judgement *j)
{
	const char *last = "";

	j->explanations = xcalloc(2 * j->count + 1, sizeof(*j->explanations));
	for (size_t i = 0; i < j->count; i++) {
		if (!proven(&j->items[i]) || !strcmp(j->items[i].workload, last))
			continue;
		last = j->items[i].workload;
		if (load_explanation(db, j, last) < 0)
			return -1;
	}
	return 0;
}

static int load_and_measure(struct db *db, const struct db_side *base, const struct db_side *new,
			    double threshold_pct, struct judgement *out)
{
	*out = (struct judgement){ .base = *base, .new = *new };
	if (load(db, out) < 0 || measure_all(out, threshold_pct) < 0) {
		judgement_release(out);
		return -1;
	}
	quantiles_compare(&out->base_boots, &out->new_boots, &out->quantiles);
	return 0;
}

void judgement_release(struct judgement *j)
{
	db_metrics_release(&j->base_metrics);
	db_metrics_release(&j->new_metrics);
	db_histograms_release(&j->base_histograms);
	db_histograms_release(&j->new_histograms);
	quantiles_release(&j->quantiles);
	db_histograms_release(&j->base_boots);
	db_histograms_release(&j->new_boots);
	db_findings_release(&j->base_findings);
	db_findings_release(&j->new_findings);
	db_facts_release(&j->base_facts);
	db_facts_release(&j->new_facts);
	differences_release(&j->differences);
	for (size_t i = 0; i < j->explanation_count; i++)
		explanation_release(&j->explanations[i]);
	free(j->explanations);
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
static int judge_plan(struct db *db, double threshold_pct, struct judgements *out)
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
		if (load_and_measure(db, &sides[0], &sides[1], threshold_pct,
				     &out->items[out->count]) < 0)
			return -1;
		out->count++;
	}
	return 0;
}

static int load_sides(struct db *db, const char *session, struct db_sides *out)
{
	if (db_sides(db, session, out) < 0)
		return -1;
	if (out->count)
		return 0;
	if (session)
		return error("there is no session \"%s\" in the database", session);
	return error("the database holds no session yet");
}

int judge_session(struct db *db, const char *session, double threshold_pct, struct judgements *out)
{
	int ret = -1;

	*out = (struct judgements){ 0 };
	if (load_sides(db, session, &out->sides) < 0)
		goto out;
	if (db_pairs(db, out->sides.items[0].session, &out->pairs) < 0)
		goto out;
	if (out->pairs.count == 0) {
		error("session \"%s\" has runs of \"%s\" only: nothing to compare",
		      out->sides.items[0].session, out->sides.items[0].spec);
		goto out;
	}
	ret = judge_plan(db, threshold_pct, out);
	if (ret == 0)
		decide_all(out->items, out->count);
	for (size_t i = 0; ret == 0 && i < out->count; i++)
		ret = load_explanations(db, &out->items[i]);
out:
	if (ret < 0)
		judgements_release(out);
	return ret;
}

/* Drops what is of other workloads. */
static void keep_workload(struct db_metrics *metrics, const char *workload)
{
	struct db_metrics others = { 0 };
	size_t kept = 0;

	others.items = xcalloc(metrics->count + 1, sizeof(*others.items));
	for (size_t i = 0; i < metrics->count; i++)
		if (!strcmp(metrics->items[i].workload, workload))
			metrics->items[kept++] = metrics->items[i];
		else
			others.items[others.count++] = metrics->items[i];
	metrics->count = kept;
	db_metrics_release(&others);
}

static int judge_pair(struct db *db, const struct db_pair *pair, const struct db_sides *sides,
		      double threshold_pct, struct judgement *j)
{
	const struct db_side *base = side_of(sides, pair->base);
	const struct db_side *new = side_of(sides, pair->new);

	if (!base || !new)
		return error("session \"%s\" has no runs of kernel %" PRId64,
			     sides->items[0].session, base ? pair->new : pair->base);
	*j = (struct judgement){ .base = *base, .new = *new };
	if (db_metrics(db, &j->base, &j->base_metrics) < 0 ||
	    db_metrics(db, &j->new, &j->new_metrics) < 0 ||
	    db_facts(db, &j->base, &j->base_facts) < 0 || db_facts(db, &j->new, &j->new_facts) < 0)
		return -1;
	keep_workload(&j->base_metrics, pair->workloads);
	keep_workload(&j->new_metrics, pair->workloads);
	return measure_all(j, threshold_pct);
}

int judge_pairs(struct db *db, const char *session, const struct db_pair *pairs, size_t count,
		double threshold_pct, struct judgements *out)
{
	int ret;

	*out = (struct judgements){ 0 };
	out->items = xcalloc(count, sizeof(*out->items));
	ret = load_sides(db, session, &out->sides);
	for (; ret == 0 && out->count < count; out->count++)
		ret = judge_pair(db, &pairs[out->count], &out->sides, threshold_pct,
				 &out->items[out->count]);
	if (ret == 0)
		decide_all(out->items, out->count);
	else
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

size_t judgement_unproven(const struct judgement *j)
{
	size_t n = 0;

	for (size_t i = 0; i < j->count; i++)
		n += j->items[i].headline && j->items[i].verdict == VERDICT_UNPROVEN &&
		     j->items[i].n_base && j->items[i].n_new;
	return n;
}

size_t judgement_regressions(const struct judgement *j)
{
	size_t worse = 0;

	for (size_t i = 0; i < j->count; i++)
		worse += j->items[i].headline && j->items[i].verdict == VERDICT_WORSE;
	return worse;
}
