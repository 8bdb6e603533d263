// SPDX-License-Identifier: GPL-2.0-or-later
#include "growth.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "stats.h"

char *growth_family(const char *metric, double *number)
{
	for (const char *at = strchr(metric, '_'); at; at = strchr(at + 1, '_')) {
		const char *begin = at + 1;
		size_t digits = strspn(begin, "0123456789");

		if (!digits || (begin[digits] && begin[digits] != '_'))
			continue;
		*number = strtod(begin, NULL);
		return xasprintf("%.*sN%s", (int)(begin - metric), metric, begin + digits);
	}
	return NULL;
}

/* The points of one curve. */
struct points {
	double *n, *base, *new;
	size_t count;
};

static void points_add(struct points *p, double n, const struct comparison *c)
{
	p->n = xreallocarray(p->n, p->count + 1, sizeof(double));
	p->base = xreallocarray(p->base, p->count + 1, sizeof(double));
	p->new = xreallocarray(p->new, p->count + 1, sizeof(double));
	p->n[p->count] = n;
	p->base[p->count] = c->base;
	p->new[p->count++] = c->new;
}

static void points_release(struct points *p)
{
	free(p->n);
	free(p->base);
	free(p->new);
}

static bool known(const struct growths *g, const char *workload, const char *family)
{
	for (size_t i = 0; i < g->count; i++)
		if (!strcmp(g->items[i].workload, workload) && !strcmp(g->items[i].family, family))
			return true;
	return false;
}

static void collect(const struct judgement *j, const char *workload, const char *family,
		    struct points *p)
{
	for (size_t i = 0; i < j->count; i++) {
		const struct comparison *c = &j->items[i];
		double n;
		char *other;

		if (strcmp(c->workload, workload) != 0)
			continue;
		other = growth_family(c->metric, &n);
		if (other && !strcmp(other, family))
			points_add(p, n, c);
		free(other);
	}
}

/* Takes the family over. */
static void fit_one(const struct judgement *j, const char *workload, char *family,
		    struct growths *out)
{
	struct growth g = { .workload = workload, .family = family, .base = NAN, .new = NAN };
	struct points p = { .count = 0 };

	collect(j, workload, family, &p);
	g.points = p.count;
	if (p.count >= GROWTH_POINTS_MIN) {
		g.base = stats_exponent(p.n, p.base, p.count);
		g.new = stats_exponent(p.n, p.new, p.count);
	}
	points_release(&p);
	if (isnan(g.base) && isnan(g.new)) {
		free(family);
		return;
	}
	out->items = xreallocarray(out->items, out->count + 1, sizeof(*out->items));
	out->items[out->count++] = g;
}

void growths_fit(const struct judgement *j, struct growths *out)
{
	*out = (struct growths){ .count = 0 };
	for (size_t i = 0; i < j->count; i++) {
		const struct comparison *c = &j->items[i];
		double n;
		char *family = c->headline ? growth_family(c->metric, &n) : NULL;

		if (family && !known(out, c->workload, family))
			fit_one(j, c->workload, family, out);
		else
			free(family);
	}
}

void growths_release(struct growths *g)
{
	for (size_t i = 0; i < g->count; i++)
		free(g->items[i].family);
	free(g->items);
	*g = (struct growths){ .count = 0 };
}
