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
static int by_instructions(const void *left, const void *right)
{
	const struct db_function *a = *(const struct db_function *const *)left;
	const struct db_function *b = *(const struct db_function *const *)right;

	if (a->instructions != b->instructions)
		return a->instructions > b->instructions ? -1 : 1;
	return strcmp(a->name, b->name);
}

int profile_text(FILE *out, const struct profile_form *p)
{
	const struct db_function **sorted =
		xcalloc(p->profile->count + 1, sizeof(struct db_function *));
	double total = p->profile->instructions, shown = 0;

	for (size_t i = 0; i < p->profile->count; i++)
		sorted[i] = &p->profile->items[i];
	qsort(sorted, p->profile->count, sizeof(struct db_function *), by_instructions);
	fprintf(out, "%s on %s: %.0f instructions\n\n", p->workload, p->side->spec, total);
	fprintf(out, "%7s %7s %14s %12s  %s\n", "own", p->calls->count ? "all" : "", "instructions",
		"calls", "function");
	for (size_t i = 0; i < p->profile->count; i++) {
		const struct db_function *f = sorted[i];

		if (f->instructions < SHOWN * total)
			break;
		shown += f->instructions;
		fprintf(out, "%6.2f%% ", 100 * f->instructions / total);
		if (p->calls->count)
			fprintf(out, "%6.2f%% ", 100 * f->inclusive / total);
		else
			fprintf(out, "%7s ", "");
		fprintf(out, "%14.0f %12.0f  %s%s%s\n", f->instructions, f->calls, f->name,
			*f->object ? " " : "", f->object);
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

static void put_function(FILE *out, const struct db_function *f, const struct edge *edges,
			 size_t count)
{
	put_file(out, "fl", f->object);
	fprintf(out, "fn=%s\n0 %.0f\n", f->name, f->instructions);
	for (size_t i = 0; i < count; i++) {
		const struct edge *e = &edges[i];

		if (strcmp(e->from, f->name) != 0 || strcmp(e->from_object, f->object) != 0)
			continue;
		put_file(out, "cfi", e->to_object);
		fprintf(out, "cfn=%s\ncalls=%.0f 0\n0 %.0f\n", e->to, e->calls, e->instructions);
	}
	fputc('\n', out);
}

int profile_callgrind(FILE *out, const struct profile_form *p)
{
	size_t count;
	struct edge *edges = find_edges(p->calls, &count);

	fprintf(out,
		"# callgrind format\nversion: 1\ncreator: kab " KAB_VERSION "\n"
		"cmd: %s on %s\npositions: line\nevents: Ir\nsummary: %.0f\n\n",
		p->workload, p->side->spec, p->profile->instructions);
	for (size_t i = 0; i < p->profile->count; i++)
		put_function(out, &p->profile->items[i], edges, count);
	free(edges);
	return finish(out);
}
