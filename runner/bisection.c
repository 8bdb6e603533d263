// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisection.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/nearest.h"
#include "lib/paths.h"
#include "lib/proc.h"
#include "reports/search.h"
#include "runner/kernel/variant.h"
#include "runner/machine/host.h"
#include "runner/machine/initramfs.h"
#include "runner/machine/target.h"
#include "runner/session/session.h"
#include "runner/session/workload.h"
#include "runner/source/commits.h"

#define FORMAT	    1
#define BOOTS_MAX   24 /* of each end, on a wall clock */
#define KERNELS	    "kernels"
#define END_SESSION "ends"
#define SEARCHED    "searched"

/* --- the state --------------------------------------------------------------------------------- */

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(o, key, &value);
	return value;
}

static const char *text(struct json_object *o, const char *key)
{
	struct json_object *value = member(o, key);

	return value ? json_object_get_string(value) : NULL;
}

static int save(const struct bisection *p)
{
	return json_write(p->path, p->state);
}

/* What is known of a kernel; made when there is nothing. */
static struct json_object *entry(struct bisection *p, const char *name)
{
	struct json_object *kernels = member(p->state, KERNELS), *o = member(kernels, name);

	if (!o) {
		o = json_new_object();
		json_set(o, "sessions", json_new_array());
		json_set(kernels, name, o);
	}
	return o;
}

static void add_fact(struct hash *h, struct json_object *facts, const char *key)
{
	const char *value = text(facts, key);

	hash_part(h, key, value ? value : "");
}

/* What makes figures of the ends and of others comparable. 0, or -1 with an error printed. */
static int find_key(const struct bisection *p, struct hash_hex *key)
{
	const char *const specs[] = { p->options->good, p->options->bad };
	struct initramfs base = { 0 };
	struct json_object *facts = NULL;
	struct workload w = { 0 };
	char *identity = NULL;
	struct hash h;
	int ret = -1;

	hash_init(&h);
	for (size_t i = 0; i < 2; i++) {
		struct variant v;

		if (variant_resolve(&v, specs[i]) < 0)
			return -1;
		hash_part(&h, "kernel", v.id);
		variant_release(&v);
	}
	if (workload_load(&w, p->options->workload) < 0 || initramfs_base(&base) < 0)
		goto out;
	identity = workload_identity(&w);
	if (!identity)
		goto out;
	facts = host_facts();
	hash_part(&h, "workload", identity);
	hash_part(&h, "target", p->options->target);
	hash_part(&h, "initramfs", base.sha256);
	add_fact(&h, facts, "qemu.version");
	add_fact(&h, facts, "host.cpu");
	hash_end(&h, key);
	ret = 0;
out:
	json_object_put(facts);
	free(identity);
	initramfs_release(&base);
	workload_release(&w);
	return ret;
}

static void new_state(struct bisection *p)
{
	p->state = json_new_object();
	json_set_int(p->state, "format", FORMAT);
	json_set_str(p->state, "good", p->options->good);
	json_set_str(p->state, "bad", p->options->bad);
	json_set_str(p->state, "workload", p->workload);
	json_set_str(p->state, "target", p->options->target);
	json_set(p->state, KERNELS, json_new_object());
}

static int load_state(struct bisection *p)
{
	struct json_doc doc = { 0 };
	struct hash_hex key;
	char *name;

	if (find_key(p, &key) < 0)
		return -1;
	p->key = xasprintf("%.16s", key.s);
	name = xasprintf("bisections/%s.json", p->key);
	p->path = path_data(name);
	free(name);
	if (!p->path)
		return -1;
	if (!p->options->fresh && file_exists(p->path)) {
		if (json_load(&doc, p->path) < 0 || !member(doc.root, KERNELS)) {
			json_release(&doc);
			return error("\"%s\" is no state of a bisection; --fresh begins a new one",
				     p->path);
		}
		p->state = json_object_get(doc.root);
		json_release(&doc);
		return 0;
	}
	new_state(p);
	return save(p);
}

/* --- sessions ---------------------------------------------------------------------------------- */

/* 0 with *session, 1 when interrupted, -1 with an error printed. */
static int run(struct plan *plan, const struct session_events *events, char **session)
{
	struct session_result result = { 0 };
	int ret = session_run(plan, false, events, &result);

	if (result.interrupted)
		ret = 1;
	else if (ret == 0)
		*session = xstrdup(result.id);
	session_result_release(&result);
	return ret;
}

static void plan_init(const struct bisection *p, struct plan *plan)
{
	*plan = (struct plan){ .name = xstrdup("bisect"), .target = xstrdup(p->options->target) };
	plan->purpose.bisection = xstrdup(p->key);
	strvec_push(&plan->workloads, p->options->workload);
}

