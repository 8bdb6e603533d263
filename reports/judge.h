/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verdicts: two sides of a session, metric by metric.
 *
 * On the instruction clock a figure is exact: the interval is the difference itself, and the
 * verdict is "same" within the threshold, else "better" or "worse".
 * On a wall clock the boot is the replicate: the shift is the Hodges-Lehmann estimate with its
 * exact confidence interval from the Mann-Whitney distribution. "same" needs the interval inside
 * the threshold, "better" and "worse" need it outside 0, everything else is "unproven".
 */
#ifndef KAB_REPORTS_JUDGE_H
#define KAB_REPORTS_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "db/query.h"

enum verdict { VERDICT_BETTER, VERDICT_WORSE, VERDICT_SAME, VERDICT_UNPROVEN };

struct comparison {
	const struct db_series *base_series, *new_series; /* borrowed */
	const char *workload, *title, *metric, *unit;	  /* borrowed */
	enum better better;
	bool headline;
	double base, new; /* medians over the boots */
	double delta_pct; /* of the shift, relative to base; NaN when base is 0 and new is not */
	double ci_pct[2]; /* NaN when there is none */
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
	struct comparison *items;
	size_t count;
	double threshold_pct;
};

/* threshold_pct < 0: the default of the clock. 0, or -1 with an error printed (different clocks). */
int judge(struct db *db, const struct db_side *base, const struct db_side *new,
	  double threshold_pct, struct judgement *out);
void judgement_release(struct judgement *j);

const char *verdict_name(enum verdict v);
/* Headline metrics that are proven worse. */
size_t judgement_regressions(const struct judgement *j);
/* One sentence: "mempool-bulk is better: dmcrypt-1m write_iops +6.9 %, ..."; a new string. */
char *judgement_sentence(const struct judgement *j);

#endif
