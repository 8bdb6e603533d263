/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verdicts: two sides of a session, metric by metric.
 *
 * On the instruction clock a figure is exact: the interval is the difference itself, and the
 * verdict is "same" within the threshold, else "better" or "worse".
 * On a wall clock the boot is the replicate: the shift is the Hodges-Lehmann estimate with its
 * exact confidence interval from the Mann-Whitney distribution (stats.h). "same" needs the interval
 * inside the threshold, "better" and "worse" need it outside 0 and an exact p of at most 1 %,
 * everything else is "unproven" (proof.h). p is adjusted for the number of figures that are judged
 * at once (Benjamini and Hochberg): headline figures of a session are one family, the others another.
 * Boots that differ on the instruction clock are a warning, and are judged as on a wall clock;
 * except when each had another layout of memory. The two sides are then compared layout by layout:
 * delta is the median of the differences, the interval their range (which holds the median of
 * all layouts with probability 1 - 2^(1 - n), as each falls on either side of it like a coin), and
 * "better" or "worse" needs more than the threshold, in one direction, in all of them.
 * A metric of one side only is "unproven", with n 0 on the other side. So is one whose unit or
 * direction changed: it then is a metric of each side only, and a warning. Values that are not
 * finite are left out, with a warning.
 */
#ifndef KAB_REPORTS_JUDGE_H
#define KAB_REPORTS_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "comparable.h"
#include "db/query.h"
#include "explain.h"
#include "lib/strvec.h"
#include "quantiles.h"
#include "stats.h"
#include "units.h"

enum verdict { VERDICT_BETTER, VERDICT_WORSE, VERDICT_SAME, VERDICT_UNPROVEN };

struct comparison {
	const struct db_series *base_series, *new_series; /* borrowed; one of them may be NULL */
	const char *workload, *title, *metric, *unit;	  /* borrowed */
	enum better better;
	bool headline;
	double base, new; /* medians over the boots; NaN on the side that has no value */
	double delta_pct; /* of the shift, relative to base; NaN when base is 0 and new is not */
	double ci_pct[2]; /* of 95 %; NaN when there is none */
	double threshold_pct; /* differences up to it count as the same */
	struct shift shift;   /* what the three above are made of, in the metric's unit */
	double p, p_adjusted; /* of no difference; NaN on the instruction clock */
	size_t n_base, n_new;
	enum verdict verdict;
	/*
	 * On the instruction clock with several layouts: in how many both sides have the figure, and in
	 * how many of these the difference is larger than the threshold, up or down. 0 otherwise.
	 */
	size_t layouts, layouts_up, layouts_down;
	size_t more_boots; /* of each kernel, that would decide what is unproven; 0: not known */
};

/* Everything a report of two sides needs; owns all of it. */
struct judgement {
	struct db_side base, new; /* borrowed copies of the structs; strings stay the caller's */
	struct db_metrics base_metrics, new_metrics;
	struct db_histograms base_histograms, new_histograms;
	struct db_findings base_findings, new_findings;
	struct db_facts base_facts, new_facts;
	struct db_histograms base_boots, new_boots; /* histograms boot by boot */
	struct quantile_shifts quantiles;
	struct comparison *items; /* by workload, headline first, then by metric */
	size_t count;
	/* Of each workload that was profiled and has a proven difference, in the same order; with a
	 * model of caches a second one, by estimated cycles. */
	struct explanation *explanations;
	size_t explanation_count;
	double threshold_pct; /* that most metrics have */
	size_t family;	      /* headline figures that were judged at once */
	bool layouts;	      /* boots differ in the layout of memory on purpose */
	size_t looks;	      /* at growing data, of which this is the last; 0: planned whole */
	struct differences differences; /* besides the kernel's code; each is a warning too */
	struct strvec warnings; /* what makes the figures themselves doubtful, a sentence each */
};

void judgement_release(struct judgement *j);
/*
 * Judges two sides whose metrics have been loaded: makes items, threshold_pct and warnings.
 * threshold_pct < 0: each metric's own. 0, or -1 with an error printed (different clocks or
 * targets).
 */
int judgement_compare(struct judgement *j, double threshold_pct);

/* Every comparison of a session, by base; owns the sides as well. */
struct judgements {
	struct db_sides sides;
	struct db_pairs pairs;
	struct judgement *items;
	size_t count; /* at least 1 */
};

/*
 * session NULL: the newest. All its comparisons are judged at once. 0, or -1 with an error printed
 * (no such session, a single arm, the database).
 */
int judge_session(struct db *db, const char *session, double threshold_pct, struct judgements *out);

/*
 * The same for comparisons of the caller's choice: out->items[i] is pairs[i], in the one workload
 * that it names. Only metrics and facts are loaded. `count` is at least 1.
 */
int judge_pairs(struct db *db, const char *session, const struct db_pair *pairs, size_t count,
		double threshold_pct, struct judgements *out);
void judgements_release(struct judgements *list);

const char *verdict_name(enum verdict v);
/* What a difference of this metric may be without mattering, in per cent. */
double judge_threshold(const char *metric, bool exact);
/*
 * Prints what makes the sides incomparable, as errors. Returns how many of these there are: 0 when
 * their figures may be compared. `why` says what could be done, for the last line.
 */
size_t judgement_refuse(const struct judgement *j, const char *why);
/* True on the instruction clock, where figures are exact. */
bool judgement_exact(const struct judgement *j);
/* Headline metrics of both sides that are neither better, worse, nor the same. */
size_t judgement_unproven(const struct judgement *j);
/* Headline metrics that are proven worse. */
size_t judgement_regressions(const struct judgement *j);
/*
 * One sentence, a new string, that tells a newcomer why a comparison has its verdict: "The interval
 * reaches from -0.5% to +2.1%: ...".
 */
char *comparison_reason(const struct judgement *j, const struct comparison *c, enum unit_form form);
/* New strings: "mempool-bulk is better than linux-6.1", what that rests on ("dmcrypt-1m write_iops
 * +6.90%; 3 the same"; may be empty), and both in one sentence. */
char *judgement_verdict(const struct judgement *j);
char *judgement_details(const struct judgement *j, enum unit_form form);
char *judgement_sentence(const struct judgement *j);

#endif
