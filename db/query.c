// SPDX-License-Identifier: GPL-2.0-or-later
#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/strbuf.h"
#include "statement.h"

/* The number in a run's id may have grown beyond its leading zeros. */
#define BY_RUN(id) "length(" id "), " id

/*
 * The workloads of an arm (?1 session, ?2 position), ranked by where the plan has them: in the
 * first run that has them, also when that one failed.
 */
#define PLACES                                                                               \
	"WITH place (name, rank) AS ("                                                       \
	" SELECT name, min(rank) FROM ("                                                     \
	"  SELECT name, row_number() OVER"                                                   \
	"   (ORDER BY " BY_RUN("run.id") ", workload.position) AS rank"                      \
					 "  FROM run JOIN workload ON workload.run = run.id" \
					 "  WHERE session = ?1 AND arm = ?2)"                \
					 " GROUP BY name) "

/* Only workloads in which the arms ?3 and ?4 are compared; all when these are the same arm. */
#define IN_PAIR(workload)                                                        \
	" AND (?3 = ?4 OR " workload " IN (SELECT workload FROM comparison AS c" \
	"  WHERE c.session = ?1 AND c.base = ?3 AND c.new = ?4)"

#define SIDE(side)                                                              \
	VALUES(TEXT((side)->session), INT((side)->arm), INT((side)->only.base), \
	       INT((side)->only.new))

/* Room for one more item behind `count` of them: capacities are the powers of two. */
static void *grow(void *items, size_t count, size_t size)
{
	if (count & (count - 1))
		return items;
	return xreallocarray(items, count ? 2 * count : 1, size);
}

/*
 * Steps through a query's rows and hands each to `row`. An error leaves what was added so far to
 * the caller's release. 0, or -1 with an error printed.
 */
static int each_row(struct db *db, const char *sql, const struct value *values, size_t count,
		    void (*row)(struct statement *s, void *out), void *out)
{
	struct statement s;
	int ret = statement_prepare(&s, db, sql);

	if (ret == 0)
		ret = statement_bind(&s, values, count);
	while (ret == 0) {
		ret = statement_step(&s);
		if (ret <= 0)
			break;
		row(&s, out);
		ret = 0;
	}
	statement_release(&s);
	return ret;
}

/*
 * Sides.
 */

static void add_side(struct statement *s, void *out)
{
	struct db_sides *sides = out;

	sides->items = grow(sides->items, sides->count, sizeof(*sides->items));
	sides->items[sides->count++] = (struct db_side){
		.session = statement_text(s, 0),
		.arm = statement_int(s, 1),
		.kernel_id = statement_text(s, 2),
		.spec = statement_text(s, 3),
		.release = statement_text(s, 4),
		.image_sha256 = statement_text(s, 5),
		.config_sha256 = statement_text(s, 6),
		.compiler = statement_text(s, 7),
		.source = statement_text(s, 8),
		.series = statement_text(s, 9),
		.target = statement_text(s, 10),
		.clock = statement_text(s, 11),
		.plan = statement_text(s, 12),
		.started = statement_text(s, 13),
		.runs = (size_t)statement_int(s, 14),
		.failed_runs = (size_t)statement_int(s, 15),
	};
}

int db_sides(struct db *db, const char *session, struct db_sides *out)
{
	struct strvec sessions = STRVEC_INIT;
	int ret = 0;

	*out = (struct db_sides){ 0 };
	if (!session)
		ret = db_sessions(db, &sessions);
	if (sessions.count)
		session = sessions.items[0];
	if (ret == 0 && session)
		ret = each_row(
			db,
			"SELECT session.id, arm.position, kernel, spec, release, image_sha256,"
			" config_sha256, compiler, source, series, target, clock, plan,"
			" min(run.started), count(*), count(*) - count(comparable_run.id)"
			" FROM session JOIN arm ON arm.session = session.id"
			" JOIN run ON run.session = arm.session AND run.arm = arm.position"
			" LEFT JOIN comparable_run ON comparable_run.id = run.id"
			" WHERE session.id = ? GROUP BY arm.position ORDER BY arm.position",
			VALUES(TEXT(session)), add_side, out);
	strvec_release(&sessions);
	return ret;
}

void db_sides_release(struct db_sides *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct db_side *side = &s->items[i];

		free(side->session);
		free(side->kernel_id);
		free(side->spec);
		free(side->release);
		free(side->image_sha256);
		free(side->config_sha256);
		free(side->compiler);
		free(side->source);
		free(side->series);
		free(side->target);
		free(side->clock);
		free(side->plan);
		free(side->started);
	}
	free(s->items);
	*s = (struct db_sides){ 0 };
}

