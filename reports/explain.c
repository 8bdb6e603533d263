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

static int find_operations(struct db *db, struct explanation *e)
{
	struct db_metrics base = { 0 }, new = { 0 };
	int ret = db_metrics(db, &e->base, &base);

	if (ret == 0)
		ret = db_metrics(db, &e->new, &new);
	e->operation = "window";
	e->base_operations = e->new_operations = 1;
	for (size_t i = 0; ret == 0 && i < sizeof(operations) / sizeof(operations[0]); i++) {
		double in_base = sum_metric(&base, e->workload, operations[i].suffix);
		double in_new = sum_metric(&new, e->workload, operations[i].suffix);

		if (in_base <= 0 || in_new <= 0)
			continue;
		e->operation = operations[i].operation;
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

/* A function on the sides that have it; one of the two may be NULL. */
static void add_row(struct explanation *e, const struct db_function *base,
		    const struct db_function *new)
{
	struct explain_row *r = &e->rows[e->count++];

	if (base) {
		*r = (struct explain_row){ .name = base->name,
					   .object = base->object,
					   .user = base->user,
					   .base = base->instructions / e->base_operations,
					   .base_calls = base->calls / e->base_operations };
	}
	if (new) {
		r->name = new->name;
		r->object = new->object;
		r->user = new->user;
		r->new = new->instructions / e->new_operations;
		r->new_calls = new->calls / e->new_operations;
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
	    const char *workload, struct explanation *e)
{
	int ret;

	*e = (struct explanation){ .base = *base, .new = *new, .workload = workload };
	ret = db_profile(db, base, workload, &e->base_profile);
	if (ret == 0)
		ret = db_profile(db, new, workload, &e->new_profile);
	if (ret == 0 && (!e->base_profile.count || !e->new_profile.count))
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
	free(e->groups);
	free(e->rows);
	db_profile_release(&e->base_profile);
	db_profile_release(&e->new_profile);
	db_calls_release(&e->base_calls);
	db_calls_release(&e->new_calls);
	*e = (struct explanation){ 0 };
}
