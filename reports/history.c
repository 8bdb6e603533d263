// SPDX-License-Identifier: GPL-2.0-or-later
#include "history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "changes.h"
#include "format.h"
#include "lib/alloc.h"
#include "lib/json.h"
#include "proof.h"
#include "stats.h"
#include "units.h"

#define NIGHTS_MIN 5   /* at the level, on a wall clock */
#define NIGHTS_MAX 365 /* that the newest one is judged by */

/* --- judging ----------------------------------------------------------------------------------- */

static bool is_exact(const struct db_line *line)
{
	return !strcmp(line->clock, "instruction");
}

/*
 * The newest against what was before it: p from the noise of a night and of the level, which is a
 * mean of level_nights.
 */
static void measure_newest(struct history_line *l)
{
	size_t before = l->count - 1, from = before > NIGHTS_MAX ? before - NIGHTS_MAX : 0;
	double shift, deviation;

	if (!before)
		return;
	l->start_count = changes_find(l->values + from, before - from, l->starts);
	l->noise = changes_noise(l->values + from, before - from);
	if (l->start_count)
		from += l->starts[l->start_count - 1];
	l->level_nights = before - from;
	l->level = changes_level(l->values + from, l->level_nights, l->noise);
	shift = l->values[before] - l->level;
	l->delta_pct = l->level != 0 ? 100 * shift / fabs(l->level) : shift == 0 ? 0 : NAN;
	deviation = l->noise * sqrt(1 + 1 / (double)l->level_nights);
	if (is_exact(l->line))
		l->p = shift == 0 ? 1 : 0;
	else if (l->level_nights >= NIGHTS_MIN)
		l->p = erfc(fabs(shift) / deviation / M_SQRT2);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double history_floor(const struct db_line *line)
{
	double *d = xcalloc(line->count + 1, sizeof(*d)), floor = NAN;
	size_t count = 0;

	for (size_t i = 0; i < line->count; i++) {
		const struct db_night *n = &line->nights[i];
		double one, other;

		if (!n->twins)
			continue;
		one = stats_median(n->values, n->count);
		other = stats_median(n->values + n->count, n->twins);
		if (one != 0)
			d[count++] = 100 * fabs(other - one) / fabs(one);
	}
	if (count) {
		qsort(d, count, sizeof(*d), by_value);
		floor = d[(count * 19 - 1) / 20];
	}
	free(d);
	return floor;
}

static void take_nights(struct history_line *l, const struct db_line *line)
{
	*l = (struct history_line){
		.line = line, .level = NAN, .delta_pct = NAN, .p = NAN, .verdict = VERDICT_UNPROVEN
	};
	l->threshold_pct = judge_threshold(line->metric, is_exact(line));
	l->floor_pct = history_floor(line);
	l->values = xcalloc(line->count + 1, sizeof(*l->values));
	l->starts = xcalloc(line->count + 1, sizeof(*l->starts));
	for (size_t i = 0; i < line->count; i++)
		l->values[l->count++] = stats_median(line->nights[i].values, line->nights[i].count);
}

static void measure(struct history_line *l)
{
	if (!l->count)
		return;
	measure_newest(l);
	/* What is shown are the change points of all nights. */
	l->noise = changes_noise(l->values, l->count);
	l->start_count = changes_find(l->values, l->count, l->starts);
}

static void decide(struct history_line *l, double p)
{
	bool beyond = !(fabs(l->delta_pct) <= l->threshold_pct);
	bool up = l->values[l->count - 1] > l->level;

	if (isnan(p))
		return;
	if (!beyond && (is_exact(l->line) || p > PROOF_FALSE_SHARE))
		l->verdict = VERDICT_SAME;
	else if (beyond && p <= PROOF_FALSE_SHARE)
		l->verdict =
			up == (l->line->better == BETTER_HIGHER) ? VERDICT_BETTER : VERDICT_WORSE;
}

void history_judge(struct history *h, bool all)
{
	double *p;

	h->items = xcalloc(h->lines.count + 1, sizeof(*h->items));
	p = xcalloc(h->lines.count + 1, sizeof(*p));
	for (h->count = 0; h->count < h->lines.count; h->count++) {
		const struct db_line *line = &h->lines.items[h->count];

		take_nights(&h->items[h->count], line);
		if (all || line->headline)
			measure(&h->items[h->count]);
	}
	for (int headline = 0; headline < 2; headline++) {
		for (size_t i = 0; i < h->count; i++)
			p[i] = h->items[i].line->headline == headline ? h->items[i].p : NAN;
		stats_adjust(p, h->count);
		for (size_t i = 0; i < h->count; i++)
			if (h->items[i].line->headline == headline)
				decide(&h->items[i], p[i]);
	}
	free(p);
}

void history_measure(struct history_line *l, const struct db_line *line)
{
	take_nights(l, line);
	measure(l);
	decide(l, l->p);
}

/* Sessions of the plan ("": of all), by time. */
static const struct db_session **by_time(const struct db_session_list *list, const char *plan,
					 size_t *count)
{
	const struct db_session **nights =
		xcalloc(list->count + 1, sizeof(const struct db_session *));

	*count = 0;
	for (size_t i = list->count; i-- > 0;)
		if (!*plan || !strcmp(list->items[i].plan, plan))
			nights[(*count)++] = &list->items[i];
	return nights;
}

int history_load(struct db *db, const char *plan, bool all, struct history *out)
{
	struct db_session_list list;
	const struct db_session **nights;
	size_t count;
	int ret = db_session_list(db, &list, NULL);

	*out = (struct history){ 0 };
	nights = by_time(&list, plan, &count);
	if (ret == 0)
		ret = db_lines(db, nights, count, all, &out->lines);
	if (ret == 0)
		history_judge(out, true);
	free(nights);
	db_session_list_release(&list);
	return ret;
}

void history_line_release(struct history_line *l)
{
	free(l->values);
	free(l->starts);
	*l = (struct history_line){ 0 };
}

void history_release(struct history *h)
{
	for (size_t i = 0; i < h->count; i++)
		history_line_release(&h->items[i]);
	free(h->items);
	db_lines_release(&h->lines);
	*h = (struct history){ 0 };
}

size_t history_regressions(const struct history *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->count; i++)
		n += h->items[i].line->headline && h->items[i].verdict == VERDICT_WORSE;
	return n;
}

