// SPDX-License-Identifier: GPL-2.0-or-later
#include "search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/json.h"

#define SHORT_ID 12

/* --- the file ---------------------------------------------------------------------------------- */

/* docs/formats.md: bisections/KEY.json */
struct state {
	struct json_doc doc;
	char *ends, *workload;
	struct strvec row; /* "ID SUBJECT" */
	struct json_at kernels, searched;
};

/* One that an older kab has written lacks the row and what was searched for. */
static int state_load(struct state *s, const char *path)
{
	static const struct json_field fields[] = {
		{ "format", JSON_IGNORE, 0, true, 0, 0 },
		{ "good", JSON_IGNORE, 0, true, 0, 0 },
		{ "bad", JSON_IGNORE, 0, true, 0, 0 },
		{ "target", JSON_IGNORE, 0, true, 0, 0 },
		{ "workload", JSON_STR, offsetof(struct state, workload), true, 0, 0 },
		{ "ends", JSON_STR, offsetof(struct state, ends), false, 0, 0 },
		{ "commits", JSON_STRINGS, offsetof(struct state, row), false, 0, 0 },
		{ "searched", JSON_OBJECT, offsetof(struct state, searched), false, 0, 0 },
		{ "kernels", JSON_OBJECT, offsetof(struct state, kernels), true, 0, 0 },
	};
	struct json_at root;

	*s = (struct state){ 0 };
	if (json_load(&s->doc, path) < 0)
		return -1;
	root = json_root(&s->doc);
	return json_read(&root, fields, sizeof(fields) / sizeof(fields[0]), s);
}

static void state_release(struct state *s)
{
	free(s->ends);
	free(s->workload);
	strvec_release(&s->row);
	json_release(&s->doc);
}

int search_metrics(const char *path, struct strvec *out)
{
	struct state state;
	int ret = state_load(&state, path);

	if (ret == 0 && state.searched.value) {
		json_object_object_foreach(state.searched.value, metric, value)
		{
			(void)value;
			strvec_push(out, metric);
		}
	}
	state_release(&state);
	return ret;
}

/* --- figures ----------------------------------------------------------------------------------- */

static void add_values(const struct db_series *s, double **values, size_t *count)
{
	*values = xreallocarray(*values, *count + s->count + 1, sizeof(**values));
	for (size_t i = 0; i < s->count; i++)
		if (isfinite(s->values[i]))
			(*values)[(*count)++] = s->values[i];
}

int search_values(struct db *db, const char *session, const char *workload, const char *metric,
		  double **values, size_t *count)
{
	struct db_sides sides = { 0 };
	struct db_metrics m = { 0 };
	int ret = db_sides(db, session, &sides);

	if (ret == 0 && sides.count)
		ret = db_metrics(db, &sides.items[0], &m);
	for (size_t i = 0; ret == 0 && i < m.count; i++)
		if (!strcmp(m.items[i].metric, metric) && !strcmp(m.items[i].workload, workload))
			add_values(&m.items[i], values, count);
	db_metrics_release(&m);
	db_sides_release(&sides);
	return ret;
}

/* --- the row ----------------------------------------------------------------------------------- */

static void make_row(struct search *s, struct state *state)
{
	s->row = state->row;
	state->row = (struct strvec)STRVEC_INIT;
	s->n = s->row.count - 1;
	s->commits = xcalloc(s->n + 1, sizeof(*s->commits));
	for (size_t i = 0; i <= s->n; i++) {
		char *space = strchr(s->row.items[i], ' ');

		s->commits[i] = (struct search_commit){ .id = s->row.items[i],
							.subject = space ? space + 1 : "",
							.sessions = STRVEC_INIT };
		if (space)
			*space = '\0';
	}
}

static int read_commit(struct search *s, struct db *db, struct search_commit *c,
		       const struct json_at *at)
{
	static const struct json_field fields[] = {
		{ "sessions", JSON_STRINGS, offsetof(struct search_commit, sessions), true, 0, 0 },
		{ "fault", JSON_STR, offsetof(struct search_commit, fault), false, 0, 0 },
	};
	int ret = json_read(at, fields, sizeof(fields) / sizeof(fields[0]), c);

	for (size_t i = 0; i < c->sessions.count && ret == 0 && !c->fault; i++)
		ret = search_values(db, c->sessions.items[i], s->compared->workload,
				    s->compared->metric, &c->values, &c->count);
	if (ret == 0 && c->sessions.count && !c->count && !c->fault)
		c->fault = xstrdup("no value of the metric");
	s->measured += c->count != 0;
	s->boots += c->count;
	return ret;
}

static struct search_commit *find_commit(struct search *s, const char *id)
{
	for (size_t i = 1; i < s->n; i++)
		if (!strcmp(s->commits[i].id, id))
			return &s->commits[i];
	return NULL;
}