/*
 * Pairs.
 */

static void add_pair(struct statement *s, void *out)
{
	struct db_pairs *list = out;

	list->items = grow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = (struct db_pair){
		.base = statement_int(s, 0),
		.new = statement_int(s, 1),
		.workloads = statement_text(s, 2),
	};
}

int db_pairs(struct db *db, const char *session, struct db_pairs *out)
{
	*out = (struct db_pairs){ 0 };
	return each_row(db,
			"SELECT base, new, group_concat(workload, ' ') FROM"
			" (SELECT base, new, workload FROM comparison"
			"  JOIN arm ON arm.session = comparison.session AND arm.position = base"
			"  WHERE comparison.session = ? ORDER BY base, new, workload)"
			" GROUP BY base, new ORDER BY base, new",
			VALUES(TEXT(session)), add_pair, out);
}

void db_pairs_release(struct db_pairs *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->items[i].workloads);
	free(p->items);
	*p = (struct db_pairs){ 0 };
}

/*
 * Metrics.
 */

static enum better better_of(const char *name)
{
	return strcmp(name, "higher") ? BETTER_LOWER : BETTER_HIGHER;
}

/* Starts a series, or drops what the row repeats of the last one. */
static struct db_series *series_of_row(struct statement *s, struct db_metrics *metrics)
{
	char *better = statement_text(s, 4);
	struct db_series row = {
		.workload = statement_text(s, 0),
		.title = statement_text(s, 1),
		.metric = statement_text(s, 2),
		.unit = statement_text(s, 3),
		.better = better_of(better),
		.headline = statement_int(s, 5) != 0,
	};
	struct db_series *last = metrics->count ? &metrics->items[metrics->count - 1] : NULL;

	free(better);
	if (last && !strcmp(last->workload, row.workload) && !strcmp(last->metric, row.metric) &&
	    !strcmp(last->unit, row.unit) && last->better == row.better) {
		free(row.workload);
		free(row.title);
		free(row.metric);
		free(row.unit);
		return last;
	}
	metrics->items = grow(metrics->items, metrics->count, sizeof(*metrics->items));
	metrics->items[metrics->count] = row;
	return &metrics->items[metrics->count++];
}

static void add_sample(struct statement *s, void *out)
{
	struct db_series *series = series_of_row(s, out);

	series->values = grow(series->values, series->count, sizeof(*series->values));
	series->runs = grow(series->runs, series->count, sizeof(*series->runs));
	series->blocks = grow(series->blocks, series->count, sizeof(*series->blocks));
	series->values[series->count] = statement_real(s, 6);
	series->boots = grow(series->boots, series->count, sizeof(*series->boots));
	series->boots[series->count] = statement_int(s, 8);
	series->blocks[series->count] = (statement_int(s, 8) - 1) / 2;
	series->runs[series->count] = statement_text(s, 7);
	series->count++;
}

int db_metrics(struct db *db, const struct db_side *side, struct db_metrics *out)
{
	*out = (struct db_metrics){ 0 };
	return each_row(
		db,
		PLACES
		"SELECT sample.workload, title, metric, unit, better,"
		" max(headline) OVER (PARTITION BY sample.workload, metric, unit, better)"
		"  AS shown_first,"
		" value, sample.run, boot"
		" FROM comparable_sample AS sample"
		" JOIN workload ON workload.run = sample.run AND workload.name = sample.workload"
		" JOIN place ON place.name = sample.workload"
		" WHERE session = ?1 AND arm = ?2" IN_PAIR(
			"sample.workload") ")"
					   " ORDER BY rank, shown_first DESC, metric, unit, better, boot, " BY_RUN(
						   "sample.run"),
		SIDE(side), add_sample, out);
}

void db_metrics_release(struct db_metrics *m)
{
	for (size_t i = 0; i < m->count; i++) {
		struct db_series *series = &m->items[i];

		for (size_t k = 0; k < series->count; k++)
			free(series->runs[k]);
		free(series->runs);
		free(series->blocks);
		free(series->boots);
		free(series->values);
		free(series->workload);
		free(series->title);
		free(series->metric);
		free(series->unit);
	}
	free(m->items);
	*m = (struct db_metrics){ 0 };
}

/*
 * Histograms.
 */

