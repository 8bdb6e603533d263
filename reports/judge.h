/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verdicts: two sides of a session, metric by metric.
 *
 * On the instruction clock a figure is exact: the interval is the difference itself, and the
 * verdict is "same" within the threshold, else "better" or "worse".
 * On a wall clock the boot is the replicate: the shift is the Hodges-Lehmann estimate with its
 * exact confidence interval from the Mann-Whitney distribution. "same" needs the interval inside
 * the threshold, "better" and "worse" need it outside 0, everything else is "unproven".
 * Boots that differ on the instruction clock are a warning, and are judged as on a wall clock.
 * A metric of one side only is "unproven", with n 0 on the other side.
 */
#ifndef KAB_REPORTS_JUDGE_H
#define KAB_REPORTS_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "db/query.h"
#include "lib/strvec.h"
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
	size_t n_base, n_new;
	enum verdict verdict;
};

/* Everything a report of two sides needs; owns all of it. */
struct judgement {
	struct db_side base, new; /* borrowed copies of the structs; strings stay the caller's */
	struct db_metrics base_metrics, new_metrics;
	struct db_histograms base_histograms, new_histograms;
	struct db_findings base_findings, new_findings;
	struct db_facts base_facts, new_facts;
	struct comparison *items; /* by workload, headline first, then by metric */
	size_t count;
	double threshold_pct;
	struct strvec warnings; /* what makes the figures themselves doubtful, a sentence each */
};

/*
 * Loads both sides and compares them. threshold_pct < 0: the default of the clock.
 * 0, or -1 with an error printed (different clocks or targets, the database).
 */
int judge(struct db *db, const struct db_side *base, const struct db_side *new,
	  double threshold_pct, struct judgement *out);
void judgement_release(struct judgement *j);
/*
 * The part of judge() that needs no database: from the two sides and their metrics to items,
 * threshold_pct and warnings. 0, or -1 with an error printed.
 */
int judgement_compare(struct judgement *j, double threshold_pct);

/* Every comparison of a session, by base; owns the sides as well. */
struct judgements {
	struct db_sides sides;
	struct db_pairs pairs;
	struct judgement *items;
	size_t count; /* at least 1 */
};

/* session NULL: the newest. 0, or -1 with an error printed (no such session, a single arm). */
int judge_session(struct db *db, const char *session, double threshold_pct, struct judgements *out);
void judgements_release(struct judgements *list);

const char *verdict_name(enum verdict v);
/* True on the instruction clock, where figures are exact. */
bool judgement_exact(const struct judgement *j);
/* Headline metrics that are proven worse. */
size_t judgement_regressions(const struct judgement *j);
/* New strings: "mempool-bulk is better than linux-6.1", what that rests on ("dmcrypt-1m write_iops
 * +6.90%; 3 the same"; may be empty), and both in one sentence. */
char *judgement_verdict(const struct judgement *j);
char *judgement_details(const struct judgement *j, enum unit_form form);
char *judgement_sentence(const struct judgement *j);

#endif
