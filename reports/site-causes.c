// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which patch, which commit: the ladders and bisections of a site. What is one of them is told by the
 * runs (db/query.h); of a bisection the state in the data directory says what was searched for.
 */
#include <stdlib.h>
#include <string.h>

#include "ladder.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "pictures.h"
#include "site.h"

/* --- what there is ----------------------------------------------------------------------------- */

/* The key came from a run directory, and becomes a part of a path. NULL: it has no state, or none that
 * kab has made. A new string. */
static char *state_path(const struct site *s, const char *key)
{
	char *path;

	if (!s->data || !*key || key[strspn(key, "0123456789abcdef")])
		return NULL;
	path = xasprintf("%s/bisections/%s.json", s->data, key);
	if (file_exists(path))
		return path;
	free(path);
	return NULL;
}

/* Whether something was searched for; a state that cannot be read is told. */
static bool is_search(const struct site *s, const char *key)
{
	struct strvec metrics = STRVEC_INIT;
	char *path = state_path(s, key);
	bool found = path && search_metrics(path, &metrics) == 0 && metrics.count;

	strvec_release(&metrics);
	free(path);
	return found;
}

/* What is a part of which the newest `keep` are shown. */
struct keys {
	struct strvec shown, seen;
};

static bool is_shown(const struct site *s, struct keys *keys, const char *key, size_t keep)
{
	if (!strvec_has(&keys->seen, key)) {
		strvec_push(&keys->seen, key);
		if (keys->shown.count < keep && is_search(s, key))
			strvec_push(&keys->shown, key);
	}
	return strvec_has(&keys->shown, key);
}

void causes_choose(struct site *s, size_t keep)
{
	struct keys keys = { STRVEC_INIT, STRVEC_INIT };

	s->ladders = xcalloc(s->others.count + 1, sizeof(*s->ladders));
	for (size_t i = 0; i < s->others.count; i++) {
		const struct db_session *session = &s->others.items[i];

		if (!session->ladder) {
			if (is_shown(s, &keys, session->bisection, keep))
				site_show(s, session);
		} else if (s->ladder_count < keep) {
			site_show(s, session);
			s->ladders[s->ladder_count++].shown = &s->shown[s->shown_count - 1];
		}
	}
	strvec_release(&keys.shown);
	strvec_release(&keys.seen);
}

static int load_ladder(struct site *s, struct site_ladder *l)
{
	int ret;

	l->ladder = xcalloc(1, sizeof(*l->ladder));
	ret = ladder_load_stored(s->db, l->shown->session, l->ladder);
	if (ret != 0) {
		free(l->ladder);
		l->ladder = NULL;
	}
	return ret < 0 ? -1 : 0;
}

static int load_search(struct site *s, const char *key, const char *path, const char *metric)
{
	struct site_search b = { .key = xstrdup(key), .metric = xstrdup(metric) };
	int ret = hash_file(path, &b.file);

	b.stem = gnuplot_stem(key, metric);
	if (ret == 0)
		ret = search_load(&b.search, s->db, path, metric);
	if (ret == 0)
		b.ends = site_session(s, b.search.commits[0].sessions.items[0]);
	s->searches = xreallocarray(s->searches, s->search_count + 1, sizeof(*s->searches));
	s->searches[s->search_count] = b;
	if (ret == 0 && b.ends) {
		s->search_count++;
		return 0;
	}
	search_release(&b.search);
	free(b.key);
	free(b.metric);
	free(b.stem);
	return ret < 0 ? -1 : 0;
}

static int load_searches(struct site *s, const char *key)
{
	struct strvec metrics = STRVEC_INIT;
	char *path = state_path(s, key);
	int ret = 0;

	if (path && search_metrics(path, &metrics) == 0)
		for (size_t i = 0; i < metrics.count && ret == 0; i++)
			ret = load_search(s, key, path, metrics.items[i]);
	strvec_release(&metrics);
	free(path);
	return ret;
}

int causes_load(struct site *s)
{
	struct strvec keys = STRVEC_INIT;
	int ret = 0;

	for (size_t i = 0; i < s->ladder_count && ret == 0; i++)
		ret = load_ladder(s, &s->ladders[i]);
	for (size_t i = 0; i < s->shown_count && ret == 0; i++) {
		const char *key = s->shown[i].session->bisection;

		if (!key || strvec_has(&keys, key))
			continue;
		strvec_push(&keys, key);
		ret = load_searches(s, key);
	}
	strvec_release(&keys);
	return ret;
}

void causes_release(struct site *s)
{
	for (size_t i = 0; i < s->ladder_count; i++) {
		if (s->ladders[i].ladder)
			ladder_release(s->ladders[i].ladder);
		free(s->ladders[i].ladder);
	}
	for (size_t i = 0; i < s->search_count; i++) {
		search_release(&s->searches[i].search);
		free(s->searches[i].key);
		free(s->searches[i].metric);
		free(s->searches[i].stem);
	}
	free(s->ladders);
	free(s->searches);
	db_session_list_release(&s->others);
}

const struct ladder *site_session_ladder(const struct site *s, const struct site_session *shown)
{
	for (size_t i = 0; i < s->ladder_count; i++)
		if (s->ladders[i].shown == shown)
			return s->ladders[i].ladder;
	return NULL;
}

/* --- pages of bisections ----------------------------------------------------------------------- */

/* The state, the figures of all sessions that it names, and which of these have pages. */
static void search_hash(const struct site *s, const struct site_search *b, struct hash_hex *out)
{
	struct hash hash;

	hash_init(&hash);
	hash_part(&hash, "published", s->published ? "1" : "0");
	hash_part(&hash, "state", b->file.s);
	for (size_t i = 0; i < s->shown_count; i++) {
		const struct db_session *session = s->shown[i].session;

		if (session->bisection && !strcmp(session->bisection, b->key)) {
			hash_part(&hash, "session", session->id);
			hash_part(&hash, "content", session->content.s);
		}
	}
	hash_end(&hash, out);
}

static int render_search(struct site *s, const struct site_search *b)
{
	struct plots plots = { 0 };
	int ret = plots_draw_search(&s->folder, b, &plots);

	if (ret == 0) {
		pictures_keep(&s->folder, "bisections", &plots);
		ret = page_bisection(s, b, &plots);
	}
	plots_release(&plots);
	return ret;
}

int site_bisections(struct site *s)
{
	int ret = 0;

	for (size_t i = 0; i < s->search_count && ret == 0; i++) {
		const struct site_search *b = &s->searches[i];
		char *part = xasprintf("bisections/%s", b->stem);
		struct hash_hex hash;

		search_hash(s, b, &hash);
		if (!folder_fresh(&s->folder, part, &hash)) {
			folder_begin(&s->folder, part, &hash);
			ret = render_search(s, b);
		}
		free(part);
	}
	return ret;
}
