// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * WORKLOAD/results: what bench modules and drivers other than fio measured (docs/formats.md). The
 * guest has already told what its checks found; here a line that is none is a failure as well, as
 * the next one may be missing.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "collect.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/strbuf.h"
#include "lib/strvec.h"

#define LINE_MAX  200
#define FACT_MAX  500
#define VALUE_MAX (UINT64_C(1) << 53) /* what a double holds exactly */

/* The rounds of one metric. */
struct rounds {
	char *metric, *unit, *better;
	double *values;
	size_t count;
};

struct table {
	struct rounds *items;
	size_t count;
};

/* Those of a metric, which always has the same unit and direction; otherwise NULL. */
static struct rounds *rounds_of(struct table *t, const char *metric, const char *unit,
				const char *better)
{
	for (size_t i = 0; i < t->count; i++) {
		struct rounds *r = &t->items[i];

		if (strcmp(r->metric, metric) != 0)
			continue;
		return strcmp(r->unit, unit) == 0 && strcmp(r->better, better) == 0 ? r : NULL;
	}
	t->items = xreallocarray(t->items, t->count + 1, sizeof(*t->items));
	t->items[t->count] = (struct rounds){ .metric = xstrdup(metric),
					      .unit = xstrdup(unit),
					      .better = xstrdup(better) };
	return &t->items[t->count++];
}

/* A number of digits alone that a double holds exactly. */
static bool read_number(const char *text, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return !*end && !errno && *value <= VALUE_MAX;
}

static bool is_better(const char *word)
{
	return strcmp(word, "higher") == 0 || strcmp(word, "lower") == 0;
}

/* "result METRIC UNIT BETTER NUM DEN"; false also when it contradicts an earlier one. */
static bool take_words(struct table *t, char *const *words)
{
	struct rounds *r = rounds_of(t, words[1], words[2], words[3]);
	uint64_t num, den;

	if (!r || !is_better(words[3]) || !read_number(words[4], &num) ||
	    !read_number(words[5], &den) || !den)
		return false;
	r->values = xreallocarray(r->values, r->count + 1, sizeof(*r->values));
	r->values[r->count++] = (double)num / (double)den;
	return true;
}

static bool take_result(struct table *t, const char *line)
{
	struct strvec words = STRVEC_INIT;
	bool good;

	strvec_split(&words, line, " ");
	good = words.count == 6 && take_words(t, words.items);
	strvec_release(&words);
	return good;
}

static bool take_fact(const char *workload, const char *line, struct observations *o)
{
	const char *key = line + strlen("fact "), *value = strchr(key, ' ');
	char *name, *text;

	if (!value || value == key)
		return false;
	name = xasprintf("%s.%.*s", workload, (int)(value - key), key);
	text = clean_text(value + 1, strlen(value + 1), FACT_MAX);
	observe_fact(o, name, text);
	free(text);
	free(name);
	return true;
}

static bool take_line(struct table *t, const char *workload, const char *line,
		      struct observations *o)
{
	if (strncmp(line, "result ", 7) == 0)
		return take_result(t, line);
	if (strncmp(line, "fact ", 5) == 0)
		return take_fact(workload, line, o);
	/* Laps are for the profile. */
	return strncmp(line, "check ", 6) == 0 || strncmp(line, "failed ", 7) == 0 ||
	       strncmp(line, "lap ", 4) == 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median: a round that was hit by something else does not count, and none is picked. */
static double figure(struct rounds *r)
{
	qsort(r->values, r->count, sizeof(*r->values), by_value);
	return (r->values[(r->count - 1) / 2] + r->values[r->count / 2]) / 2;
}

static int take_text(const char *workload, const char *text, struct observations *o)
{
	struct strvec lines = STRVEC_INIT;
	struct table t = { 0 };
	int ret = 0;

	strvec_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.count; i++) {
		char *shown;

		if (take_line(&t, workload, lines.items[i], o))
			continue;
		shown = clean_text(lines.items[i], strlen(lines.items[i]), LINE_MAX);
		observe_finding(o, workload, "malformed-results", SEVERITY_FAILURE,
				"results: \"%s\"", shown);
		free(shown);
	}
	for (size_t i = 0; i < t.count; i++) {
		struct rounds *r = &t.items[i];

		if (r->count &&
		    observe_sample(o, workload, r->metric, r->unit,
				   strcmp(r->better, "higher") == 0 ? BETTER_HIGHER : BETTER_LOWER,
				   figure(r)) < 0)
			ret = -1;
		free(r->metric);
		free(r->unit);
		free(r->better);
		free(r->values);
	}
	free(t.items);
	strvec_release(&lines);
	return ret;
}

static int results_collect(const struct rundir *run, struct observations *o)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < run->workload_count; i++) {
		struct strbuf text = STRBUF_INIT;
		char *path = rundir_file(run, run->workloads[i].name, "results");
		int missing = file_read_optional(path, &text);

		if (missing < 0)
			ret = -1;
		else if (!missing)
			ret = take_text(run->workloads[i].name, text.data, o);
		strbuf_release(&text);
		free(path);
	}
	return ret;
}

const struct collector results_collector = { "results", results_collect };
