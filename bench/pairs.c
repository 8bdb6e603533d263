// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * False alarms on real boots: bench/aa.sh boots one kernel many times, and this splits the boots at
 * random into disjoint pairs of arms and has each pair judged. There is nothing to find, so
 * everything that is found is a false alarm.
 *
 *	pairs DATABASE SESSION BOOTS	BOOTS of each arm
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/query.h"
#include "lib/alloc.h"
#include "lib/random.h"
#include "reports/judge.h"

#define SPLITS 200 /* random ones of the same boots: for the rate; the first is disjoint and new */

/* The headline figures of all boots, by run. */
struct pool {
	struct strvec runs;
	struct db_metrics metrics[2]; /* of the two arms that the session has */
};

struct tally {
	size_t pairs, pairs_with_alarm, figures, alarms, unproven, same;
};

static void add_runs(struct pool *p, const struct db_metrics *m)
{
	for (size_t i = 0; i < m->count; i++)
		for (size_t k = 0; k < m->items[i].count; k++)
			if (m->items[i].headline && !strvec_has(&p->runs, m->items[i].runs[k]))
				strvec_push(&p->runs, m->items[i].runs[k]);
}

static int load(struct pool *p, const char *database, const char *session)
{
	struct db *db = db_open_readonly(database);
	struct db_sides sides = { 0 };
	int ret = -1;

	if (!db || db_sides(db, session, &sides) < 0 || sides.count != 2)
		goto out;
	for (size_t i = 0; i < 2; i++) {
		if (db_metrics(db, &sides.items[i], &p->metrics[i]) < 0)
			goto out;
		add_runs(p, &p->metrics[i]);
	}
	ret = 0;
out:
	db_sides_release(&sides);
	db_close(db);
	return ret;
}

static double value_of(const struct pool *p, const struct db_series *like, const char *run)
{
	for (size_t a = 0; a < 2; a++)
		for (size_t i = 0; i < p->metrics[a].count; i++) {
			const struct db_series *s = &p->metrics[a].items[i];

			if (strcmp(s->metric, like->metric) != 0 ||
			    strcmp(s->workload, like->workload) != 0)
				continue;
			for (size_t k = 0; k < s->count; k++)
				if (!strcmp(s->runs[k], run))
					return s->values[k];
		}
	return 0;
}

/* The series of one arm: the headline figures of n runs. */
static struct db_metrics arm_of(const struct pool *p, char *const *runs, size_t n)
{
	const struct db_metrics *like = &p->metrics[0];
	struct db_metrics m = { xcalloc(like->count + 1, sizeof(*m.items)), 0 };

	for (size_t i = 0; i < like->count; i++) {
		struct db_series *s = &m.items[m.count];

		if (!like->items[i].headline)
			continue;
		*s = like->items[i];
		s->runs = NULL;
		s->blocks = s->boots = NULL;
		s->values = xcalloc(n, sizeof(*s->values));
		s->count = n;
		for (size_t k = 0; k < n; k++)
			s->values[k] = value_of(p, s, runs[k]);
		m.count++;
	}
	return m;
}

static void arm_release(struct db_metrics *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->items[i].values);
	free(m->items);
}

static void judge_pair(const struct pool *p, char *const *runs, size_t n, struct tally *t)
{
	struct judgement j = { .base = { .spec = (char *)"a",
					 .source = (char *)"",
					 .clock = (char *)"wall",
					 .target = (char *)"" } };
	size_t alarms = 0;

	j.new = j.base;
	j.base_metrics = arm_of(p, runs, n);
	j.new_metrics = arm_of(p, runs + n, n);
	if (judgement_compare(&j, -1) < 0)
		exit(3);
	for (size_t i = 0; i < j.count; i++) {
		alarms +=
			j.items[i].verdict == VERDICT_BETTER || j.items[i].verdict == VERDICT_WORSE;
		t->unproven += j.items[i].verdict == VERDICT_UNPROVEN;
		t->same += j.items[i].verdict == VERDICT_SAME;
	}
	t->pairs++;
	t->pairs_with_alarm += alarms > 0;
	t->figures += j.count;
	t->alarms += alarms;
	free(j.items);
	strvec_release(&j.warnings);
	arm_release(&j.base_metrics);
	arm_release(&j.new_metrics);
}

static void shuffle(char **items, size_t n, struct random *r)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = random_next(r) % i;
		char *item = items[k];

		items[k] = items[i - 1];
		items[i - 1] = item;
	}
}

static void print_tally(const char *what, const struct tally *t)
{
	printf("%s: %zu pairs, %zu with a false alarm (%.2f%%); %zu figures: %zu false alarms (%.2f%%), "
	       "%zu unproven, %zu the same\n",
	       what, t->pairs, t->pairs_with_alarm,
	       t->pairs ? 100 * (double)t->pairs_with_alarm / (double)t->pairs : 0, t->figures,
	       t->alarms, t->figures ? 100 * (double)t->alarms / (double)t->figures : 0,
	       t->unproven, t->same);
}

int main(int argc, char **argv)
{
	struct random r = { .state = 300 };
	struct pool p = { 0 };
	struct tally first = { 0 }, all = { 0 };
	size_t n = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;

	if (n < 1) {
		fprintf(stderr, "usage: pairs DATABASE SESSION BOOTS\n");
		return 2;
	}
	if (load(&p, argv[1], argv[2]) < 0)
		return 3;
	for (size_t s = 0; s < SPLITS; s++) {
		shuffle(p.runs.items, p.runs.count, &r);
		for (size_t at = 0; at + 2 * n <= p.runs.count; at += 2 * n)
			judge_pair(&p, p.runs.items + at, n, s ? &all : &first);
	}
	printf("%zu boots, arms of %zu\n", p.runs.count, n);
	print_tally("disjoint pairs", &first);
	print_tally("199 more random splits of the same boots", &all);
	for (size_t i = 0; i < 2; i++)
		db_metrics_release(&p.metrics[i]);
	strvec_release(&p.runs);
	return 0;
}
