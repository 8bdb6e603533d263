// SPDX-License-Identifier: GPL-2.0-or-later
#include "profiled.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/log.h"
#include "runner/kernel/variant.h"
#include "runner/session/session.h"
#include "runner/session/workload.h"

#define TARGET "det"

/* The identities of the kernels, as their sources are now. 0, or -1 with an error printed. */
static int resolve(const struct strvec *kernels, struct strvec *ids)
{
	for (size_t i = 0; i < kernels->count; i++) {
		struct variant v;

		if (variant_resolve(&v, kernels->items[i]) < 0)
			return -1;
		strvec_push(ids, v.id);
		variant_release(&v);
	}
	return 0;
}

/* Sides are in the order of arms, but an arm without a run is not among them. */
static int64_t index_of(const struct db_sides *sides, int64_t arm)
{
	for (size_t i = 0; i < sides->count; i++)
		if (sides->items[i].arm == arm)
			return (int64_t)i;
	return -1;
}

static int load_sides(struct profiled *p, const char *session, int64_t base_arm, int64_t new_arm)
{
	if (db_sides(p->results.db, session, &p->sides) < 0)
		return -1;
	p->arms[0] = index_of(&p->sides, base_arm);
	p->arms[1] = index_of(&p->sides, new_arm);
	if (p->arms[0] < 0 || p->arms[1] < 0)
		return error("session \"%s\" lacks a kernel", session);
	return 0;
}

/* 0; 1 when there is none; -1 with an error printed. */
static int find(struct profiled *p, const struct plan *plan)
{
	struct strvec ids = STRVEC_INIT;
	int64_t base_arm = 0, new_arm = 0;
	char *session = NULL;
	int ret = resolve(&plan->kernels, &ids);

	if (ret == 0 && !ids.count)
		ret = error("no kernel is named");
	if (ret == 0)
		ret = db_profiled_session(p->results.db, ids.items[0],
					  ids.count > 1 ? ids.items[1] : NULL, p->workload,
					  plan->target, plan->profile.calls, plan->profile.cache,
					  &session, &base_arm, &new_arm);
	if (ret == 0)
		ret = session ? load_sides(p, session, base_arm, new_arm) : 1;
	free(session);
	strvec_release(&ids);
	return ret;
}

static enum status run(struct profiled *p, const struct plan *plan, bool fresh)
{
	struct session_result result = { 0 };
	enum status status = STATUS_FAILED;
	const struct session_events events = { .stored = results_store, .ctx = &p->results };
	int ran = session_run(plan, fresh, &events, &result);

	if (result.interrupted)
		status = STATUS_INTERRUPTED;
	else if (ran == 0 && result.failed)
		error("%zu of %zu runs failed", result.failed, result.runs);
	else if (ran == 0 && load_sides(p, result.id, 0, plan->kernels.count > 1) == 0)
		status = STATUS_OK;
	session_result_release(&result);
	return status;
}

static int name_workload(struct profiled *p, const char *workload)
{
	struct workload w = { 0 };
	int ret = workload_load(&w, workload);

	if (ret == 0)
		p->workload = xstrdup(w.name);
	workload_release(&w);
	return ret;
}

static enum status open_plan(struct profiled *p, const struct plan *plan, bool fresh)
{
	int found;

	if (plan_check(plan) < 0 || name_workload(p, plan->workloads.items[0]) < 0)
		return STATUS_USAGE;
	if (results_open(&p->results) < 0)
		return STATUS_FAILED;
	found = fresh ? 1 : find(p, plan);
	if (found < 0)
		return STATUS_FAILED;
	return found ? run(p, plan, fresh) : STATUS_OK;
}

enum status profiled_open(struct profiled *p, const struct strvec *kernels, const char *workload,
			  const char *target, struct profile_options profile, bool fresh)
{
	struct plan plan = { .name = xstrdup("explain"),
			     .target = xstrdup(target ? target : TARGET),
			     .profile = profile };
	enum status status;

	plan.profile.functions = true;
	*p = (struct profiled){ 0 };
	for (size_t i = 0; i < kernels->count; i++)
		strvec_push(&plan.kernels, kernels->items[i]);
	strvec_push(&plan.workloads, workload);
	status = open_plan(p, &plan, fresh);
	plan_release(&plan);
	return status;
}

void profiled_close(struct profiled *p)
{
	db_sides_release(&p->sides);
	free(p->workload);
	if (p->results.db)
		results_close(&p->results);
	*p = (struct profiled){ 0 };
}