/* Columns: workload, kind, ns, count, and the run or "". */
static void add_bin(struct statement *s, void *out)
{
	struct db_histograms *list = out;
	struct db_histogram *h = list->count ? &list->items[list->count - 1] : NULL;
	char *workload = statement_text(s, 0), *kind = statement_text(s, 1);
	char *run = statement_text(s, 4);

	if (!h || strcmp(h->workload, workload) != 0 || strcmp(h->kind, kind) != 0 ||
	    strcmp(h->run, run) != 0) {
		list->items = grow(list->items, list->count, sizeof(*list->items));
		h = &list->items[list->count++];
		*h = (struct db_histogram){ .workload = workload, .kind = kind, .run = run };
	} else {
		free(workload);
		free(kind);
		free(run);
	}
	h->ns = grow(h->ns, h->count, sizeof(*h->ns));
	h->counts = grow(h->counts, h->count, sizeof(*h->counts));
	h->ns[h->count] = (uint64_t)statement_int(s, 2);
	h->counts[h->count] = (uint64_t)statement_int(s, 3);
	h->count++;
}

int db_histograms(struct db *db, const struct db_side *side, struct db_histograms *out)
{
	*out = (struct db_histograms){ 0 };
	return each_row(
		db,
		PLACES
		"SELECT workload, kind, ns, sum(count), ''"
		" FROM comparable_run AS run JOIN histogram ON histogram.run = run.id"
		" JOIN place ON place.name = workload"
		" WHERE session = ?1 AND arm = ?2" IN_PAIR(
			"workload") ")"
				    " GROUP BY rank, workload, kind, ns ORDER BY rank, kind, ns",
		SIDE(side), add_bin, out);
}

int db_boot_histograms(struct db *db, const struct db_side *side, struct db_histograms *out)
{
	*out = (struct db_histograms){ 0 };
	return each_row(db,
			PLACES
			"SELECT workload, kind, ns, count, run.id"
			" FROM comparable_run AS run JOIN histogram ON histogram.run = run.id"
			" JOIN place ON place.name = workload"
			" WHERE session = ?1 AND arm = ?2" IN_PAIR(
				"workload") ")"
					    " ORDER BY rank, kind, boot, " BY_RUN("run.id") ", ns",
			SIDE(side), add_bin, out);
}

void db_histograms_release(struct db_histograms *h)
{
	for (size_t i = 0; i < h->count; i++) {
		free(h->items[i].workload);
		free(h->items[i].kind);
		free(h->items[i].run);
		free(h->items[i].ns);
		free(h->items[i].counts);
	}
	free(h->items);
	*h = (struct db_histograms){ 0 };
}

/*
 * Findings.
 */

static enum severity severity_of(const char *name)
{
	for (enum severity s = SEVERITY_NOTE; s < SEVERITY_FAILURE; s++)
		if (!strcmp(name, severity_name(s)))
			return s;
	return SEVERITY_FAILURE;
}

static void add_finding(struct statement *s, void *out)
{
	struct db_findings *list = out;
	char *severity = statement_text(s, 3);

	list->items = grow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = (struct db_finding){
		.run = statement_text(s, 0),
		.workload = statement_text(s, 1),
		.kind = statement_text(s, 2),
		.severity = severity_of(severity),
		.message = statement_text(s, 4),
	};
	free(severity);
}

int db_findings(struct db *db, const struct db_side *side, struct db_findings *out)
{
	*out = (struct db_findings){ 0 };
	return each_row(db,
			"SELECT run, workload, kind, severity, message"
			" FROM finding JOIN run ON run.id = finding.run"
			" WHERE session = ?1 AND arm = ?2" IN_PAIR(
				"workload") " OR workload = '')"
					    " ORDER BY " BY_RUN("run") ", position",
			SIDE(side), add_finding, out);
}

void db_findings_release(struct db_findings *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->items[i].run);
		free(f->items[i].workload);
		free(f->items[i].kind);
		free(f->items[i].message);
	}
	free(f->items);
	*f = (struct db_findings){ 0 };
}

/*
 * Facts.
 */

static void add_fact(struct statement *s, void *out)
{
	struct db_facts *list = out;
	struct db_fact *last = list->count ? &list->items[list->count - 1] : NULL;
	char *key = statement_text(s, 0), *value = statement_text(s, 1);

	if (last && !strcmp(last->key, key)) {
		char *joined = xasprintf("%s | %s", last->value, value);

		free(key);
		free(value);
		free(last->value);
		last->value = joined;
		return;
	}
	list->items = grow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = (struct db_fact){ .key = key, .value = value };
}

int db_facts(struct db *db, const struct db_side *side, struct db_facts *out)
{
	*out = (struct db_facts){ 0 };
	return each_row(
		db,
		"SELECT DISTINCT key, value"
		" FROM environment JOIN run ON run.id = environment.run"
		" JOIN workload ON workload.run = run.id"
		" WHERE session = ?1 AND arm = ?2" IN_PAIR("workload.name") ")"
									    " ORDER BY key, value",
		SIDE(side), add_fact, out);
}

