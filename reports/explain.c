// SPDX-License-Identifier: GPL-2.0-or-later
#include "explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"

#define TELLING 0.95

/* What a workload's operation is, by the metric that counts it; all that fit are added up. */
static const struct {
	const char *suffix, *operation;
} operations[] = {
	{ "_total_ios", "I/O" },
	{ "packets", "packet" },
	{ "pages", "page" },
	{ "operations", "operation" },
};

/*
 * Operations.
 */
static bool ends_in(const char *name, const char *suffix)
{
	size_t len = strlen(name), end = strlen(suffix);

	return len >= end && !strcmp(name + len - end, suffix);
}

static double sum_metric(const struct db_metrics *m, const char *workload, const char *suffix)
{
	double sum = 0;

	for (size_t i = 0; i < m->count; i++)
		if (m->items[i].count && !strcmp(m->items[i].workload, workload) &&
		    strncmp(m->items[i].metric, "vm_", 3) != 0 &&
		    ends_in(m->items[i].metric, suffix))
			sum += m->items[i].values[0];
	return sum;
}

/*
 * What the workload itself says an operation is: the fact "WORKLOAD.operation", "block 373959".
 * False when it says nothing, or not one thing.
 */
static bool take_fact(const struct db_facts *facts, const char *workload, char **name,
		      double *count)
{
	size_t len = strlen(workload);

	for (size_t i = 0; i < facts->count; i++) {
		const char *key = facts->items[i].key, *value = facts->items[i].value;
		char *blank = strchr(value, ' '), *end;

		if (strncmp(key, workload, len) != 0 || strcmp(key + len, ".operation") != 0 ||
		    !blank)
			continue;
		*count = strtod(blank + 1, &end);
		if (*end || !(*count > 0))
			return false;
		*name = xstrndup(value, (size_t)(blank - value));
		return true;
	}
	return false;
}

/* 1 when both sides say the same operation, 0 when not, -1 with an error printed. */
static int told_operations(struct db *db, struct explanation *e)
{
	struct db_facts base = { 0 }, new = { 0 };
	char *base_name = NULL, *new_name = NULL;
	int ret = db_facts(db, &e->base, &base);

	if (ret == 0)
		ret = db_facts(db, &e->new, &new);
	if (ret == 0 && take_fact(&base, e->workload, &base_name, &e->base_operations) &&
	    take_fact(&new, e->workload, &new_name, &e->new_operations) &&
	    !strcmp(base_name, new_name)) {
		e->operation = base_name;
		base_name = NULL;
		ret = 1;
	}
	free(base_name);
	free(new_name);
	db_facts_release(&base);
	db_facts_release(&new);
	return ret;
}

/* Otherwise the metrics tell. */
static int find_operations(struct db *db, struct explanation *e)
{
	struct db_metrics base = { 0 }, new = { 0 };
	int ret = told_operations(db, e);

	if (ret != 0)
		return ret < 0 ? -1 : 0;
	ret = db_metrics(db, &e->base, &base);
	if (ret == 0)
		ret = db_metrics(db, &e->new, &new);
	e->operation = xstrdup("window");
	e->base_operations = e->new_operations = 1;
	for (size_t i = 0; ret == 0 && i < sizeof(operations) / sizeof(operations[0]); i++) {
		double in_base = sum_metric(&base, e->workload, operations[i].suffix);
		double in_new = sum_metric(&new, e->workload, operations[i].suffix);

		if (in_base <= 0 || in_new <= 0)
			continue;
		free(e->operation);
		e->operation = xstrdup(operations[i].operation);
		e->base_operations = in_base;
		e->new_operations = in_new;
		break;
	}
	db_metrics_release(&base);
	db_metrics_release(&new);
	return ret;
}

/*
 * Rows.
 */
static enum explain_state state_of(const struct explanation *e, const struct explain_row *r)
{
	if (!strcmp(r->name, "unknown"))
		return EXPLAIN_UNNAMED;
	if ((r->base > 0) == (r->new > 0) || r->user)
		return EXPLAIN_BOTH;
	/* Modules have names of their own, which no list has. */
	if (r->base > 0)
		return *r->object == '[' || db_profile_knows(&e->new_profile, r->name)
			       ? EXPLAIN_UNUSED
			       : EXPLAIN_GONE;
	return *r->object == '[' || db_profile_knows(&e->base_profile, r->name) ? EXPLAIN_CALLED
										: EXPLAIN_NEW;
}

static double figure(const struct explanation *e, const struct db_function *f)
{
	return e->clock == EXPLAIN_CYCLES ? f->cycles : f->instructions;
}

static void add_events(double *events, const struct db_function *f, double count)
{
	for (size_t i = 0; i < CACHED_EVENTS; i++)
		events[i] = f->events[i] / count;
}

/* A function on the sides that have it; one of the two may be NULL. */
static void add_row(struct explanation *e, const struct db_function *base,
		    const struct db_function *new)
{
	struct explain_row *r = &e->rows[e->count++];

	if (base) {
		*r = (struct explain_row){ .name = base->name,
					   .object = base->object,
					   .user = base->user,
					   .base = figure(e, base) / e->base_operations,
					   .base_calls = base->calls / e->base_operations };
		add_events(r->base_events, base, e->base_operations);
	}
	if (new) {
		r->name = new->name;
		r->object = new->object;
		r->user = new->user;
		r->new = figure(e, new) / e->new_operations;
		r->new_calls = new->calls / e->new_operations;
		add_events(r->new_events, new, e->new_operations);
	}
	r->delta = r->new - r->base;
	r->state = state_of(e, r);
}

static int compare_functions(const struct db_function *a, const struct db_function *b)
{
	int order = strcmp(a->name, b->name);

	return order ? order : strcmp(a->object, b->object);
}

