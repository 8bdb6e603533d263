// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Figures over sessions.
 */
#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "rows.h"

static void free_texts(char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
}

/* The line of a row: the last one, or a new one. */
static struct db_line *line_of_row(struct statement *s, struct db_lines *lines)
{
	enum { KEYS = 7, BETTER = 7 };
	struct db_line *last = lines->count ? &lines->items[lines->count - 1] : NULL;
	char *keys[KEYS + 1];
	bool same = last != NULL;

	for (int i = 0; i <= KEYS; i++)
		keys[i] = statement_text(s, i);
	if (last) {
		const char *const old[KEYS] = { last->plan, last->target,   last->clock,
						last->spec, last->workload, last->metric,
						last->unit };

		for (size_t i = 0; i < KEYS; i++)
			same = same && !strcmp(old[i], keys[i]);
		same = same && last->better == db_better(keys[BETTER]);
	}
	if (same) {
		free_texts(keys, KEYS + 1);
		return last;
	}
	lines->items = db_grow(lines->items, lines->count, sizeof(*lines->items));
	last = &lines->items[lines->count++];
	*last = (struct db_line){ .plan = keys[0],
				  .target = keys[1],
				  .clock = keys[2],
				  .spec = keys[3],
				  .workload = keys[4],
				  .metric = keys[5],
				  .unit = keys[6],
				  .better = db_better(keys[BETTER]) };
	free(keys[BETTER]);
	return last;
}

static void add_night_value(struct statement *s, void *out)
{
	struct db_line *line = line_of_row(s, out);
	struct db_night *night = line->count ? &line->nights[line->count - 1] : NULL;
	char *session = statement_text(s, 9);

	line->headline = statement_int(s, 8) != 0;
	if (night && !strcmp(night->session, session)) {
		free(session);
	} else {
		line->nights = db_grow(line->nights, line->count, sizeof(*line->nights));
		night = &line->nights[line->count++];
		*night = (struct db_night){ .session = session,
					    .started = statement_text(s, 10),
					    .release = statement_text(s, 11),
					    .kernel = statement_text(s, 12),
					    .machine = statement_text(s, 13) };
	}
	night->values = db_grow(night->values, night->count, sizeof(*night->values));
	night->values[night->count++] = statement_real(s, 14);
}

int db_lines(struct db *db, const char *plan, bool all, struct db_lines *out)
{
	*out = (struct db_lines){ 0 };
	return db_each_row(
		db,
		"WITH night (session, started) AS (SELECT session, min(started) FROM run"
		"  GROUP BY session),"
		" side (session, position) AS (SELECT session, min(position) FROM arm"
		"  GROUP BY session, spec)"
		" SELECT plan, target, clock, spec, workload, metric, unit, better, headline,"
		" sample.session, night.started, release, kernel, coalesce(fact.value, ''),"
		" sample.value"
		" FROM comparable_sample AS sample"
		" JOIN side ON side.session = sample.session AND side.position = sample.arm"
		" JOIN arm ON arm.session = side.session AND arm.position = side.position"
		" JOIN session ON session.id = sample.session"
		" JOIN night ON night.session = sample.session"
		" LEFT JOIN environment AS fact ON fact.run = sample.run"
		"  AND fact.key = 'qemu.version'"
		" WHERE (?1 = '' OR plan = ?1) AND (?2 <> 0 OR headline <> 0)"
		" ORDER BY plan, target, clock, spec, workload, metric, unit, better,"
		" night.started, sample.session, boot, " BY_RUN("sample.run"),
		VALUES(TEXT(plan), INT(all)), add_night_value, out);
}

void db_lines_release(struct db_lines *l)
{
	for (size_t i = 0; i < l->count; i++) {
		struct db_line *line = &l->items[i];

		for (size_t k = 0; k < line->count; k++) {
			struct db_night *n = &line->nights[k];

			free_texts((char *const[]){ n->session, n->started, n->release, n->kernel,
						    n->machine },
				   5);
			free(n->values);
		}
		free_texts((char *const[]){ line->plan, line->target, line->clock, line->spec,
					    line->workload, line->metric, line->unit },
			   7);
		free(line->nights);
	}
	free(l->items);
	*l = (struct db_lines){ 0 };
}