/* The session's failures, the first of them; a new string, or NULL. -1 with an error printed. */
static int find_failure(const struct bisection *p, const char *session, int64_t arm, char **why)
{
	struct db_sides sides = { 0 };
	struct db_findings findings = { 0 };
	int ret = db_sides(p->results.db, session, &sides);

	*why = NULL;
	for (size_t i = 0; ret == 0 && i < sides.count; i++)
		if (sides.items[i].arm == arm)
			ret = db_findings(p->results.db, &sides.items[i], &findings);
	for (size_t i = 0; i < findings.count && !*why; i++)
		if (findings.items[i].severity == SEVERITY_FAILURE)
			*why = xasprintf("%s: %s", findings.items[i].kind,
					 findings.items[i].message);
	db_findings_release(&findings);
	db_sides_release(&sides);
	return ret;
}

/* --- the ends ---------------------------------------------------------------------------------- */

static int stored(const char *run_path, void *ctx)
{
	const struct bisection *p = ctx;

	return results_store(run_path, (void *)&p->results);
}

static const struct comparison *find_metric(const struct judgement *j, const char *metric)
{
	for (size_t i = 0; i < j->count; i++)
		if (!strcmp(j->items[i].metric, metric))
			return &j->items[i];
	return NULL;
}

static bool differs(const struct comparison *c)
{
	return c->verdict == VERDICT_BETTER || c->verdict == VERDICT_WORSE;
}

/* The metric that was asked for, or the headline one that differs most; NULL: there is none. */
static const struct comparison *choose(const struct bisection *p, const struct judgement *j)
{
	const struct comparison *best = NULL;

	if (p->options->metric)
		return find_metric(j, p->options->metric);
	for (size_t i = 0; i < j->count; i++) {
		const struct comparison *c = &j->items[i];

		if (c->headline && differs(c) &&
		    (!best || fabs(c->delta_pct) > fabs(best->delta_pct)))
			best = c;
	}
	return best;
}

/* Whether the ends need no more boots. */
static int proven(const char *session, void *ctx)
{
	const struct bisection *p = ctx;
	struct judgements list = { 0 };
	const struct comparison *c;
	int ret;

	if (judge_session(p->results.db, session, p->options->threshold_pct, &list) < 0)
		return -1;
	c = p->options->metric ? find_metric(&list.items[0], p->options->metric) : NULL;
	ret = c ? c->verdict != VERDICT_UNPROVEN : judgement_unproven(&list.items[0]) == 0;
	judgements_release(&list);
	return ret;
}

static int measure_ends(struct bisection *p, char **session)
{
	const struct session_events events = { .stored = stored, .proven = proven, .ctx = p };
	struct plan plan;
	int ret;

	plan_init(p, &plan);
	strvec_push(&plan.kernels, p->options->good);
	strvec_push(&plan.kernels, p->options->bad);
	if (!p->exact) {
		plan.until_proven = true;
		plan.boots = BOOTS_MAX;
	}
	ret = run(&plan, &events, session);
	plan_release(&plan);
	return ret;
}

/* An end must have figures. */
static int check_ends(const struct bisection *p, const char *session)
{
	const char *const names[] = { p->options->good, p->options->bad };

	for (int64_t arm = 0; arm < 2; arm++) {
		char *why;

		if (find_failure(p, session, arm, &why) < 0)
			return -1;
		if (why) {
			error("\"%s\" has no figures, so it cannot be an end: %s", names[arm], why);
			free(why);
			return -1;
		}
	}
	return 0;
}

static enum status unknown_metric(const struct bisection *p, const struct judgement *j)
{
	char **names = xcalloc(j->count + 1, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < j->count; i++)
		names[i] = (char *)j->items[i].metric;
	near = j->count ? nearest(p->options->metric, names) : NULL;
	free(names);
	error("workload \"%s\" has no metric \"%s\"%s%s%s", p->workload, p->options->metric,
	      near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	return STATUS_USAGE;
}

static enum status judge_ends(struct bisection *p, const char *session)
{
	const struct judgement *j;
	struct strbuf delta = STRBUF_INIT;

	if (check_ends(p, session) < 0 ||
	    judge_session(p->results.db, session, p->options->threshold_pct, &p->ends) < 0)
		return STATUS_FAILED;
	j = &p->ends.items[0];
	if (judgement_refuse(j, "between such ends nothing can be searched"))
		return STATUS_FAILED;
	p->compared = choose(p, j);
	if (p->options->metric && !p->compared)
		return unknown_metric(p, j);
	if (p->compared && differs(p->compared))
		return STATUS_OK;
	if (p->compared) {
		unit_format_pct(&delta, p->compared->delta_pct, UNIT_ASCII);
		error("%s %s is not proven to differ between \"%s\" and \"%s\" (%s, %s): there is "
		      "nothing to search",
		      p->workload, p->compared->metric, p->options->good, p->options->bad,
		      delta.data, verdict_name(p->compared->verdict));
	} else {
		error("no headline metric of %s is proven to differ between \"%s\" and \"%s\": there "
		      "is nothing to search (see 'kab compare')",
		      p->workload, p->options->good, p->options->bad);
	}
	p->compared = NULL;
	strbuf_release(&delta);
	return STATUS_SAME;
}

/* The ends' session as the state has it, if the database still does. A new string, or NULL. */
static char *known_ends(const struct bisection *p)
{
	const char *session = text(p->state, END_SESSION);
	struct db_sides sides = { 0 };
	char *known = NULL;

	if (session && db_sides(p->results.db, session, &sides) == 0 && sides.count == 2)
		known = xstrdup(session);
	db_sides_release(&sides);
	return known;
}

static enum status open_ends(struct bisection *p)
{
	char *session = known_ends(p);
	enum status status;

