// SPDX-License-Identifier: GPL-2.0-or-later
#include "retention.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"

/* A session with run directories. */
struct candidate {
	char *id;
	char *path;
	char *plan;	    /* of its first run; NULL when that is not readable */
	struct strvec runs; /* names of folders in PATH/runs */
	int64_t bytes;
	bool newest; /* of its plan */
};

struct candidates {
	struct candidate *items; /* the oldest first, as ids begin with the time */
	size_t count;
};

static void release(struct candidates *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->items[i].id);
		free(c->items[i].path);
		free(c->items[i].plan);
		strvec_release(&c->items[i].runs);
	}
	free(c->items);
}

/* Where a directory is on its way out: not among the runs any more. */
static char *bin_of(const struct candidate *s)
{
	return xasprintf("%s/pruning", s->path);
}

static char *plan_of(const char *run_path)
{
	struct rundir run = { 0 };
	char *plan = NULL;

	if (rundir_open(&run, run_path) == 0)
		plan = xstrdup(run.plan);
	rundir_close(&run);
	return plan;
}

static int fill(struct candidate *s, const char *sessions, const char *id)
{
	char *runs = xasprintf("%s/%s/runs", sessions, id);
	int ret = dir_list(runs, &s->runs);

	s->id = xstrdup(id);
	s->path = xasprintf("%s/%s", sessions, id);
	if (ret == 0 && s->runs.count) {
		char *first = xasprintf("%s/%s", runs, s->runs.items[0]);

		s->bytes = dir_size(runs);
		s->plan = plan_of(first);
		ret = s->bytes < 0 ? -1 : 0;
		free(first);
	}
	free(runs);
	return ret;
}

static void mark_newest(struct candidates *c)
{
	for (size_t i = 0; i < c->count; i++) {
		c->items[i].newest = c->items[i].plan != NULL;
		for (size_t k = i + 1; k < c->count && c->items[i].newest; k++)
			if (c->items[k].plan && !strcmp(c->items[i].plan, c->items[k].plan))
				c->items[i].newest = false;
	}
}

static int list(const char *sessions, struct candidates *c)
{
	struct strvec ids = STRVEC_INIT;
	int ret = dir_list(sessions, &ids);

	c->items = xcalloc(ids.count + 1, sizeof(*c->items));
	for (size_t i = 0; ret == 0 && i < ids.count; i++)
		ret = fill(&c->items[c->count++], sessions, ids.items[i]);
	strvec_release(&ids);
	mark_newest(c);
	return ret;
}

/* "20261120T190000Z-1a2b3c4d" begins with the time; false for what does not. */
static bool older_than(const char *id, int64_t days)
{
	time_t limit = time(NULL) - (time_t)(days * 86400);
	struct tm tm = { 0 };
	char text[32];

	gmtime_r(&limit, &tm);
	strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &tm);
	return strlen(id) > strlen(text) && id[strlen(text)] == '-' &&
	       strncmp(id, text, strlen(text)) < 0;
}

static bool run_is_expendable(const char *path, const struct retention_events *events)
{
	struct rundir run = { 0 };
	bool yes = rundir_open(&run, path) == 0 && events->expendable(&run, events->ctx);

	rundir_close(&run);
	return yes;
}

static bool is_expendable(const struct candidate *s, const struct retention_events *events)
{
	if (s->newest || !s->runs.count || !rundir_is_complete(s->path))
		return false;
	for (size_t i = 0; i < s->runs.count; i++) {
		char *path = xasprintf("%s/runs/%s", s->path, s->runs.items[i]);
		bool yes = run_is_expendable(path, events);

		free(path);
		if (!yes)
			return false;
	}
	return true;
}

/* In addition to what was removed before. */
static int write_down(const struct candidate *s)
{
	char *path = xasprintf("%s/pruned", s->path);
	struct strbuf text = STRBUF_INIT;
	int ret = file_read_optional(path, &text);

	for (size_t i = 0; i < s->runs.count; i++)
		strbuf_addf(&text, "%s/%s\n", s->id, s->runs.items[i]);
	ret = ret < 0 ? -1 : file_write(path, text.data, text.len);
	strbuf_release(&text);
	free(path);
	return ret;
}

/* Out of the runs first, by one rename: half a directory must not pass for a run. */
static int remove_run(const struct candidate *s, const char *bin, const char *name)
{
	char *from = xasprintf("%s/runs/%s", s->path, name);
	char *to = xasprintf("%s/%s", bin, name);
	int ret = dir_remove(to);

	if (ret == 0 && rename(from, to) < 0)
		ret = error("cannot rename \"%s\" to \"%s\":", from, to);
	free(from);
	free(to);
	return ret;
}

static int remove_session(const struct candidate *s)
{
	char *bin = bin_of(s);
	int ret = write_down(s);

	if (ret == 0)
		ret = dir_make(bin);
	for (size_t i = 0; ret == 0 && i < s->runs.count; i++)
		ret = remove_run(s, bin, s->runs.items[i]);
	if (ret == 0)
		ret = dir_remove(bin);
	free(bin);
	return ret;
}

/* 0; 1 when another kab is using it, so that it stays; -1 with an error printed. */
static int prune(const struct candidate *s, bool dry_run, const struct retention_events *events)
{
	char *name = xasprintf("%s/lock", s->path);
	int lock = file_lock(name, "the session", true);
	int ret = 0;

	free(name);
	if (lock < 0)
		return lock == -2 ? 1 : -1;
	events->prune(s->id, s->runs.count, s->bytes, events->ctx);
	if (!dry_run)
		ret = remove_session(s);
	close(lock);
	return ret;
}

/* What a killed call has left. */
static int empty_bins(const struct candidates *c)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < c->count; i++) {
		char *bin = bin_of(&c->items[i]);

		ret = dir_remove(bin);
		free(bin);
	}
	return ret;
}

int retention_apply(const char *sessions, const struct retention *r, bool dry_run,
		    const struct retention_events *events)
{
	struct candidates c = { 0 };
	bool begun = dry_run;
	int64_t total = 0;
	int ret = list(sessions, &c);

	if (ret == 0 && !dry_run)
		ret = empty_bins(&c);
	for (size_t i = 0; i < c.count; i++)
		total += c.items[i].bytes;
	for (size_t i = 0; ret == 0 && i < c.count; i++) {
		struct candidate *s = &c.items[i];
		bool old = r->days && older_than(s->id, r->days);

		if (!(old || (r->bytes && total > r->bytes)) || !is_expendable(s, events))
			continue;
		if (!begun)
			ret = events->begin(events->ctx);
		begun = true;
		if (ret == 0)
			ret = prune(s, dry_run, events);
		total -= ret == 0 ? s->bytes : 0;
		ret = ret == 1 ? 0 : ret;
	}
	release(&c);
	return ret;
}

static int read_pruned(const char *path, struct strvec *ids)
{
	struct strbuf text = STRBUF_INIT;
	int ret = file_read_optional(path, &text);

	if (ret == 0)
		strvec_split(ids, text.data, "\n");
	strbuf_release(&text);
	return ret < 0 ? -1 : 0;
}

int retention_pruned(const char *sessions, struct strvec *ids)
{
	struct strvec names = STRVEC_INIT;
	int ret = dir_list(sessions, &names);

	for (size_t i = 0; ret == 0 && i < names.count; i++) {
		char *path = xasprintf("%s/%s/pruned", sessions, names.items[i]);

		ret = read_pruned(path, ids);
		free(path);
	}
	strvec_release(&names);
	return ret;
}
