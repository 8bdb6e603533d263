// SPDX-License-Identifier: GPL-2.0-or-later
#include "site.h"

#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "groups.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "reports.h"

/* --- what pages ask ---------------------------------------------------------------------------- */

const struct site_session *site_session(const struct site *s, const char *id)
{
	for (size_t i = 0; i < s->shown_count; i++)
		if (!strcmp(s->shown[i].session->id, id))
			return &s->shown[i];
	return NULL;
}

bool site_has_kernel(const struct site *s, const char *id)
{
	return strvec_has(&s->kernels, id);
}

char *site_kernel_page(const char *id)
{
	char *stem = gnuplot_stem(id, NULL), *page = xasprintf("kernels/%s.html", stem);

	free(stem);
	return page;
}

const struct history_line *site_line(const struct site *s, const char *plan, const char *spec,
				     const char *workload, const char *metric)
{
	for (size_t i = 0; i < s->history.count; i++) {
		const struct db_line *l = s->history.items[i].line;

		if (!strcmp(l->metric, metric) && !strcmp(l->workload, workload) &&
		    !strcmp(l->spec, spec) && !strcmp(l->plan, plan))
			return &s->history.items[i];
	}
	return NULL;
}

char *site_trend_page(const char *workload, const char *metric)
{
	return gnuplot_stem(workload, metric_group(metric)->name);
}

int site_write(struct site *s, const char *name, struct html *h)
{
	int ret = folder_write(&s->folder, name, h->out.data, h->out.len);

	html_release(h);
	return ret;
}

/* --- what the site is made of ------------------------------------------------------------------ */

static struct site_plan *find_plan(struct site *s, const char *name)
{
	for (size_t i = 0; i < s->plan_count; i++)
		if (!strcmp(s->plans[i].name, name))
			return &s->plans[i];
	return NULL;
}

