// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The judgement as JSON, for scripts: docs/formats.md.
 */
#include "lib/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "format.h"
#include "lib/alloc.h"

static const char *const methods[] = {
	[SHIFT_NONE] = NULL,
	[SHIFT_STUDENT] = "student",
	[SHIFT_RANK] = "rank",
	[SHIFT_INTERPOLATED] = "rank-interpolated",
};

static struct json_object *comparison_json(const struct judgement *j, const struct comparison *c)
{
	struct json_object *o = json_new_object();
	struct json_object *interval = NULL;
	char *reason = comparison_reason(j, c, UNIT_ASCII);

	json_set_str(o, "workload", c->workload);
	json_set_str(o, "metric", c->metric);
	json_set_str(o, "unit", c->unit);
	json_set_str(o, "better", c->better == BETTER_HIGHER ? "higher" : "lower");
	json_set_bool(o, "headline", c->headline);
	json_set_num(o, "base", c->base);
	json_set_num(o, "new", c->new);
	json_set_num(o, "delta_pct", c->delta_pct);
	if (c->ci_pct[0] <= c->ci_pct[1]) { /* neither is NaN */
		interval = json_new_array();
		json_append_num(interval, c->ci_pct[0]);
		json_append_num(interval, c->ci_pct[1]);
	}
	json_set(o, "ci_pct", interval);
	json_set_int(o, "n_base", (int64_t)c->n_base);
	json_set_int(o, "n_new", (int64_t)c->n_new);
	json_set_num(o, "p", c->p);
	json_set_num(o, "p_adjusted", c->p_adjusted);
	json_set_str(o, "method", c->layouts ? "layouts" : methods[c->shift.method]);
	json_set_bool(o, "blocked", c->shift.blocked);
	json_set_num(o, "threshold_pct", c->threshold_pct);
	json_set_str(o, "verdict", verdict_name(c->verdict));
	if (c->layouts) {
		json_set_int(o, "layouts", (int64_t)c->layouts);
		json_set_int(o, "layouts_up", (int64_t)c->layouts_up);
		json_set_int(o, "layouts_down", (int64_t)c->layouts_down);
	}
	json_set_int(o, "more_boots", (int64_t)c->more_boots);
	json_set_str(o, "reason", reason);
	free(reason);
	return o;
}

static struct json_object *differences_json(const struct differences *d)
{
	struct json_object *list = json_new_array();

	for (size_t i = 0; i < d->count; i++) {
		struct json_object *o = json_new_object();

		json_set_str(o, "what", d->items[i].what);
		json_set_str(o, "base", d->items[i].base);
		json_set_str(o, "new", d->items[i].new);
		json_set_bool(o, "serious", d->items[i].serious);
		json_append(list, o);
	}
	return list;
}

static struct json_object *quantile_json(const struct quantile_shift *q)
{
	struct json_object *o = json_new_object(), *interval = NULL;

	json_set_str(o, "workload", q->workload);
	json_set_str(o, "kind", q->kind);
	json_set_str(o, "quantile", q->name);
	json_set_num(o, "base_ns", q->base_ns);
	json_set_num(o, "new_ns", q->new_ns);
	json_set_num(o, "delta_pct", q->delta_pct);
	if (q->ci_pct[0] <= q->ci_pct[1]) {
		interval = json_new_array();
		json_append_num(interval, q->ci_pct[0]);
		json_append_num(interval, q->ci_pct[1]);
	}
	json_set(o, "ci_pct", interval);
	json_set_bool(o, "saturated", q->saturated);
	return o;
}

static struct json_object *quantiles_json(const struct quantile_shifts *q)
{
	struct json_object *list = json_new_array();

	for (size_t i = 0; i < q->count; i++)
		json_append(list, quantile_json(&q->items[i]));
	return list;
}

static struct json_object *judgement_json(const struct judgement *j)
{
	struct json_object *root = json_new_object();
	struct json_object *list = json_new_array();

	json_set_str(root, "base", j->base.spec);
	json_set_str(root, "new", j->new.spec);
	json_set_str(root, "target", j->base.target);
	json_set_str(root, "clock", j->base.clock);
	json_set_str(root, "session", j->base.session);
	json_set_int(root, "failed_runs", (int64_t)(j->base.failed_runs + j->new.failed_runs));
	json_set(root, "differences", differences_json(&j->differences));
	json_set(root, "quantiles", quantiles_json(&j->quantiles));
	json_set_strings(root, "warnings", &j->warnings);
	for (size_t i = 0; i < j->count; i++)
		json_append(list, comparison_json(j, &j->items[i]));
	json_set(root, "comparisons", list);
	return root;
}

int format_json(FILE *out, const struct judgement *list, size_t count, bool all)
{
	struct json_object *root;

	(void)all; /* all of them: scripts choose by "headline" */
	if (count == 1) {
		root = judgement_json(&list[0]);
	} else {
		root = json_new_array();
		for (size_t k = 0; k < count; k++)
			json_append(root, judgement_json(&list[k]));
	}
	json_print(out, root);
	json_object_put(root);
	return format_finish(out);
}
