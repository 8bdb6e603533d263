// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Figures over sessions. This may read most of the database: rows are told apart here, in the
 * order in which they lie in it, as sorting them with all their texts would take most of the time.
 */
#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "rows.h"

/* Where a run's figures go. Texts belong to the lines. */
struct place {
	char *run;
	const char *plan, *target, *clock, *spec;
	struct db_night night; /* without values */
	int64_t boot;
	bool twin; /* the second arm of the same kernel */
};

struct places {
	struct place *items;
	size_t count;
	struct strvec *texts;
	const struct db_session *session; /* at hand */
};

/* One value on its way to its line. */
struct item {
	size_t line, place;
	double value;
};

struct loader {
	struct places places;
	struct db_lines *lines;
	struct item *items;
	size_t count;
	size_t place; /* of the run at hand */
	size_t next;  /* the line that comes now if this run is as the one before */
	bool all;
};

/* A text that most rows have in common with the row before. */
static const char *shared(struct strvec *texts, const char *last, const char *text)
{
	if (last && !strcmp(last, text))
		return last;
	strvec_push(texts, text);
	return texts->items[texts->count - 1];
}

static void add_place(struct statement *s, void *out)
{
	struct places *list = out;
	const struct db_session *session = list->session;
	const struct place none = { 0 };
	const struct place *last = list->count ? &list->items[list->count - 1] : &none;
	const struct db_night *night = &last->night;
	struct strvec *texts = list->texts;
	struct place p = {
		.run = statement_text(s, 0),
		.plan = shared(texts, last->plan, session->plan),
		.target = shared(texts, last->target, session->target),
		.clock = shared(texts, last->clock, session->clock),
		.spec = shared(texts, last->spec, statement_peek(s, 1)),
		.night = { .session = shared(texts, night->session, session->id),
			   .started = shared(texts, night->started, session->started),
			   .release = shared(texts, night->release, statement_peek(s, 2)),
			   .kernel = shared(texts, night->kernel, statement_peek(s, 3)),
			   .machine = shared(texts, night->machine, statement_peek(s, 4)) },
		.boot = statement_int(s, 5),
		.twin = statement_int(s, 6) == 1,
	};

	list->items = db_grow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = p;
}

/* In the order in which values are to be added. */
static int load_places(struct db *db, const struct db_session *const *sessions, size_t count,
		       struct places *out)
{
	struct statement s;
	int ret = statement_prepare(
		&s, db,
		"SELECT run.id, spec, release, kernel, coalesce(fact.value, ''), boot,"
		" (SELECT count(*) FROM arm AS other WHERE other.session = arm.session"
		"  AND other.spec = arm.spec AND other.position < arm.position) AS copy"
		" FROM comparable_run AS run"
		" JOIN arm ON arm.session = run.session AND arm.position = run.arm"
		" LEFT JOIN environment AS fact ON fact.run = run.id AND fact.key = 'qemu.version'"
		" WHERE run.session = ? AND copy <= 1 ORDER BY boot, " BY_RUN("run.id"));

	for (size_t i = 0; ret == 0 && i < count; i++) {
		out->session = sessions[i];
		ret = statement_bind(&s, VALUES(TEXT(sessions[i]->id)));
		while (ret == 0 && (ret = statement_step(&s)) > 0) {
			add_place(&s, out);
			ret = 0;
		}
		statement_rewind(&s);
	}
	statement_release(&s);
	return ret;
}

/* --- lines ------------------------------------------------------------------------------------- */

enum { WORKLOAD, METRIC, UNIT, SENSE, HEADLINE, VALUE };

static bool is_line(const struct db_line *l, const struct place *p, struct statement *s)
{
	return !strcmp(l->metric, statement_peek(s, METRIC)) &&
	       !strcmp(l->workload, statement_peek(s, WORKLOAD)) && !strcmp(l->spec, p->spec) &&
	       !strcmp(l->unit, statement_peek(s, UNIT)) &&
	       l->better == db_better(statement_peek(s, SENSE)) && !strcmp(l->plan, p->plan) &&
	       !strcmp(l->target, p->target) && !strcmp(l->clock, p->clock);
}

static size_t add_line(struct db_lines *lines, const struct place *p, struct statement *s)
{
	lines->items = db_grow(lines->items, lines->count, sizeof(*lines->items));
	lines->items[lines->count] = (struct db_line){
		.plan = xstrdup(p->plan),
		.target = xstrdup(p->target),
		.clock = xstrdup(p->clock),
		.spec = xstrdup(p->spec),
		.workload = statement_text(s, WORKLOAD),
		.metric = statement_text(s, METRIC),
		.unit = statement_text(s, UNIT),
		.better = db_better(statement_peek(s, SENSE)),
	};
	return lines->count++;
}