/* In the order in which they were measured; what is not in the row was by kab bisect-step. */
static int read_commits(struct search *s, struct db *db, const struct json_at *kernels)
{
	size_t turn = 0;

	json_object_object_foreach(kernels->value, id, value)
	{
		struct search_commit *c = find_commit(s, id);
		struct json_at at = json_member(kernels, id);

		(void)value;
		if (!c)
			continue;
		if (read_commit(s, db, c, &at) < 0)
			return -1;
		c->turn = c->sessions.count || c->fault ? ++turn : 0;
	}
	return 0;
}

/* 0; 1 when the database has not got them, or they have no such metric; -1. */
static int read_ends(struct search *s, struct db *db, const struct state *state, const char *metric,
		     double threshold_pct)
{
	struct db_pair pair = { 0, 1, state->workload };
	struct db_sides sides = { 0 };
	int ret = db_sides(db, state->ends, &sides);
	bool there = sides.count == 2;

	db_sides_release(&sides);
	if (ret < 0 || !there)
		return ret < 0 ? -1 : 1;
	if (judge_pairs(db, state->ends, &pair, 1, threshold_pct, &s->ends) < 0)
		return -1;
	for (size_t i = 0; i < s->ends.items[0].count; i++) {
		const struct comparison *c = &s->ends.items[0].items[i];

		if (!strcmp(c->metric, metric) && c->n_base && c->n_new)
			s->compared = c;
	}
	s->exact = judgement_exact(&s->ends.items[0]);
	return s->compared ? 0 : 1;
}

static void add_end(struct search_commit *c, const char *session, const struct db_series *series)
{
	strvec_push(&c->sessions, session);
	add_values(series, &c->values, &c->count);
}

/* --- what follows ------------------------------------------------------------------------------ */

static void find_steps(struct search *s)
{
	const struct comparison *c = s->compared;
	struct figure *known = xcalloc(s->n + 1, sizeof(*known));

	for (size_t i = 0; i <= s->n; i++)
		if (s->commits[i].fault)
			known[i].state = FIGURE_SKIP;
		else if (s->commits[i].count)
			known[i] = (struct figure){ FIGURE_VALUE, s->commits[i].values[0] };
	known[0] = (struct figure){ FIGURE_VALUE, c->base };
	known[s->n] = (struct figure){ FIGURE_VALUE, c->new };
	steps_find(known, s->n, c->threshold_pct / 100 * fabs(c->base), s->all, &s->steps);
	s->next = s->steps.next == STEPS_DONE ? 0 : s->steps.next;
	free(known);
}

static size_t add_boots(const struct search *s, size_t position, struct boot *boots, size_t count)
{
	const struct search_commit *c = &s->commits[position];

	for (size_t i = 0; i < c->count; i++)
		boots[count++] = (struct boot){ position, c->values[i] };
	return count;
}

static void find_belief(struct search *s)
{
	size_t total = s->commits[0].count + s->commits[s->n].count + s->boots;
	struct boot *boots = xcalloc(total + 1, sizeof(*boots));
	bool *skip = xcalloc(s->n + 1, sizeof(*skip)), *cheap = xcalloc(s->n + 1, sizeof(*cheap));
	size_t count = add_boots(s, s->n, boots, add_boots(s, 0, boots, 0));

	for (size_t i = 1; i < s->n; i++) {
		count = add_boots(s, i, boots, count);
		skip[i] = s->commits[i].fault != NULL;
		cheap[i] = s->commits[i].count != 0;
	}
	position_infer(boots, count, s->n, skip, cheap, &s->belief);
	s->next = s->belief.decided ? 0 : s->belief.next;
	free(boots);
	free(skip);
	free(cheap);
}

/* --- all of it --------------------------------------------------------------------------------- */

/* How the metric was searched for. */
struct manner {
	double threshold_pct;
	bool all;
};

static int read_manner(const struct json_at *searched, const char *metric, struct manner *m)
{
	static const struct json_field fields[] = {
		{ "threshold_pct", JSON_NUM, offsetof(struct manner, threshold_pct), false, 0,
		  100 },
		{ "all", JSON_BOOL, offsetof(struct manner, all), false, 0, 0 },
	};
	struct json_at at = json_member(searched, metric);

	*m = (struct manner){ .threshold_pct = -1 };
	if (!at.value)
		return 1;
	return json_read(&at, fields, sizeof(fields) / sizeof(fields[0]), m);
}

