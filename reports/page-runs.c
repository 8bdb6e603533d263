// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The runs of a session: a page with all of them, and a page for each.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "page-compare.h"
#include "page-run.h"
#include "table.h"
#include "trend.h"

#define ROOT PAGE_RUN_ROOT

static const char *name_of(const struct db_run *run)
{
	const char *slash = strrchr(run->id, '/');

	return slash ? slash + 1 : run->id;
}

/* The run directory, when its id is one that kab gives. A new string, or NULL. */
static char *source_of(const struct site *s, const struct site_session *session,
		       const struct db_run *run)
{
	const char *id = session->session->id, *name = name_of(run);

	if (!s->data || strchr(id, '/') || *id == '.' || *name == '.')
		return NULL;
	return xasprintf("%s/sessions/%s/runs/%s", s->data, id, name);
}

static void list_row(struct table *t, const struct run_view *v)
{
	char *href = xasprintf("%s.html", v->name);

	table_row(t, NULL);
	table_link(t, v->name, href);
	table_cell(t, &(struct table_cell){ .text = v->run->failed ? "failed" : "complete",
					    .badge = v->run->failed ? "worse" : "" });
	table_text(t, v->side->spec);
	table_text(t, v->run->workloads);
	table_text(t, v->run->started);
	table_text(t, v->there ? "kept" : "pruned");
	free(href);
}

static int page_list(struct site *s, const struct site_session *session, const struct table *t,
		     bool compared)
{
	char *dir = xasprintf("%s/runs", session->dir), *path = xasprintf("%s/index.html", dir);
	char *data = xasprintf("%s/index", dir), *name = site_session_name(session->session);
	struct site_way way = site_way_of(session->session);
	char *above = xasprintf(ROOT "%s", way.list);
	struct frame f = { .title = "Runs",
			   .root = ROOT,
			   .published = s->published,
			   .section = way.section,
			   .crumbs = { { way.above, above },
				       { way.here, compared ? "../index.html" : NULL },
				       { "Runs", NULL } } };
	struct html h = HTML_INIT;
	int ret = table_files(&s->folder, t, data);

	frame_open(&h, &f);
	html_open(&h, "h1");
	html_textf(&h, "%s: runs", name);
	html_close(&h, "h1");
	html_open(&h, "p", "class", "soft");
	html_textf(&h, "Session %s: %zu runs, %zu failed.", session->session->id,
		   session->session->runs, session->session->failed_runs);
	html_close(&h, "p");
	table_html(&h, t, "Runs", "index");
	frame_close(&h);
	if (ret == 0)
		ret = site_write(s, path, &h);
	html_release(&h);
	free(above);
	site_way_release(&way);
	free(name);
	free(data);
	free(path);
	free(dir);
	return ret;
}

/* The runs of one side. */
static int render_side(struct site *s, const struct site_session *session,
		       const struct db_side *side, const struct db_runs *runs, struct table *list,
		       bool compared)
{
	struct db_metrics metrics = { 0 };
	struct db_findings found = { 0 };
	int ret = db_metrics(s->db, side, &metrics) < 0 || db_findings(s->db, side, &found) < 0 ? -1
												: 0;

	for (size_t i = 0; i < runs->count && ret == 0; i++) {
		struct run_view v = { .session = session,
				      .run = &runs->items[i],
				      .side = side,
				      .metrics = &metrics,
				      .findings = &found };

		if (runs->items[i].arm != side->arm)
			continue;
		v.name = gnuplot_stem(name_of(v.run), NULL);
		v.source = source_of(s, session, v.run);
		v.dir = xasprintf("%s/runs", session->dir);
		v.there = v.source && file_exists(v.source);
		ret = db_run_facts(s->db, v.run->id, &v.facts);
		list_row(list, &v);
		if (ret == 0)
			ret = page_run(s, &v, compared);
		db_facts_release(&v.facts);
		free(v.dir);
		free(v.source);
		free(v.name);
	}
	db_findings_release(&found);
	db_metrics_release(&metrics);
	return ret;
}

int site_runs(struct site *s, const struct site_session *session, bool compared)
{
	static const struct table_column columns[] = {
		{ "run", "run", false },	 { "outcome", "outcome", false },
		{ "kernel", "kernel", true },	 { "workloads", "workloads", true },
		{ "started", "started", false }, { "raw_files", "raw files", false },
	};
	struct db_runs runs = { 0 };
	struct table list;
	int ret = db_runs(s->db, session->session->id, &runs);

	table_init(&list, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < session->sides.count && ret == 0; i++)
		ret = render_side(s, session, &session->sides.items[i], &runs, &list, compared);
	if (ret == 0)
		ret = page_list(s, session, &list, compared);
	table_release(&list);
	db_runs_release(&runs);
	return ret;
}

void site_runs_hash(const struct site *s, const struct site_session *session, struct hash *hash)
{
	char *dir = s->data && !strchr(session->session->id, '/')
			    ? xasprintf("%s/sessions/%s/runs", s->data, session->session->id)
			    : NULL;
	struct strvec names = STRVEC_INIT;

	/* Which run directories are there; a complete one never changes. */
	if (dir && dir_list(dir, &names) == 0)
		for (size_t i = 0; i < names.count; i++)
			hash_part(hash, "run", names.items[i]);
	strvec_release(&names);
	free(dir);
}
