// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was found in the runs of one side, and what they ran on.
 */
#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "rows.h"

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

	list->items = db_grow(list->items, list->count, sizeof(*list->items));
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
	return db_each_row(db,
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
	list->items = db_grow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = (struct db_fact){ .key = key, .value = value };
}

int db_facts(struct db *db, const struct db_side *side, struct db_facts *out)
{
	*out = (struct db_facts){ 0 };
	return db_each_row(
		db,
		"SELECT DISTINCT key, value"
		" FROM environment JOIN run ON run.id = environment.run"
		" JOIN workload ON workload.run = run.id"
		" WHERE session = ?1 AND arm = ?2" IN_PAIR("workload.name") ")"
									    " ORDER BY key, value",
		SIDE(side), add_fact, out);
}

int db_run_facts(struct db *db, const char *run, struct db_facts *out)
{
	*out = (struct db_facts){ 0 };
	return db_each_row(db, "SELECT key, value FROM environment WHERE run = ? ORDER BY key",
			   VALUES(TEXT(run)), add_fact, out);
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