/* --- change points ----------------------------------------------------------------------------- */

static double level_of(const struct history_line *l, size_t segment)
{
	size_t from = segment ? l->starts[segment - 1] : 0;
	size_t to = segment < l->start_count ? l->starts[segment] : l->count;

	return changes_level(l->values + from, to - from, l->noise);
}

struct history_change history_change(const struct history_line *l, size_t i)
{
	const struct db_night *nights = l->line->nights;
	struct history_change c = { .before = &nights[l->starts[i] - 1],
				    .after = &nights[l->starts[i]],
				    .from = level_of(l, i),
				    .to = level_of(l, i + 1) };
	bool up = c.to > c.from;

	c.delta_pct = c.from != 0 ? 100 * (c.to - c.from) / fabs(c.from) : NAN;
	c.verdict = VERDICT_SAME;
	if (!(fabs(c.delta_pct) <= l->threshold_pct))
		c.verdict =
			up == (l->line->better == BETTER_HIGHER) ? VERDICT_BETTER : VERDICT_WORSE;
	return c;
}

/* --- text -------------------------------------------------------------------------------------- */

static void add_figure(struct strbuf *out, const struct history_line *l, double value)
{
	unit_format(out, l->line->unit, value, UNIT_ASCII);
}

static void put_change(FILE *out, const struct history_line *l, size_t i)
{
	struct history_change c = history_change(l, i);
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "  %.10s  ", c.after->started);
	unit_format_pct(&text, c.delta_pct, UNIT_ASCII);
	strbuf_adds(&text, "  ");
	add_figure(&text, l, c.from);
	strbuf_adds(&text, " -> ");
	add_figure(&text, l, c.to);
	strbuf_addf(&text, "  %s", verdict_name(c.verdict));
	if (strcmp(c.before->kernel, c.after->kernel) != 0)
		strbuf_addf(&text, "  kernel %s (%.12s) -> %s (%.12s)", c.before->release,
			    c.before->kernel, c.after->release, c.after->kernel);
	else
		strbuf_adds(&text, "  the same kernel");
	if (strcmp(c.before->machine, c.after->machine) != 0)
		strbuf_addf(&text, ", %s -> %s", c.before->machine, c.after->machine);
	fprintf(out, "%s\n", text.data);
	strbuf_release(&text);
}