/* Both profiles are in the order of names. */
static void merge(struct explanation *e)
{
	const struct db_profile *b = &e->base_profile, *n = &e->new_profile;
	size_t i = 0, k = 0;

	e->rows = xcalloc(b->count + n->count + 1, sizeof(*e->rows));
	while (i < b->count || k < n->count) {
		int order = i == b->count   ? 1
			    : k == n->count ? -1
					    : compare_functions(&b->items[i], &n->items[k]);

		add_row(e, order <= 0 ? &b->items[i] : NULL, order >= 0 ? &n->items[k] : NULL);
		i += order <= 0;
		k += order >= 0;
	}
}

static int by_delta(const void *left, const void *right)
{
	const struct explain_row *a = left, *b = right;
	double x = fabs(a->delta), y = fabs(b->delta);
	int order;

	if (x != y)
		return x > y ? -1 : 1;
	order = strcmp(a->name, b->name);
	return order ? order : strcmp(a->object, b->object);
}

/* Rows are sorted: the first that fits changed most. */
static const struct explain_row *find_partner(const struct explanation *e,
					      const struct explain_row *of)
{
	for (size_t i = 0; i < e->count; i++) {
		const struct explain_row *r = &e->rows[i];

		if (r != of && r->state == EXPLAIN_BOTH && !strcmp(r->object, of->object) &&
		    *r->object && (r->delta > 0) != (of->delta > 0) && r->delta != 0)
			return r;
	}
	return NULL;
}

/* How near a part comes to the whole, from either side: 1 is all of it. */
static double share(double part, double whole)
{
	return whole != 0 ? 1 - fabs((part - whole) / whole) : 1;
}

static void add_up(struct explanation *e)
{
	double seen = 0, shown = 0;

	for (size_t i = 0; i < e->count; i++) {
		e->base_total += e->rows[i].base;
		e->new_total += e->rows[i].new;
		e->changed += fabs(e->rows[i].delta);
	}
	e->delta = e->new_total - e->base_total;
	while (e->telling < e->count &&
	       (seen < TELLING * e->changed || share(shown, e->delta) < TELLING)) {
		seen += fabs(e->rows[e->telling].delta);
		shown += e->rows[e->telling++].delta;
	}
	e->explained = share(shown, e->delta);
}

/*
 * Groups.
 */
const char *explain_unit(enum explain_clock clock)
{
	return clock == EXPLAIN_CYCLES ? "estimated cycles" : "instructions";
}

char *explain_subsystem(const char *object, bool user)
{
	const char *slash = strrchr(object, '/');

	if (user)
		return xstrdup("programs");
	if (*object == '[')
		return xstrdup(object);
	if (!*object)
		return xstrdup("unknown");
	return slash ? xstrndup(object, (size_t)(slash - object)) : xstrdup(".");
}

static void add_to_group(struct explanation *e, const struct explain_row *r)
{
	char *name = explain_subsystem(r->object, r->user);
	struct explain_group *g = NULL;

	for (size_t i = 0; i < e->group_count && !g; i++)
		if (!strcmp(e->groups[i].name, name))
			g = &e->groups[i];
	if (g) {
		free(name);
	} else {
		e->groups = xreallocarray(e->groups, e->group_count + 1, sizeof(*e->groups));
		g = &e->groups[e->group_count++];
		*g = (struct explain_group){ .name = name };
	}
	g->base += r->base;
	g->new += r->new;
	g->delta += r->delta;
	g->count++;
}

static int by_group_delta(const void *left, const void *right)
{
	const struct explain_group *a = left, *b = right;
	double x = fabs(a->delta), y = fabs(b->delta);

	if (x != y)
		return x > y ? -1 : 1;
	return strcmp(a->name, b->name);
}

int explain(struct db *db, const struct db_side *base, const struct db_side *new,
	    const char *workload, enum explain_clock clock, struct explanation *e)
{
	int ret;

	*e = (struct explanation){
		.clock = clock, .base = *base, .new = *new, .workload = workload
	};
	ret = db_profile(db, base, workload, &e->base_profile);
	if (ret == 0)
		ret = db_profile(db, new, workload, &e->new_profile);
	if (ret == 0 && (!e->base_profile.count || !e->new_profile.count))
		ret = 1;
	if (ret == 0 && clock == EXPLAIN_CYCLES &&
	    (e->base_profile.cycles == 0 || e->new_profile.cycles == 0))
		ret = 1;
	if (ret == 0)
		ret = db_calls(db, base, workload, &e->base_calls);
	if (ret == 0)
		ret = db_calls(db, new, workload, &e->new_calls);
	if (ret == 0)
		ret = find_operations(db, e);
	if (ret != 0) {
		explanation_release(e);
		return ret;
	}
	merge(e);
	qsort(e->rows, e->count, sizeof(*e->rows), by_delta);
	for (size_t i = 0; i < e->count; i++) {
		struct explain_row *r = &e->rows[i];

		if (r->state == EXPLAIN_NEW || r->state == EXPLAIN_GONE)
			r->partner = find_partner(e, r);
		add_to_group(e, r);
	}
	qsort(e->groups, e->group_count, sizeof(*e->groups), by_group_delta);
	add_up(e);
	return 0;
}

void explanation_release(struct explanation *e)
{
	for (size_t i = 0; i < e->group_count; i++)
		free(e->groups[i].name);
	free(e->operation);
	free(e->groups);
	free(e->rows);
	db_profile_release(&e->base_profile);
	db_profile_release(&e->new_profile);
	db_calls_release(&e->base_calls);
	db_calls_release(&e->new_calls);
	*e = (struct explanation){ 0 };
}
