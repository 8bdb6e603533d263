// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile-forms.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/version.h"

#define SHOWN 0.001 /* of the window */

static int finish(FILE *out)
{
	if (fflush(out) != 0 || ferror(out))
		return error("cannot write the profile:");
	return 0;
}

/*
 * Text.
 */
static int by_weight(const void *left, const void *right)
{
	const struct db_function *a = *(const struct db_function *const *)left;
	const struct db_function *b = *(const struct db_function *const *)right;

	if (a->cycles != b->cycles)
		return a->cycles > b->cycles ? -1 : 1;
	if (a->instructions != b->instructions)
		return a->instructions > b->instructions ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void text_events(FILE *out, const struct profile_form *p, const struct db_function *f)
{
	if (p->profile->cycles <= 0)
		return;
	for (size_t i = 0; i < CACHED_EVENTS; i++)
		fprintf(out, " %11.0f", f->events[i]);
	fprintf(out, " %14.0f", f->cycles);
}

/* By what takes most: cycles, where they are estimated. */
static double weight(const struct profile_form *p, const struct db_function *f)
{
	return p->profile->cycles > 0 ? f->cycles / p->profile->cycles
				      : f->instructions / p->profile->instructions;
}

int profile_text(FILE *out, const struct profile_form *p)
{
	const struct db_function **sorted =
		xcalloc(p->profile->count + 1, sizeof(struct db_function *));
	double total = p->profile->instructions, shown = 0;

	for (size_t i = 0; i < p->profile->count; i++)
		sorted[i] = &p->profile->items[i];
	qsort(sorted, p->profile->count, sizeof(struct db_function *), by_weight);
	fprintf(out, "%s on %s: %.0f instructions", p->workload, p->side->spec, total);
	if (p->profile->cycles > 0)
		fprintf(out, ", %.0f estimated cycles", p->profile->cycles);
	fprintf(out, "\n\n%7s %7s %14s %12s ", "own", p->calls->count ? "all" : "", "instructions",
		"calls");
	for (size_t i = 0; p->profile->cycles > 0 && i < CACHED_EVENTS; i++)
		fprintf(out, " %11s", cached_names[i]);
	fprintf(out, "%s  function\n", p->profile->cycles > 0 ? "         cycles" : "");
	for (size_t i = 0; i < p->profile->count; i++) {
		const struct db_function *f = sorted[i];

		if (weight(p, f) < SHOWN)
			break;
		shown += f->instructions;
		fprintf(out, "%6.2f%% ", 100 * f->instructions / total);
		if (p->calls->count)
			fprintf(out, "%6.2f%% ", 100 * f->inclusive / total);
		else
			fprintf(out, "%7s ", "");
		fprintf(out, "%14.0f %12.0f ", f->instructions, f->calls);
		text_events(out, p, f);
		fprintf(out, " %s%s%s\n", f->name, *f->object ? " " : "", f->object);
	}
	fprintf(out, "%6.2f%% %7s %14.0f %12s  others\n", 100 * (total - shown) / total, "",
		total - shown, "");
	free(sorted);
	return finish(out);
}

/*
 * Folded stacks.
 */

/* The callers first. Frames are separated by ';', and the count by the last blank. */
static void put_path(FILE *out, const struct db_calls *c, size_t node)
{
	const char *name = c->items[node].name;

	if (c->items[node].parent >= 0) {
		put_path(out, c, (size_t)c->items[node].parent);
		fputc(';', out);
	}
	fputs(name, out);
}

int profile_folded(FILE *out, const struct profile_form *p)
{
	for (size_t i = 0; i < p->calls->count; i++) {
		if (p->calls->items[i].instructions < 1)
			continue;
		put_path(out, p->calls, i);
		fprintf(out, " %.0f\n", p->calls->items[i].instructions);
	}
	for (size_t i = 0; !p->calls->count && i < p->profile->count; i++) {
		const struct db_function *f = &p->profile->items[i];
		char *subsystem = explain_subsystem(f->object, f->user);

		fprintf(out, "%s;%s%s%s %.0f\n", subsystem, f->object, *f->object ? ";" : "",
			f->name, f->instructions);
		free(subsystem);
	}
	return finish(out);
}

/*
 * perf script: see tools/perf/Documentation/perf-script.txt of the kernel.
 */
static void put_frame(FILE *out, const char *name, const char *object)
{
	fprintf(out, "\t%16x %s (%s)\n", 0, name, *object ? object : "unknown");
}

/* The function first, then its callers. */
static void put_stack(FILE *out, const struct db_calls *c, size_t node)
{
	for (int64_t i = (int64_t)node; i >= 0; i = c->items[i].parent)
		put_frame(out, c->items[i].name, c->items[i].object);
}

static void put_function_stack(FILE *out, const struct db_function *f)
{
	char *subsystem = explain_subsystem(f->object, f->user);

	put_frame(out, f->name, f->object);
	put_frame(out, subsystem, "");
	free(subsystem);
}

int profile_perf(FILE *out, const struct profile_form *p)
{
	size_t count = p->calls->count ? p->calls->count : p->profile->count;
	double period = p->profile->instructions / PERF_SAMPLES, done = 0;
	size_t samples = 0;

	for (size_t i = 0; i < count; i++) {
		done += p->calls->count ? p->calls->items[i].instructions
					: p->profile->items[i].instructions;
		for (; (double)(samples + 1) * period <= done + period * 1e-9; samples++) {
			fprintf(out, "kab 1 %.9f: %.0f instructions:\n",
				(double)(samples + 1) * period * 1e-9, period);
			if (p->calls->count)
				put_stack(out, p->calls, i);
			else
				put_function_stack(out, &p->profile->items[i]);
			fputc('\n', out);
		}
	}
	return finish(out);
}

/*
 * Callgrind: https://valgrind.org/docs/manual/cl-format.html
 */

/* Calls from one function to another, on whatever path. */
struct edge {
	const char *from, *from_object, *to, *to_object;
	double calls, instructions;
};

static int by_ends(const void *left, const void *right)
{
	const struct edge *a = left, *b = right;
	int order = strcmp(a->from, b->from);

	if (order == 0)
		order = strcmp(a->from_object, b->from_object);
	if (order == 0)
		order = strcmp(a->to, b->to);
	return order ? order : strcmp(a->to_object, b->to_object);
}

/* One edge for each pair, sorted; the caller frees it. */
static struct edge *find_edges(const struct db_calls *c, size_t *count)
{
	struct edge *edges = xcalloc(c->count + 1, sizeof(*edges));
	double *sums = xcalloc(c->count + 1, sizeof(*sums));
	size_t n = 0, kept = 0;

	for (size_t i = c->count; i-- > 0;) {
		const struct db_node *to = &c->items[i], *from;

		sums[i] += to->instructions;
		if (to->parent < 0)
			continue;
		from = &c->items[to->parent];
		sums[to->parent] += sums[i];
		edges[n++] = (struct edge){ from->name, from->object, to->name,
					    to->object, to->calls,    sums[i] };
	}
	qsort(edges, n, sizeof(*edges), by_ends);
	for (size_t i = 0; i < n; i++) {
		if (kept && by_ends(&edges[kept - 1], &edges[i]) == 0) {
			edges[kept - 1].calls += edges[i].calls;
			edges[kept - 1].instructions += edges[i].instructions;
		} else {
			edges[kept++] = edges[i];
		}
	}
	free(sums);
	*count = kept;
	return edges;
}

/* "mm/mempool.c" for "mm/mempool.o". */
static void put_file(FILE *out, const char *key, const char *object)
{
	size_t len = strlen(object);

	if (!len)
		fprintf(out, "%s=???\n", key);
	else if (len > 2 && !strcmp(object + len - 2, ".o"))
		fprintf(out, "%s=%.*s.c\n", key, (int)len - 2, object);
	else
		fprintf(out, "%s=%s\n", key, object);
}

/* What a call costs is known in instructions only. */
static void put_function(FILE *out, const struct db_function *f, bool cached,
			 const struct edge *edges, size_t count)
{
	put_file(out, "fl", f->object);
	fprintf(out, "fn=%s\n0 %.0f", f->name, f->instructions);
	for (size_t i = 0; cached && i < CACHED_EVENTS; i++)
		fprintf(out, " %.0f", f->events[i]);
	if (cached)
		fprintf(out, " %.0f", f->cycles);
	fputc('\n', out);
	for (size_t i = 0; i < count; i++) {
		const struct edge *e = &edges[i];

		if (strcmp(e->from, f->name) != 0 || strcmp(e->from_object, f->object) != 0)
			continue;
		put_file(out, "cfi", e->to_object);
		fprintf(out, "cfn=%s\ncalls=%.0f 0\n0 %.0f\n", e->to, e->calls, e->instructions);
	}
	fputc('\n', out);
}

static void put_summary(FILE *out, const struct db_profile *p)
{
	fprintf(out, "summary: %.0f", p->instructions);
	for (size_t i = 0; p->cycles > 0 && i < CACHED_EVENTS; i++) {
		double sum = 0;

		for (size_t k = 0; k < p->count; k++)
			sum += p->items[k].events[i];
		fprintf(out, " %.0f", sum);
	}
	if (p->cycles > 0)
		fprintf(out, " %.0f", p->cycles);
	fputs("\n\n", out);
}

int profile_callgrind(FILE *out, const struct profile_form *p)
{
	size_t count;
	struct edge *edges = find_edges(p->calls, &count);
	bool cached = p->profile->cycles > 0;

	fprintf(out,
		"# callgrind format\nversion: 1\ncreator: kab " KAB_VERSION "\n"
		"cmd: %s on %s\npositions: line\nevents: Ir",
		p->workload, p->side->spec);
	for (size_t i = 0; cached && i < CACHED_EVENTS; i++)
		fprintf(out, " %s", cached_names[i]);
	fprintf(out, "%s\n", cached ? " cycles" : "");
	put_summary(out, p->profile);
	for (size_t i = 0; i < p->profile->count; i++)
		put_function(out, &p->profile->items[i], cached, edges, count);
	free(edges);
	return finish(out);
}