/* Metrics come in the same order in every run, so it is mostly the first that is looked at. */
static size_t find_line(struct loader *l, const struct place *p, struct statement *s)
{
	struct db_lines *lines = l->lines;

	for (size_t i = 0; i < lines->count; i++) {
		size_t at = (l->next + i) % lines->count;

		if (is_line(&lines->items[at], p, s))
			return at;
	}
	return add_line(lines, p, s);
}

static void add_value(struct statement *s, void *out)
{
	struct loader *l = out;
	const struct place *p = &l->places.items[l->place];
	bool headline = statement_int(s, HEADLINE) != 0;
	size_t line;

	if (!headline && !l->all)
		return;
	line = find_line(l, p, s);
	l->next = line + 1;
	if (!p->twin)
		l->lines->items[line].headline = headline;
	l->items = db_grow(l->items, l->count, sizeof(*l->items));
	l->items[l->count++] = (struct item){ line, l->place, statement_real(s, VALUE) };
}

static int load_values(struct db *db, struct loader *l)
{
	struct statement s;
	int ret = statement_prepare(&s, db,
				    "SELECT workload, metric, unit, better, headline, value"
				    " FROM sample WHERE run = ? ORDER BY workload, metric");

	for (l->place = 0; ret == 0 && l->place < l->places.count; l->place++) {
		ret = statement_bind(&s, VALUES(TEXT(l->places.items[l->place].run)));
		while (ret == 0 && (ret = statement_step(&s)) > 0) {
			add_value(&s, l);
			ret = 0;
		}
		statement_rewind(&s);
	}
	statement_release(&s);
	return ret;
}

/* --- nights ------------------------------------------------------------------------------------ */

/* Places are in the order of time, and so are the items of a line. */
static void add_to_night(struct db_line *line, const struct place *p, double *values, double value)
{
	struct db_night *n;

	if (!line->count || strcmp(line->nights[line->count - 1].session, p->night.session) != 0) {
		line->nights[line->count] = p->night;
		line->nights[line->count++].values = values;
	}
	n = &line->nights[line->count - 1];
	if (!p->twin) {
		/* Those of the twin, if any came before, give way. */
		memmove(n->values + n->count + 1, n->values + n->count,
			n->twins * sizeof(*n->values));
		n->values[n->count++] = value;
	} else {
		n->values[n->count + n->twins++] = value;
	}
}

/* A night in which only the twin has figures is none. */
static void drop_empty_nights(struct db_line *line)
{
	size_t kept = 0;

	for (size_t i = 0; i < line->count; i++)
		if (line->nights[i].count)
			line->nights[kept++] = line->nights[i];
	line->count = kept;
}

static void make_nights(struct loader *l)
{
	size_t *used = xcalloc(l->lines->count + 1, sizeof(*used));

	for (size_t i = 0; i < l->count; i++)
		used[l->items[i].line]++;
	for (size_t i = 0; i < l->lines->count; i++) {
		l->lines->items[i].nights = xcalloc(used[i] + 1, sizeof(struct db_night));
		l->lines->items[i].values = xcalloc(used[i] + 1, sizeof(double));
		used[i] = 0;
	}
	for (size_t i = 0; i < l->count; i++) {
		const struct item *item = &l->items[i];
		struct db_line *line = &l->lines->items[item->line];

		add_to_night(line, &l->places.items[item->place], line->values + used[item->line],
			     item->value);
		used[item->line]++;
	}
	for (size_t i = 0; i < l->lines->count; i++)
		drop_empty_nights(&l->lines->items[i]);
	free(used);
}

static int compare_lines(const void *a, const void *b)
{
	const struct db_line *x = a, *y = b;
	const char *const left[] = { x->plan,	  x->target, x->clock, x->spec,
				     x->workload, x->metric, x->unit };
	const char *const right[] = { y->plan,	   y->target, y->clock, y->spec,
				      y->workload, y->metric, y->unit };

	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		int order = strcmp(left[i], right[i]);

		if (order != 0)
			return order;
	}
	return (int)x->better - (int)y->better;
}

int db_lines(struct db *db, const struct db_session *const *sessions, size_t count, bool all,
	     struct db_lines *out)
{
	struct loader l = { .lines = out, .all = all };
	int ret;

	*out = (struct db_lines){ .texts = STRVEC_INIT };
	l.places.texts = &out->texts;
	ret = load_places(db, sessions, count, &l.places);
	if (ret == 0)
		ret = load_values(db, &l);
	if (ret == 0)
		make_nights(&l);
	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), compare_lines);
	for (size_t i = 0; i < l.places.count; i++)
		free(l.places.items[i].run);
	free(l.places.items);
	free(l.items);
	return ret;
}

void db_lines_release(struct db_lines *l)
{
	for (size_t i = 0; i < l->count; i++) {
		struct db_line *line = &l->items[i];

		free(line->plan);
		free(line->target);
		free(line->clock);
		free(line->spec);
		free(line->workload);
		free(line->metric);
		free(line->unit);
		free(line->nights);
		free(line->values);
	}
	free(l->items);
	strvec_release(&l->texts);
	*l = (struct db_lines){ 0 };
}
