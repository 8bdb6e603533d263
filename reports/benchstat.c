// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The boots as Go's benchmark format has results (golang.org/design/14313-benchmark-format, and the
 * units of golang.org/x/perf/benchfmt): for `benchstat -col kernel FILE`. The kernel is a line
 * "kernel: NAME" above its results, the workload is a part of the benchmark's name, and the
 * metric is the unit; each boot is a line.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "lib/alloc.h"

/* Fields are separated by blanks, and a line ends a value. */
static char *word(const char *text)
{
	char *copy = xstrdup(text);

	for (char *p = copy; *p; p++)
		if (isspace((unsigned char)*p) || iscntrl((unsigned char)*p))
			*p = '_';
	return copy;
}

static const struct db_series *series_of(const struct comparison *c, bool new)
{
	return new ? c->new_series : c->base_series;
}

static bool shown(const struct comparison *c, bool all)
{
	return all || c->headline;
}

/* A unit is declared once, though several workloads have it. */
static bool is_declared(const struct judgement *j, size_t index, bool all)
{
	for (size_t i = 0; i < index; i++)
		if (shown(&j->items[i], all) && !strcmp(j->items[i].metric, j->items[index].metric))
			return true;
	return false;
}

static void put_units(FILE *out, const struct judgement *j, bool all)
{
	for (size_t i = 0; i < j->count; i++) {
		const struct comparison *c = &j->items[i];
		char *unit;

		if (!shown(c, all) || is_declared(j, i, all))
			continue;
		unit = word(c->metric);
		fprintf(out, "Unit %s better=%s\n", unit,
			c->better == BETTER_HIGHER ? "higher" : "lower");
		if (judgement_exact(j))
			fprintf(out, "Unit %s assume=exact\n", unit);
		free(unit);
	}
}

static void put_boots(FILE *out, const struct comparison *c, const struct db_series *s)
{
	char *workload = word(c->workload), *unit = word(c->metric);

	for (size_t i = 0; s && i < s->count; i++)
		fprintf(out, "BenchmarkKab/workload=%s 1 %.17g %s\n", workload, s->values[i], unit);
	free(workload);
	free(unit);
}

static void put_side(FILE *out, const struct judgement *j, bool new, bool all)
{
	char *kernel = word(new ? j->new.spec : j->base.spec);

	fprintf(out, "\nkernel: %s\n\n", kernel);
	for (size_t i = 0; i < j->count; i++)
		if (shown(&j->items[i], all))
			put_boots(out, &j->items[i], series_of(&j->items[i], new));
	free(kernel);
}

int format_benchstat(FILE *out, const struct judgement *list, size_t count, bool all)
{
	if (count) {
		fprintf(out, "target: %s\nclock: %s\nsession: %s\n", list[0].base.target,
			list[0].base.clock, list[0].base.session);
		for (size_t k = 0; k < count; k++)
			put_units(out, &list[k], all);
		put_side(out, &list[0], false, all);
	}
	for (size_t k = 0; k < count; k++)
		put_side(out, &list[k], true, all);
	return format_finish(out);
}
