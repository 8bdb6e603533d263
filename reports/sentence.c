// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verdict in words.
 */
#include "judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/strbuf.h"
#include "units.h"

#define LIST_MAX 4 /* metrics named; the rest is a number */

static void count_headlines(const struct judgement *j, size_t counts[4], size_t *total)
{
	*total = 0;
	memset(counts, 0, 4 * sizeof(*counts));
	for (size_t i = 0; i < j->count; i++) {
		if (!j->items[i].headline)
			continue;
		counts[j->items[i].verdict]++;
		++*total;
	}
}

/* What the new side is called: by its series when that is all that differs. */
static const char *new_name(const struct judgement *j)
{
	if (*j->new.series && !*j->base.series && !strcmp(j->base.source, j->new.source))
		return j->new.series;
	return j->new.spec;
}

char *judgement_verdict(const struct judgement *j)
{
	const char *base = strcmp(j->base.spec, j->new.spec) ? j->base.spec : "itself";
	const char *new = new_name(j);
	size_t counts[4], total;

	count_headlines(j, counts, &total);
	if (total == 0)
		return xasprintf("No headline figures of %s against %s", new, base);
	if (counts[VERDICT_BETTER] && counts[VERDICT_WORSE])
		return xasprintf("%s is mixed against %s", new, base);
	if (counts[VERDICT_BETTER])
		return xasprintf("%s is better than %s", new, base);
	if (counts[VERDICT_WORSE])
		return xasprintf("%s is worse than %s", new, base);
	if (counts[VERDICT_UNPROVEN])
		return xasprintf("No difference is proven between %s and %s", new, base);
	return xasprintf("%s performs the same as %s", new, base);
}

/* --- what it rests on -------------------------------------------------------------------------- */

static void start_part(struct strbuf *out)
{
	if (out->len)
		strbuf_adds(out, "; ");
}

/* "better in dmcrypt-1m write_iops +6.90%, ...": all headline metrics with this verdict. */
static void add_list(struct strbuf *out, const struct judgement *j, enum verdict verdict,
		     bool labelled, enum unit_form form)
{
	size_t listed = 0, left = 0;

	start_part(out);
	if (labelled)
		strbuf_addf(out, "%s in ", verdict_name(verdict));
	for (size_t i = 0; i < j->count; i++) {
		const struct comparison *c = &j->items[i];

		if (!c->headline || c->verdict != verdict)
			continue;
		if (listed == LIST_MAX) {
			left++;
			continue;
		}
		strbuf_addf(out, "%s%s %s ", listed++ ? ", " : "", c->workload, c->metric);
		if (isnan(c->delta_pct))
			strbuf_adds(out, "from 0");
		else
			unit_format_pct(out, c->delta_pct, form);
	}
	if (left)
		strbuf_addf(out, " and %zu more", left);
}

/* The widest threshold among the headline figures. */
static double widest_threshold(const struct judgement *j)
{
	double widest = 0;

	for (size_t i = 0; i < j->count; i++)
		if (j->items[i].headline && j->items[i].threshold_pct > widest)
			widest = j->items[i].threshold_pct;
	return widest;
}

static void add_same(struct strbuf *out, const struct judgement *j, size_t same, size_t total,
		     enum unit_form form)
{
	start_part(out);
	if (same < total)
		strbuf_addf(out, "%zu the same", same);
	else if (total > 1)
		strbuf_addf(out, "all %zu headline figures within ", total);
	else
		strbuf_adds(out, "the headline figure within ");
	if (same == total)
		unit_format_threshold(out, widest_threshold(j), form);
}

char *judgement_details(const struct judgement *j, enum unit_form form)
{
	struct strbuf out = STRBUF_INIT;
	size_t counts[4], total, failed = j->base.failed_runs + j->new.failed_runs;
	bool both;

	count_headlines(j, counts, &total);
	both = counts[VERDICT_BETTER] && counts[VERDICT_WORSE];
	if (counts[VERDICT_WORSE])
		add_list(&out, j, VERDICT_WORSE, both, form);
	if (counts[VERDICT_BETTER])
		add_list(&out, j, VERDICT_BETTER, both, form);
	if (counts[VERDICT_SAME])
		add_same(&out, j, counts[VERDICT_SAME], total, form);
	if (counts[VERDICT_UNPROVEN]) {
		start_part(&out);
		strbuf_addf(&out, "%zu unproven", counts[VERDICT_UNPROVEN]);
	}
	if (failed) {
		start_part(&out);
		strbuf_addf(&out, "%zu %s failed", failed, failed == 1 ? "run" : "runs");
	}
	return strbuf_detach(&out);
}

char *judgement_sentence(const struct judgement *j)
{
	char *verdict = judgement_verdict(j);
	char *details = judgement_details(j, UNIT_ASCII);
	char *sentence = xasprintf("%s%s%s", verdict, *details ? ": " : "", details);

	free(verdict);
	free(details);
	return sentence;
}