static int load(struct search *s, struct db *db, struct state *state, const char *metric)
{
	struct manner manner;
	int ret;

	if (!state->ends || !state->searched.value || state->row.count < 2)
		return 1;
	ret = read_manner(&state->searched, metric, &manner);
	if (ret == 0)
		ret = read_ends(s, db, state, metric, manner.threshold_pct);
	if (ret != 0)
		return ret;
	s->all = manner.all;
	make_row(s, state);
	add_end(&s->commits[0], state->ends, s->compared->base_series);
	add_end(&s->commits[s->n], state->ends, s->compared->new_series);
	if (read_commits(s, db, &state->kernels) < 0)
		return -1;
	if (s->exact)
		find_steps(s);
	else
		find_belief(s);
	return 0;
}

int search_load(struct search *s, struct db *db, const char *path, const char *metric)
{
	struct state state;
	int ret = state_load(&state, path);

	*s = (struct search){ .row = STRVEC_INIT };
	if (ret == 0)
		ret = load(s, db, &state, metric);
	state_release(&state);
	return ret;
}

void search_release(struct search *s)
{
	for (size_t i = 0; s->commits && i <= s->n; i++) {
		free(s->commits[i].fault);
		free(s->commits[i].values);
		strvec_release(&s->commits[i].sessions);
	}
	free(s->commits);
	steps_release(&s->steps);
	belief_release(&s->belief);
	judgements_release(&s->ends);
	strvec_release(&s->row);
	*s = (struct search){ 0 };
}

bool search_names(const struct search *s, size_t position)
{
	if (!s->exact)
		return position && s->belief.credible[position];
	for (size_t i = 0; i < s->steps.count; i++)
		if (s->steps.items[i].first <= position && position <= s->steps.items[i].last)
			return true;
	return false;
}

double search_behind(const struct search *s, size_t position)
{
	double sum = 0;

	for (size_t i = 1; i <= position; i++)
		sum += s->belief.mass[i];
	return sum;
}

/* --- in words ---------------------------------------------------------------------------------- */

char *search_commit_words(const struct search *s, size_t position)
{
	const struct search_commit *c = &s->commits[position];

	return xasprintf("%.*s%s%s", SHORT_ID, c->id, *c->subject ? " " : "", c->subject);
}

char *search_step_words(const struct search *s, const struct step *step, enum unit_form form)
{
	const struct comparison *c = s->compared;
	struct strbuf out = STRBUF_INIT;
	size_t commits = step->last - step->first + 1;

	unit_format_pct(&out, 100 * (step->to - step->from) / c->base, form);
	if (commits == 1) {
		strbuf_adds(&out, " by one commit");
	} else if (step->gradual) {
		strbuf_addf(&out, " by several of %zu commits, none of which is over ", commits);
		unit_format_threshold(&out, c->threshold_pct, form);
	} else {
		strbuf_addf(&out, " by one of %zu commits, as those between cannot be measured",
			    commits);
	}
	return strbuf_detach(&out);
}

char *search_belief_words(const struct search *s)
{
	return xasprintf("with %.1f%%, the change is by %s", 100 * s->belief.held,
			 s->belief.set == 1 ? "this commit" : "one of these commits");
}

/* --- the log ----------------------------------------------------------------------------------- */

static void add_mark(const struct search *s, struct strbuf *out, const char *mark, size_t position)
{
	char *commit = search_commit_words(s, position);

	strbuf_addf(out, "# %s: %s\ngit bisect %s %s\n", mark, commit, mark,
		    s->commits[position].id);
	free(commit);
}

/*
 * For a change at one of the positions first ... last: what was measured before them is good, what was
 * measured behind them bad.
 */
static void write_log(const struct search *s, struct strbuf *out, size_t first, size_t last)
{
	strbuf_adds(out, "git bisect start '--first-parent'\n");
	add_mark(s, out, "bad", s->n);
	add_mark(s, out, "good", 0);
	for (size_t i = 1; i < s->n; i++) {
		if (s->commits[i].fault)
			add_mark(s, out, "skip", i);
		else if (i < first && s->commits[i].count)
			add_mark(s, out, "good", i);
	}
	/* git keeps one bad commit, the last that is named: it has to be the oldest. */
	for (size_t i = s->n - 1; i >= last; i--)
		if (s->commits[i].count)
			add_mark(s, out, "bad", i);
	if (first == last) {
		char *commit = search_commit_words(s, first);

		strbuf_addf(out, "# first bad commit: %s\n", commit);
		free(commit);
	}
}

void search_log(const struct search *s, struct strbuf *out)
{
	const struct step *largest = NULL;
	size_t first = 0, last = 0;

	for (size_t i = 0; i < s->steps.count; i++) {
		const struct step *step = &s->steps.items[i];

		if (!largest || fabs(step->to - step->from) > fabs(largest->to - largest->from))
			largest = step;
	}
	if (largest) {
		first = largest->first;
		last = largest->last;
	}
	for (size_t i = 1; !s->exact && i <= s->n; i++)
		if (s->belief.credible[i]) {
			first = first ? first : i;
			last = i;
		}
	if (first)
		write_log(s, out, first, last);
}
