// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Instructions by function, and the graph of calls.
 */
#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/log.h"
#include "rows.h"

static void add_function(struct statement *s, void *out)
{
	struct db_profile *p = out;

	p->items = db_grow(p->items, p->count, sizeof(*p->items));
	p->items[p->count++] = (struct db_function){
		.name = statement_text(s, 0),
		.object = statement_text(s, 1),
		.user = statement_int(s, 2) != 0,
		.instructions = statement_real(s, 3),
		.calls = statement_real(s, 4),
		.inclusive = statement_real(s, 5),
		.cycles = statement_real(s, 6),
	};
	for (size_t i = 0; i < CACHED_EVENTS; i++)
		p->items[p->count - 1].events[i] = statement_real(s, 7 + (int)i);
	p->cycles += p->items[p->count - 1].cycles;
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

/* In the order of enum cached_event. */
#define MEAN(column) " coalesce(sum(" #column ") * 1.0 / (SELECT count(*) FROM profiled), 0)"

int db_profile(struct db *db, const struct db_side *side, const char *workload,
	       struct db_profile *out)
{
	int ret;

	*out = (struct db_profile){ .names = xstrdup("") };
	ret = db_each_row(
		db, PROFILED "SELECT avg(instructions), avg(ns), avg(idle_ns) FROM profiled",
		VALUES(TEXT(side->session), INT(side->arm), TEXT(workload)), set_window, out);
	if (ret == 0)
		ret = db_each_row(
			db,
			PROFILED
			"SELECT name, object, max(user),"
			" sum(function_count.instructions) * 1.0 / (SELECT count(*) FROM profiled),"
			" sum(calls) * 1.0 / (SELECT count(*) FROM profiled),"
			" sum(inclusive) * 1.0 / (SELECT count(*) FROM profiled)," MEAN(cycles) "," MEAN(accesses) "," MEAN(
				l1d) "," MEAN(l1i) "," MEAN(l2) "," MEAN(llc) "," MEAN(dtlb) "," MEAN(stlb) " FROM function_count JOIN profiled ON profiled.run = function_count.run"
													    " LEFT JOIN function_cache USING (run, workload, name, object)"
													    " WHERE workload = ?3 GROUP BY name, object ORDER BY name, object",
			VALUES(TEXT(side->session), INT(side->arm), TEXT(workload)), add_function,
			out);
	if (ret == 0 && out->count)
		ret = db_each_row(db, "SELECT names FROM kernel_symbols WHERE kernel = ?",
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

	c->items = db_grow(c->items, c->count, sizeof(*c->items));
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
	ret = db_each_row(
		db,
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
			const char *workload, const char *target, bool calls, bool cache,
			char **session, int64_t *base_arm, int64_t *new_arm)
{
	struct pair pair = { 0 };
	int ret = db_each_row(
		db,
		"WITH side AS (SELECT DISTINCT arm.session AS session, position, kernel"
		"  FROM arm JOIN comparable_run AS run"
		"   ON run.session = arm.session AND run.arm = arm.position"
		"  JOIN profile ON profile.run = run.id WHERE workload = ?3"
		"   AND (NOT ?6 OR EXISTS (SELECT 1 FROM call_node"
		"    WHERE call_node.run = run.id AND call_node.workload = ?3))"
		"   AND (NOT ?7 OR EXISTS (SELECT 1 FROM function_cache"
		"    WHERE function_cache.run = run.id AND function_cache.workload = ?3)))"
		" SELECT base.session, base.position, new.position"
		" FROM side AS base JOIN side AS new ON new.session = base.session"
		" JOIN session ON session.id = base.session"
		" WHERE base.kernel = ?1 AND new.kernel = ?2 AND (?4 = '' OR target = ?4)"
		"  AND (?1 <> ?2 OR ?5 OR base.position < new.position)"
		" ORDER BY (SELECT min(started) FROM run WHERE run.session = base.session) DESC,"
		"  base.session DESC, base.position, new.position LIMIT 1",
		VALUES(TEXT(base_kernel), TEXT(new_kernel ? new_kernel : base_kernel),
		       TEXT(workload), TEXT(target ? target : ""), INT(!new_kernel), INT(calls),
		       INT(cache)),
		set_pair, &pair);

	*session = pair.session;
	*base_arm = pair.base_arm;
	*new_arm = pair.new_arm;
	return ret;
}