void db_facts_release(struct db_facts *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->items[i].key);
		free(f->items[i].value);
	}
	free(f->items);
	*f = (struct db_facts){ 0 };
}

/*
 * Profiles.
 */

static void add_function(struct statement *s, void *out)
{
	struct db_profile *p = out;

	p->items = grow(p->items, p->count, sizeof(*p->items));
	p->items[p->count++] = (struct db_function){
		.name = statement_text(s, 0),
		.object = statement_text(s, 1),
		.user = statement_int(s, 2) != 0,
		.instructions = statement_real(s, 3),
		.calls = statement_real(s, 4),
		.inclusive = statement_real(s, 5),
	};
}

static void set_window(struct statement *s, void *out)
{
	struct db_profile *p = out;

	p->instructions = statement_real(s, 0);
	p->ns = statement_real(s, 1);
	p->idle_ns = statement_real(s, 2);
}

static void set_names(struct statement *s, void *out)
{
	struct db_profile *p = out;

	free(p->names);
	p->names = statement_text(s, 0);
}

/* The profiled runs of a side, ?1 session, ?2 arm, ?3 workload. */
#define PROFILED                                                               \
	"WITH profiled (run, instructions, ns, idle_ns) AS ("                  \
	" SELECT profile.run, instructions, ns, idle_ns"                       \
	" FROM profile JOIN comparable_run ON comparable_run.id = profile.run" \
	" WHERE session = ?1 AND arm = ?2 AND workload = ?3) "

int db_profile(struct db *db, const struct db_side *side, const char *workload,
	       struct db_profile *out)
{
	int ret;

	*out = (struct db_profile){ .names = xstrdup("") };
	ret = each_row(db, PROFILED "SELECT avg(instructions), avg(ns), avg(idle_ns) FROM profiled",
		       VALUES(TEXT(side->session), INT(side->arm), TEXT(workload)), set_window,
		       out);
	if (ret == 0)
		ret = each_row(
			db,
			PROFILED
			"SELECT name, object, max(user),"
			" sum(function_count.instructions) * 1.0 / (SELECT count(*) FROM profiled),"
			" sum(calls) * 1.0 / (SELECT count(*) FROM profiled),"
			" sum(inclusive) * 1.0 / (SELECT count(*) FROM profiled)"
			" FROM function_count JOIN profiled ON profiled.run = function_count.run"
			" WHERE workload = ?3 GROUP BY name, object ORDER BY name, object",
			VALUES(TEXT(side->session), INT(side->arm), TEXT(workload)), add_function,
			out);
	if (ret == 0 && out->count)
		ret = each_row(db, "SELECT names FROM kernel_symbols WHERE kernel = ?",
			       VALUES(TEXT(side->kernel_id)), set_names, out);
	return ret;
}

void db_profile_release(struct db_profile *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->items[i].name);
		free(p->items[i].object);
	}
	free(p->items);
	free(p->names);
	*p = (struct db_profile){ 0 };
}

/* Of a name and a line of the list, which ends in a newline. */
static int compare_line(const char *name, const char *line)
{
	size_t i = 0;

	while (name[i] && name[i] == line[i])
		i++;
	return (unsigned char)name[i] - (line[i] == '\n' ? 0 : (int)(unsigned char)line[i]);
}

bool db_profile_knows(const struct db_profile *p, const char *name)
{
	size_t low = 0, high = strlen(p->names);

	if (!high)
		return true;
	while (low < high) {
		size_t start = low + (high - low) / 2;
		int order;

		while (start > low && p->names[start - 1] != '\n')
			start--;
		order = compare_line(name, p->names + start);
		if (order == 0)
			return true;
		if (order < 0)
			high = start;
		else
			low = start + strcspn(p->names + start, "\n") + 1;
	}
	return false;
}

static void add_node(struct statement *s, void *out)
{
	struct db_calls *c = out;

	c->items = grow(c->items, c->count, sizeof(*c->items));
	c->items[c->count++] = (struct db_node){
		.parent = statement_int(s, 0) - 1,
		.name = statement_text(s, 1),
		.object = statement_text(s, 2),
		.user = statement_int(s, 3) != 0,
		.instructions = statement_real(s, 4),
		.calls = statement_real(s, 5),
	};
}

