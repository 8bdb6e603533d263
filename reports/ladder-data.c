// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A ladder for programs: JSON, and CSV with a row per metric and step.
 */
#include <math.h>
#include <string.h>

#include "csv.h"
#include "format.h"
#include "ladder.h"
#include "lib/json.h"
#include "lib/strbuf.h"

static struct json_object *step_json(const struct ladder_step *s)
{
	struct json_object *o = json_new_object();

	json_set_int(o, "first", (int64_t)s->first);
	json_set_int(o, "last", (int64_t)s->last);
	json_set_num(o, "change", s->change);
	json_set_num(o, "change_pct", s->change_pct);
	json_set_num(o, "ci_lo_pct", s->ci_pct[0]);
	json_set_num(o, "ci_hi_pct", s->ci_pct[1]);
	json_set_num(o, "p", s->comparison->p);
	json_set_num(o, "p_adjusted", s->comparison->p_adjusted);
	json_set_str(o, "verdict", verdict_name(s->comparison->verdict));
	return o;
}

static struct json_object *line_json(const struct ladder *l, const struct ladder_line *line)
{
	struct json_object *o = json_new_object(), *values = json_new_array();
	struct json_object *steps = json_new_array();

	json_set_str(o, "workload", line->workload);
	json_set_str(o, "metric", line->metric);
	json_set_str(o, "unit", line->unit);
	json_set_str(o, "better", line->better == BETTER_HIGHER ? "higher" : "lower");
	json_set_bool(o, "headline", line->headline);
	for (size_t r = 0; r < l->sides.count; r++)
		json_append_num(values, line->values[r]);
	json_set(o, "values", values);
	json_set(o, "whole", step_json(&line->whole));
	for (size_t i = 0; i < line->count; i++)
		json_append(steps, step_json(&line->steps[i]));
	json_set(o, "steps", steps);
	return o;
}

static struct json_object *rungs_json(const struct ladder *l)
{
	struct json_object *list = json_new_array();

	for (size_t r = 0; r < l->sides.count; r++) {
		struct json_object *o = json_new_object(), *faults = json_new_array();

		json_set_int(o, "patch", (int64_t)r);
		json_set_str(o, "subject", r ? l->patches.items[r - 1] : NULL);
		json_set_str(o, "spec", l->sides.items[r].spec);
		json_set_str(o, "kernel", l->sides.items[r].kernel_id);
		for (size_t i = 0; i < l->fault_count; i++) {
			struct json_object *f;

			if (l->faults[i].rung != r)
				continue;
			f = json_new_object();
			json_set_str(f, "kind", l->faults[i].kind);
			json_set_str(f, "workloads", l->faults[i].workloads);
			json_set_str(f, "message", l->faults[i].message);
			json_append(faults, f);
		}
		json_set(o, "faults", faults);
		json_append(list, o);
	}
	return list;
}

/* All metrics: scripts choose by "headline". */
int ladder_json(FILE *out, const struct ladder *l, bool all)
{
	struct json_object *root = json_new_object(), *metrics = json_new_array();

	(void)all;
	json_set_str(root, "session", l->sides.items[0].session);
	json_set_str(root, "base", l->sides.items[0].spec);
	json_set_str(root, "series", l->name);
	json_set_str(root, "target", l->sides.items[0].target);
	json_set_str(root, "clock", l->sides.items[0].clock);
	json_set(root, "rungs", rungs_json(l));
	for (size_t i = 0; i < l->count; i++)
		json_append(metrics, line_json(l, &l->lines[i]));
	json_set(root, "metrics", metrics);
	json_print(out, root);
	json_object_put(root);
	return format_finish(out);
}

static void put_subjects(FILE *out, const struct ladder *l, const struct ladder_step *s)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t k = s->first; k <= s->last; k++)
		strbuf_addf(&text, "%s%s", k > s->first ? "; " : "", l->patches.items[k - 1]);
	csv_text(out, text.data);
	strbuf_release(&text);
}

static void put_step(FILE *out, const struct ladder *l, const struct ladder_line *line,
		     const struct ladder_step *s)
{
	csv_text(out, line->workload);
	csv_text(out, line->metric);
	csv_text(out, line->unit);
	fprintf(out, "%s,%zu,%zu,", line->headline ? "yes" : "no", s->first, s->last);
	put_subjects(out, l, s);
	csv_number(out, s->change);
	csv_number(out, s->change_pct);
	csv_number(out, s->ci_pct[0]);
	csv_number(out, s->ci_pct[1]);
	csv_number(out, s->comparison->p_adjusted);
	fprintf(out, "%s\r\n", verdict_name(s->comparison->verdict));
}

int ladder_csv(FILE *out, const struct ladder *l, bool all)
{
	fputs("workload,metric,unit,headline,first,last,subject,change,change_pct,ci_lo_pct,"
	      "ci_hi_pct,p_adjusted,verdict\r\n",
	      out);
	for (size_t i = 0; i < l->count; i++)
		for (size_t k = 0; k < l->lines[i].count; k++)
			if (all || l->lines[i].headline)
				put_step(out, l, &l->lines[i], &l->lines[i].steps[k]);
	return format_finish(out);
}
