// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How often kab sees a difference in nothing: the comparisons of a kernel with itself.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "history.h"
#include "lib/alloc.h"
#include "proof.h"

#define SHOWN_MAX 10 /* nights in the text */

static bool is_self(const struct judgement *j)
{
	return !strcmp(j->base.kernel_id, j->new.kernel_id);
}

static double smallest_of(const struct judgement *j, const struct comparison *c)
{
	size_t n = c->n_base < c->n_new ? c->n_base : c->n_new;

	if (!n)
		return NAN;
	return judgement_exact(j) ? c->threshold_pct : proof_smallest_effect(c, n);
}

static void add_comparison(struct self_check *check, const struct judgement *j)
{
	for (size_t i = 0; i < j->count; i++) {
		const struct comparison *c = &j->items[i];
		double smallest;

		if (!c->headline || !c->n_base || !c->n_new)
			continue;
		check->figures++;
		check->alarms += c->verdict == VERDICT_BETTER || c->verdict == VERDICT_WORSE;
		smallest = smallest_of(j, c);
		/* A figure for which nothing would be proven is the worst. */
		if (check->figures == 1 || isnan(smallest) || smallest > check->smallest_pct)
			check->smallest_pct = isnan(check->smallest_pct) ? NAN : smallest;
	}
}

/* Whether the session compares a kernel with itself: 1, 0, or -1 with an error printed. */
static int has_twins(struct db *db, const char *session)
{
	struct db_sides sides = { 0 };
	struct db_pairs pairs = { 0 };
	int ret = db_sides(db, session, &sides) < 0 || db_pairs(db, session, &pairs) < 0 ? -1 : 0;

	for (size_t p = 0; p < pairs.count && ret == 0; p++) {
		const char *base = NULL, *new = NULL;

		for (size_t i = 0; i < sides.count; i++) {
			if (sides.items[i].arm == pairs.items[p].base)
				base = sides.items[i].kernel_id;
			if (sides.items[i].arm == pairs.items[p].new)
				new = sides.items[i].kernel_id;
		}
		ret = base && new && !strcmp(base, new);
	}
	db_pairs_release(&pairs);
	db_sides_release(&sides);
	return ret;
}

static int check_session(struct db *db, const char *session, struct self_checks *out)
{
	struct self_check check = { .smallest_pct = 0 };
	struct judgements list = { 0 };
	int ret = has_twins(db, session);

	if (ret > 0)
		ret = judge_session(db, session, -1, &list);
	for (size_t i = 0; i < list.count && ret == 0; i++)
		if (is_self(&list.items[i]))
			add_comparison(&check, &list.items[i]);
	if (check.figures) {
		check.session = xstrdup(session);
		check.started = xstrdup(list.items[0].base.started);
		out->items = xreallocarray(out->items, out->count + 1, sizeof(*out->items));
		out->items[out->count++] = check;
		out->figures += check.figures;
		out->alarms += check.alarms;
	}
	judgements_release(&list);
	return ret;
}

int self_checks_of(struct db *db, const struct db_session_list *sessions, const char *plan,
		   size_t most, struct self_checks *out)
{
	size_t looked = 0;
	int ret = 0;

	*out = (struct self_checks){ 0 };
	for (size_t i = 0; i < sessions->count && ret == 0 && looked < most; i++) {
		if (*plan && strcmp(sessions->items[i].plan, plan) != 0)
			continue;
		looked++;
		ret = check_session(db, sessions->items[i].id, out);
	}
	return ret;
}

int self_checks_load(struct db *db, const char *plan, size_t most, struct self_checks *out)
{
	struct db_session_list sessions = { 0 };
	int ret = db_session_list(db, &sessions, NULL);

	*out = (struct self_checks){ 0 };
	if (ret == 0)
		ret = self_checks_of(db, &sessions, plan, most, out);
	db_session_list_release(&sessions);
	return ret;
}

void self_checks_release(struct self_checks *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->items[i].session);
		free(c->items[i].started);
	}
	free(c->items);
	*c = (struct self_checks){ 0 };
}

int self_checks_text(FILE *out, const struct self_checks *c)
{
	if (!c->count)
		return 0;
	fprintf(out,
		"a kernel against itself, %zu %s: %zu of %zu headline figures called different "
		"(%.2f%%)\n",
		c->count, c->count == 1 ? "night" : "nights", c->alarms, c->figures,
		100 * (double)c->alarms / (double)c->figures);
	for (size_t i = 0; i < c->count && i < SHOWN_MAX; i++) {
		const struct self_check *s = &c->items[i];

		fprintf(out, "  %.10s  %zu of %zu", s->started, s->alarms, s->figures);
		if (isnan(s->smallest_pct))
			fputs(", too few boots to prove any effect\n", out);
		else
			fprintf(out, ", smallest effect that would be proven %.2f%%\n",
				s->smallest_pct);
	}
	if (c->count > SHOWN_MAX)
		fprintf(out, "  and %zu nights before\n", c->count - SHOWN_MAX);
	return format_finish(out);
}