static void put_newest(FILE *out, const struct history_line *l)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "  newest night ");
	add_figure(&text, l, l->values[l->count - 1]);
	if (l->level_nights) {
		strbuf_adds(&text, ", ");
		unit_format_pct(&text, l->delta_pct, UNIT_ASCII);
		strbuf_adds(&text, " from the level ");
		add_figure(&text, l, l->level);
		strbuf_addf(&text, " of the %zu %s before: %s", l->level_nights,
			    l->level_nights == 1 ? "night" : "nights", verdict_name(l->verdict));
	}
	fprintf(out, "%s\n", text.data);
	strbuf_release(&text);
}

int history_text(FILE *out, const struct history *h)
{
	for (size_t i = 0; i < h->count; i++) {
		const struct history_line *l = &h->items[i];

		if (!l->count)
			continue;
		fprintf(out, "%s, %s, %s: %s %s (%s is better), %zu %s, %zu %s\n", l->line->plan,
			l->line->target, l->line->spec, l->line->workload, l->line->metric,
			l->line->better == BETTER_HIGHER ? "higher" : "lower", l->count,
			l->count == 1 ? "night" : "nights", l->start_count,
			l->start_count == 1 ? "change" : "changes");
		for (size_t k = 0; k < l->start_count; k++)
			put_change(out, l, k);
		put_newest(out, l);
	}
	return format_finish(out);
}

/* --- JSON -------------------------------------------------------------------------------------- */

static struct json_object *change_json(const struct history_line *l, size_t i)
{
	struct history_change c = history_change(l, i);
	struct json_object *o = json_new_object();

	json_set_str(o, "session", c.after->session);
	json_set_str(o, "started", c.after->started);
	json_set_num(o, "from", c.from);
	json_set_num(o, "to", c.to);
	json_set_num(o, "delta_pct", c.delta_pct);
	json_set_str(o, "verdict", verdict_name(c.verdict));
	json_set_str(o, "kernel_before", c.before->kernel);
	json_set_str(o, "kernel_after", c.after->kernel);
	json_set_str(o, "release_before", c.before->release);
	json_set_str(o, "release_after", c.after->release);
	return o;
}

static struct json_object *newest_json(const struct history_line *l)
{
	struct json_object *o = json_new_object();

	json_set_num(o, "value", l->values[l->count - 1]);
	json_set_num(o, "level", l->level);
	json_set_int(o, "level_nights", (int64_t)l->level_nights);
	json_set_num(o, "delta_pct", l->delta_pct);
	json_set_num(o, "p", l->p);
	json_set_str(o, "verdict", verdict_name(l->verdict));
	return o;
}

static struct json_object *line_json(const struct history_line *l)
{
	struct json_object *o = json_new_object(), *changes = json_new_array();

	json_set_str(o, "plan", l->line->plan);
	json_set_str(o, "target", l->line->target);
	json_set_str(o, "kernel", l->line->spec);
	json_set_str(o, "workload", l->line->workload);
	json_set_str(o, "metric", l->line->metric);
	json_set_str(o, "unit", l->line->unit);
	json_set_str(o, "better", l->line->better == BETTER_HIGHER ? "higher" : "lower");
	json_set_bool(o, "headline", l->line->headline);
	json_set_int(o, "nights", (int64_t)l->count);
	json_set_num(o, "noise", l->noise);
	for (size_t i = 0; i < l->start_count; i++)
		json_append(changes, change_json(l, i));
	json_set(o, "changes", changes);
	json_set(o, "newest", newest_json(l));
	return o;
}

int history_json(FILE *out, const struct history *h)
{
	struct json_object *list = json_new_array();

	for (size_t i = 0; i < h->count; i++)
		if (h->items[i].count)
			json_append(list, line_json(&h->items[i]));
	fprintf(out, "%s\n",
		json_object_to_json_string_ext(list, JSON_C_TO_STRING_PRETTY |
							     JSON_C_TO_STRING_SPACED |
							     JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(list);
	return format_finish(out);
}
