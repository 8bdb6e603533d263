// SPDX-License-Identifier: GPL-2.0-or-later
#include "site.h"

#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "groups.h"
#include "ladder.h"
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

bool site_is_night(const struct db_session *session)
{
	return !session->ladder && !session->bisection;
}

char *site_session_name(const struct db_session *session)
{
	if (session->ladder)
		return xasprintf("%s, patch by patch", session->ladder);
	return xasprintf("%s, %.16s", session->plan, session->started);
}

struct site_way site_way_of(const struct db_session *session)
{
	char *stem = gnuplot_stem(session->plan, NULL);
	struct site_way w;

	if (site_is_night(session))
		w = (struct site_way){ .above = session->plan,
				       .list = xasprintf("trends/%s/index.html", stem),
				       .here = xasprintf("%.16s", session->started),
				       .section = SECTION_OVERVIEW };
	else
		w = (struct site_way){ .above = "Causes",
				       .list = xstrdup("causes/index.html"),
				       .here = site_session_name(session),
				       .section = SECTION_CAUSES };
	free(stem);
	return w;
}

void site_way_release(struct site_way *w)
{
	free(w->list);
	free(w->here);
}

bool site_session_indexed(const struct site *s, const struct site_session *shown)
{
	if (shown->session->ladder)
		return site_session_ladder(s, shown) != NULL;
	return shown->sides.count > 1;
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

void site_show(struct site *s, const struct db_session *session)
{
	char *stem = gnuplot_stem(session->id, NULL);

	s->shown[s->shown_count++] = (struct site_session){
		.session = session,
		.dir = xasprintf("sessions/%s", stem),
	};
	free(stem);
}

/* The newest `keep` sessions of each plan; the list has the newest first. */
static void choose_nights(struct site *s, size_t keep)
{
	size_t *taken = xcalloc(s->sessions.count + 1, sizeof(*taken));

	s->plans = xcalloc(s->sessions.count + 1, sizeof(*s->plans));
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
		if (taken[p - s->plans]++ < keep)
			site_show(s, session);
	}
	if (s->plan_count)
		qsort(s->plans, s->plan_count, sizeof(*s->plans), by_name);
	free(taken);
}

/* Those that a bisection tried on its way have no pages: there are many, and each is there once. */
static int load_kernels(struct site *s)
{
	for (size_t i = 0; i < s->shown_count; i++) {
		struct db_sides *sides = &s->shown[i].sides;

		if (db_sides(s->db, s->shown[i].session->id, sides) < 0)
			return -1;
		for (size_t k = 0; k < sides->count && !s->shown[i].session->bisection; k++)
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
	if (db_session_list(s->db, &s->sessions, &s->others) < 0)
		return -1;
	if (!s->sessions.count && !s->others.count)
		return error("the database has no session yet");
	s->shown = xcalloc(s->sessions.count + s->others.count, sizeof(*s->shown));
	choose_nights(s, keep);
	causes_choose(s, keep);
	if (load_kernels(s) < 0 || causes_load(s) < 0 || load_history(s) < 0)
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
	causes_release(s);
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

static int render_comparisons(struct site *s, const struct site_session *shown,
			      const struct session_place *place)
{
	struct judgements list = { 0 };
	int ret = judge(s, shown->session->id, &list);

	if (ret == 0 && list.count)
		ret = session_pages(&s->folder, place, list.items, list.count);
	if (ret == 0)
		ret = site_runs(s, shown, list.count != 0);
	judgements_release(&list);
	return ret;
}

static int render_ladder(struct site *s, const struct site_session *shown,
			 const struct session_place *place)
{
	const struct ladder *l = site_session_ladder(s, shown);
	int ret = l ? ladder_pages(&s->folder, place->dir, l, &place->links) : 0;

	return ret < 0 ? -1 : site_runs(s, shown, l != NULL);
}

static int render_session(struct site *s, const struct site_session *shown)
{
	struct session_place place = { .dir = shown->dir };
	struct site_way way = site_way_of(shown->session);
	char *nights = xasprintf("../../%s", way.list);
	int ret;

	place.links = (struct page_links){ .root = "../../",
					   .nights = nights,
					   .runs = "runs/index.html",
					   .published_site = s->published };
	if (!shown->session->bisection)
		place.links.kernels = "../../kernels/";
	if (shown->session->ladder)
		ret = render_ladder(s, shown, &place);
	else
		ret = render_comparisons(s, shown, &place);
	free(nights);
	site_way_release(&way);
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
	static int (*const parts[])(struct site * s) = {
		render_sessions, site_trends, site_nights, site_kernels, site_bisections,
		site_causes,	 site_badges, site_feed,   site_front,
	};
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