static int by_name(const void *a, const void *b)
{
	const struct site_plan *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The newest `keep` sessions of each plan; the list has the newest first. */
static void choose_sessions(struct site *s, size_t keep)
{
	size_t *taken = xcalloc(s->sessions.count + 1, sizeof(*taken));

	s->plans = xcalloc(s->sessions.count + 1, sizeof(*s->plans));
	s->shown = xcalloc(s->sessions.count + 1, sizeof(*s->shown));
	for (size_t i = 0; i < s->sessions.count; i++) {
		const struct db_session *session = &s->sessions.items[i];
		struct site_plan *p = find_plan(s, session->plan);

		if (!p) {
			char *stem = gnuplot_stem(session->plan, NULL);

			p = &s->plans[s->plan_count++];
			*p = (struct site_plan){ .name = session->plan,
						 .dir = xasprintf("trends/%s", stem),
						 .newest = session,
						 .former = STRVEC_INIT };
			free(stem);
		}
		if (taken[p - s->plans]++ < keep) {
			char *stem = gnuplot_stem(session->id, NULL);

			s->shown[s->shown_count++] =
				(struct site_session){ .session = session,
						       .dir = xasprintf("sessions/%s", stem) };
			free(stem);
		}
	}
	if (s->plan_count)
		qsort(s->plans, s->plan_count, sizeof(*s->plans), by_name);
	free(taken);
}

static int load_kernels(struct site *s)
{
	for (size_t i = 0; i < s->shown_count; i++) {
		struct db_sides *sides = &s->shown[i].sides;

		if (db_sides(s->db, s->shown[i].session->id, sides) < 0)
			return -1;
		for (size_t k = 0; k < sides->count; k++)
			if (!strvec_has(&s->kernels, sides->items[k].kernel_id))
				strvec_push(&s->kernels, sides->items[k].kernel_id);
	}
	return 0;
}

/* A session of one kernel has nothing to judge, which is no error here. */
static int judge(struct site *s, const char *session, struct judgements *out)
{
	struct db_pairs pairs = { 0 };
	int ret = db_pairs(s->db, session, &pairs);

	if (ret == 0 && pairs.count)
		ret = judge_session(s->db, session, -1, out);
	db_pairs_release(&pairs);
	return ret;
}

/* The last SITE_NIGHTS nights of each plan, whatever they have in them. */
static int load_history(struct site *s)
{
	const struct db_session **nights =
		xcalloc(s->sessions.count + 1, sizeof(const struct db_session *));
	size_t *taken = xcalloc(s->plan_count + 1, sizeof(*taken)), count = 0;
	int ret;

	for (size_t i = 0; i < s->sessions.count; i++)
		if (taken[find_plan(s, s->sessions.items[i].plan) - s->plans]++ < SITE_NIGHTS)
			nights[count++] = &s->sessions.items[i];
	for (size_t i = 0; i < count / 2; i++) {
		const struct db_session *swap = nights[i];

		nights[i] = nights[count - 1 - i];
		nights[count - 1 - i] = swap;
	}
	ret = db_lines(s->db, nights, count, true, &s->history.lines);
	if (ret == 0)
		history_judge(&s->history, false);
	free(nights);
	free(taken);
	return ret;
}

static int load(struct site *s, size_t keep)
{
	if (db_session_list(s->db, &s->sessions, NULL) < 0)
		return -1;
	if (!s->sessions.count)
		return error("the database has no session yet");
	choose_sessions(s, keep);
	if (load_kernels(s) < 0 || load_history(s) < 0)
		return -1;
	for (size_t i = 0; i < s->plan_count; i++) {
		struct site_plan *p = &s->plans[i];

		if (judge(s, p->newest->id, &p->judged) < 0 ||
		    self_checks_of(s->db, &s->sessions, p->name, keep, &p->checks) < 0)
			return -1;
	}
	return 0;
}

static void site_release(struct site *s)
{
	for (size_t i = 0; i < s->plan_count; i++) {
		judgements_release(&s->plans[i].judged);
		self_checks_release(&s->plans[i].checks);
		strvec_release(&s->plans[i].former);
		free(s->plans[i].dir);
	}
	for (size_t i = 0; i < s->shown_count; i++) {
		db_sides_release(&s->shown[i].sides);
		free(s->shown[i].dir);
	}
	free(s->plans);
	free(s->shown);
	strvec_release(&s->kernels);
	history_release(&s->history);
	db_session_list_release(&s->sessions);
	folder_release(&s->folder);
}

/* --- sessions ---------------------------------------------------------------------------------- */

static char *plan_dir(const struct site *s, const char *name)
{
	for (size_t i = 0; i < s->plan_count; i++)
		if (!strcmp(s->plans[i].name, name))
			return xasprintf("../../%s/index.html", s->plans[i].dir);
	return NULL;
}

static int render_session(struct site *s, const struct site_session *shown)
{
	struct session_place place = { .dir = shown->dir };
	char *nights = plan_dir(s, shown->session->plan);
	struct judgements list = { 0 };
	int ret = judge(s, shown->session->id, &list);

	place.links = (struct page_links){ .root = "../../",
					   .nights = nights,
					   .kernels = "../../kernels/",
					   .runs = "runs/index.html",
					   .published_site = s->published };
	if (ret == 0 && list.count)
		ret = session_pages(&s->folder, &place, list.items, list.count);
	if (ret == 0)
		ret = site_runs(s, shown, list.count != 0);
	judgements_release(&list);
	free(nights);
	return ret;
}

/* What it has in the database, and whether its run directories are there. */
static void session_hash(struct site *s, const struct site_session *shown, struct hash_hex *out)
{
	struct hash hash;

	hash_init(&hash);
	hash_part(&hash, "published", s->published ? "1" : "0");
	site_runs_hash(s, shown, &hash);
	hash_part(&hash, "session", shown->session->id);
	hash_part(&hash, "content", shown->session->content.s);
	hash_end(&hash, out);
}

static int render_sessions(struct site *s)
{
	for (size_t i = 0; i < s->shown_count; i++) {
		struct hash_hex hash;

		session_hash(s, &s->shown[i], &hash);
		if (folder_fresh(&s->folder, s->shown[i].dir, &hash))
			continue;
		folder_begin(&s->folder, s->shown[i].dir, &hash);
		if (render_session(s, &s->shown[i]) < 0)
			return -1;
	}
	return 0;
}

/* --- published against measured ---------------------------------------------------------------- */

/* The plan whose newest session measured most of what was published, or NULL. */
static const struct site_plan *find_measured(const struct site *s, struct published *p)
{
	const struct site_plan *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < s->plan_count; i++) {
		const struct judgements *j = &s->plans[i].judged;
		size_t found = j->count ? published_match(p, j->items, j->count) : 0;

		if (found > most) {
			most = found;
			best = &s->plans[i];
		}
	}
	if (best)
		published_match(p, best->judged.items, best->judged.count);
	return best;
}

int site_published(struct site *s)
{
	char *path = path_share("configs/published.json");
	const struct page_links links = { .root = "", .published_site = true };
	const struct site_plan *plan = NULL;
	struct published p = { 0 };
	struct html h = HTML_INIT;
	int ret = path ? published_load(&p, path) : -1;

	if (ret == 0)
		plan = find_measured(s, &p);
	s->published = plan != NULL;
	if (plan) {
		folder_begin(&s->folder, "published", NULL);
		page_published(&h, &p, &plan->judged.items[0].base, &links);
		ret = site_write(s, "published.html", &h);
		if (ret == 0)
			ret = published_files(&s->folder, &p, "published");
	}
	published_release(&p);
	free(path);
	return ret;
}

/* --- the whole --------------------------------------------------------------------------------- */

int report_site(struct db *db, const struct site_options *o, struct site_summary *out)
{
	static int (*const parts[])(struct site * s) = { render_sessions, site_trends, site_nights,
							 site_kernels,	  site_badges, site_feed,
							 site_front };
	struct site s = { .db = db, .data = o->data };
	int ret = folder_open(&s.folder, o->dir);

	if (ret == 0)
		ret = load(&s, o->sessions ? o->sessions : SITE_SESSIONS);
	if (ret == 0)
		ret = site_published(&s);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && ret == 0; i++)
		ret = parts[i](&s);
	if (ret == 0)
		ret = folder_finish(&s.folder);
	*out = (struct site_summary){ s.folder.rendered, s.folder.written };
	site_release(&s);
	return ret;
}