	if (session) {
		note("the ends were measured before, in session %s", session);
	} else {
		int ret = measure_ends(p, &session);

		if (ret != 0)
			return ret < 0 ? STATUS_FAILED : STATUS_INTERRUPTED;
		json_set_str(p->state, END_SESSION, session);
		if (save(p) < 0) {
			free(session);
			return STATUS_FAILED;
		}
	}
	status = judge_ends(p, session);
	free(session);
	return status;
}

enum status bisection_open(struct bisection *p, const struct bisection_options *o)
{
	const struct target *target = target_find(o->target);
	struct workload w = { 0 };
	int loaded;

	*p = (struct bisection){ .options = o };
	if (!target)
		return STATUS_USAGE;
	p->exact = target_exact(target);
	loaded = workload_load(&w, o->workload);
	p->workload = loaded == 0 ? xstrdup(w.name) : NULL;
	workload_release(&w);
	if (loaded < 0)
		return STATUS_USAGE;
	if (results_open(&p->results) < 0 || load_state(p) < 0)
		return STATUS_FAILED;
	return open_ends(p);
}

void bisection_close(struct bisection *p)
{
	judgements_release(&p->ends);
	json_object_put(p->state);
	free(p->path);
	free(p->key);
	free(p->workload);
	if (p->results.db)
		results_close(&p->results);
	*p = (struct bisection){ 0 };
}

int bisection_describe(struct bisection *p, const struct commits *row, bool all)
{
	struct json_object *manner = json_new_object();
	struct strvec commits = STRVEC_INIT;

	for (size_t i = 0; i < row->ids.count; i++)
		strvec_pushf(&commits, "%s %s", row->ids.items[i], row->subjects.items[i]);
	json_set_strings(p->state, "commits", &commits);
	strvec_release(&commits);
	if (p->options->threshold_pct >= 0)
		json_set_num(manner, "threshold_pct", p->options->threshold_pct);
	json_set_bool(manner, "all", all);
	if (!member(p->state, SEARCHED))
		json_set(p->state, SEARCHED, json_new_object());
	json_set(member(p->state, SEARCHED), p->compared->metric, manner);
	return save(p);
}

/* --- what lies between ------------------------------------------------------------------------- */

const char *bisection_fault(const struct bisection *p, const char *name)
{
	struct json_object *o = member(member(p->state, KERNELS), name);

	return o ? text(o, "fault") : NULL;
}

/* 0; 1 when its sources are to blame, and that is noted; -1 with an error printed. */
static int build(struct bisection *p, const char *name, const char *spec)
{
	struct variant v;
	int ret = variant_resolve(&v, spec);

	if (ret < 0)
		return -1;
	ret = variant_build(&v);
	if (ret < 0 && v.fault && !interrupted()) {
		json_set_str(entry(p, name), "fault", v.fault);
		ret = save(p) < 0 ? -1 : 1;
	}
	variant_release(&v);
	return ret;
}

static int boot(struct bisection *p, const char *name, const char *spec)
{
	const struct session_events events = { .stored = stored, .ctx = p };
	char *session = NULL, *why = NULL;
	struct plan plan;
	int ret;

	plan_init(p, &plan);
	strvec_push(&plan.kernels, spec);
	plan.boots = 1;
	ret = run(&plan, &events, &session);
	plan_release(&plan);
	if (ret == 0)
		ret = find_failure(p, session, 0, &why);
	if (ret == 0) {
		json_append(member(entry(p, name), "sessions"),
			    xcheck(json_object_new_string(session)));
		if (why)
			json_set_str(entry(p, name), "fault", why);
		ret = save(p) < 0 ? -1 : why != NULL;
	} else {
		ret = -1;
	}
	free(session);
	free(why);
	return ret;
}

int bisection_measure(struct bisection *p, const char *name, const char *spec)
{
	struct json_object *sessions = member(entry(p, name), "sessions");
	int ret;

	if (bisection_fault(p, name))
		return 1;
	if (p->exact && json_object_array_length(sessions))
		return 0;
	ret = build(p, name, spec);
	return ret ? ret : boot(p, name, spec);
}

int64_t bisection_values(const struct bisection *p, const char *name, double **values)
{
	struct json_object *o = member(member(p->state, KERNELS), name);
	struct json_object *sessions = o ? member(o, "sessions") : NULL;
	size_t n = sessions ? json_object_array_length(sessions) : 0;
	size_t count = 0;

	*values = NULL;
	for (size_t i = 0; i < n; i++) {
		const char *session =
			json_object_get_string(json_object_array_get_idx(sessions, i));

		if (search_values(p->results.db, session, p->workload, p->compared->metric, values,
				  &count) < 0) {
			free(*values);
			*values = NULL;
			return -1;
		}
	}
	return (int64_t)count;
}