int db_calls(struct db *db, const struct db_side *side, const char *workload, struct db_calls *out)
{
	int ret;

	*out = (struct db_calls){ 0 };
	ret = each_row(db,
		       "SELECT parent, name, object, user, instructions, calls FROM call_node"
		       " WHERE workload = ?3 AND run = (SELECT call_node.run"
		       "  FROM call_node JOIN comparable_run ON comparable_run.id = call_node.run"
		       "  WHERE session = ?1 AND arm = ?2 AND workload = ?3"
		       "  ORDER BY boot, call_node.run LIMIT 1)"
		       " ORDER BY node",
		       VALUES(TEXT(side->session), INT(side->arm), TEXT(workload)), add_node, out);
	for (size_t i = 0; ret == 0 && i < out->count; i++)
		if (out->items[i].parent < -1 || out->items[i].parent >= (int64_t)i)
			ret = error("the call graph of \"%s\" in session \"%s\" is damaged",
				    workload, side->session);
	return ret;
}

void db_calls_release(struct db_calls *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->items[i].name);
		free(c->items[i].object);
	}
	free(c->items);
	*c = (struct db_calls){ 0 };
}

struct pair {
	char *session;
	int64_t base_arm, new_arm;
};

static void set_pair(struct statement *s, void *out)
{
	struct pair *p = out;

	free(p->session);
	*p = (struct pair){ statement_text(s, 0), statement_int(s, 1), statement_int(s, 2) };
}

int db_profiled_session(struct db *db, const char *base_kernel, const char *new_kernel,
			const char *workload, const char *target, bool calls, char **session,
			int64_t *base_arm, int64_t *new_arm)
{
	struct pair pair = { 0 };
	int ret = each_row(
		db,
		"WITH side AS (SELECT DISTINCT arm.session AS session, position, kernel"
		"  FROM arm JOIN comparable_run AS run"
		"   ON run.session = arm.session AND run.arm = arm.position"
		"  JOIN profile ON profile.run = run.id WHERE workload = ?3"
		"   AND (NOT ?6 OR EXISTS (SELECT 1 FROM call_node"
		"    WHERE call_node.run = run.id AND call_node.workload = ?3)))"
		" SELECT base.session, base.position, new.position"
		" FROM side AS base JOIN side AS new ON new.session = base.session"
		" JOIN session ON session.id = base.session"
		" WHERE base.kernel = ?1 AND new.kernel = ?2 AND (?4 = '' OR target = ?4)"
		"  AND (?1 <> ?2 OR ?5 OR base.position < new.position)"
		" ORDER BY (SELECT min(started) FROM run WHERE run.session = base.session) DESC,"
		"  base.session DESC, base.position, new.position LIMIT 1",
		VALUES(TEXT(base_kernel), TEXT(new_kernel ? new_kernel : base_kernel),
		       TEXT(workload), TEXT(target ? target : ""), INT(!new_kernel), INT(calls)),
		set_pair, &pair);

	*session = pair.session;
	*base_arm = pair.base_arm;
	*new_arm = pair.new_arm;
	return ret;
}

/*
 * Lines over sessions.
 */

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
		same = same && last->better == better_of(keys[BETTER]);
	}
	if (same) {
		free_texts(keys, KEYS + 1);
		return last;
	}
	lines->items = grow(lines->items, lines->count, sizeof(*lines->items));
	last = &lines->items[lines->count++];
	*last = (struct db_line){ .plan = keys[0],
				  .target = keys[1],
				  .clock = keys[2],
				  .spec = keys[3],
				  .workload = keys[4],
				  .metric = keys[5],
				  .unit = keys[6],
				  .better = better_of(keys[BETTER]) };
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
		line->nights = grow(line->nights, line->count, sizeof(*line->nights));
		night = &line->nights[line->count++];
		*night = (struct db_night){ .session = session,
					    .started = statement_text(s, 10),
					    .release = statement_text(s, 11),
					    .kernel = statement_text(s, 12),
					    .machine = statement_text(s, 13) };
	}
	night->values = grow(night->values, night->count, sizeof(*night->values));
	night->values[night->count++] = statement_real(s, 14);
}

int db_lines(struct db *db, const char *plan, bool all, struct db_lines *out)
{
	*out = (struct db_lines){ 0 };
	return each_row(
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

/*
 * Sessions.
 */

static void add_session(struct statement *s, void *out)
{
	char *id = statement_text(s, 0);

	strvec_push(out, id);
	free(id);
}

int db_sessions(struct db *db, struct strvec *out)
{
	return each_row(db,
			"SELECT session FROM run GROUP BY session"
			" ORDER BY min(started) DESC, session DESC",
			NULL, 0, add_session, out);
}
