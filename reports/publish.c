// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The order of publishing. Before a file is replaced, the manifest at the destination says of it
 * that its bytes are unknown; afterwards it says which they are. So whatever is interrupted, by
 * whatever, the manifest never claims more than is true.
 */
#include "publish.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "destination.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/progress.h"
#include "lib/strvec.h"
#include "publish-plan.h"

#define CHECKPOINT_MS 10000 /* work that a kill -9 costs at most */

struct publisher {
	const struct publish_options *options;
	struct destination destination;
	struct filelist site;  /* what shall be there */
	struct filelist there; /* what the manifest says */
	struct publish_plan plan;
	struct progress progress;
	int64_t done, saved_ms;
	bool announced; /* the manifest at the destination is ours */
};

/* --- the manifest ------------------------------------------------------------------------------ */

/* 0, 1 when there is none, -1 with an error printed. */
static int load(struct publisher *p, struct filelist *out)
{
	const struct destination *d = &p->destination;
	struct strbuf text = STRBUF_INIT;
	char *name = xasprintf("%s (at \"%s\")", PUBLISH_MANIFEST, d->name);
	int ret = d->kind->get(&p->destination, PUBLISH_MANIFEST, &text);

	if (ret == 0)
		ret = filelist_parse(out, name, text.data, text.len);
	free(name);
	strbuf_release(&text);
	return ret;
}

static int save(struct publisher *p, bool complete)
{
	struct strbuf text = STRBUF_INIT;
	int ret;

	p->there.complete = complete;
	filelist_format(&p->there, &text);
	ret = p->destination.kind->put(&p->destination, PUBLISH_MANIFEST, text.data, text.len);
	p->saved_ms = clock_ms();
	strbuf_release(&text);
	return ret;
}

/* Whose manifest it is: the host for people, and a number that nobody else has. */
static int sign(struct filelist *v)
{
	char host[65] = "";
	uint64_t number;

	if (gethostname(host, sizeof(host) - 1) < 0)
		snprintf(host, sizeof(host), "unknown");
	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return error("no random numbers:");
	free(v->publisher);
	v->publisher = xasprintf("%s %016" PRIx64, host, number);
	return 0;
}

/* Nobody else has begun to publish here meanwhile. */
static int still_alone(struct publisher *p)
{
	struct filelist now = { 0 };
	int ret = load(p, &now);

	if (ret == 1)
		ret = error("the manifest at \"%s\" vanished", p->destination.name);
	else if (ret == 0 && strcmp(now.publisher, p->there.publisher) != 0)
		ret = error("someone else is publishing to \"%s\" (%s); what they put there may be "
			    "mixed with this site until the next call",
			    p->destination.name, now.publisher);
	filelist_release(&now);
	return ret;
}

/* Says what is about to change, so that no later call takes it for what it was. */
static int announce(struct publisher *p)
{
	struct strvec fresh = STRVEC_INIT;

	for (size_t i = 0; i < p->plan.put_count; i++) {
		const char *path = p->plan.put[i]->path;
		struct filelist_item *known = filelist_find(&p->there, path);

		if (known)
			known->hash = (struct hash_hex){ 0 };
		else
			strvec_push(&fresh, path);
	}
	for (size_t i = 0; i < fresh.count; i++)
		filelist_add(&p->there, fresh.items[i], "");
	filelist_sort(&p->there);
	strvec_release(&fresh);
	if (sign(&p->there) < 0 || save(p, false) < 0)
		return -1;
	p->announced = true;
	return 0;
}

/* --- files ------------------------------------------------------------------------------------- */

static int step(struct publisher *p)
{
	progress_update(&p->progress, ++p->done);
	if (interrupted())
		return error("interrupted; the next call goes on");
	if (clock_ms() - p->saved_ms < CHECKPOINT_MS)
		return 0;
	return save(p, false);
}

static int put(struct publisher *p, const struct filelist_item *item)
{
	char *full = xasprintf("%s/%s", p->options->site, item->path);
	struct strbuf data = STRBUF_INIT;
	struct hash_hex hash;
	int ret = file_read(full, &data);

	if (ret < 0)
		goto out;
	hash_buffer(data.data, data.len, &hash);
	if (strcmp(hash.s, item->hash.s) != 0) {
		ret = error("\"%s\" changed while it was published; the next call goes on", full);
		goto out;
	}
	verbose("put %s", item->path);
	ret = p->destination.kind->put(&p->destination, item->path, data.data, data.len);
	if (ret == 0) {
		filelist_find(&p->there, item->path)->hash = hash;
		ret = step(p);
	}
out:
	free(full);
	strbuf_release(&data);
	return ret;
}

static int put_all(struct publisher *p)
{
	bool checked = false;

	for (size_t i = 0; i < p->plan.put_count; i++) {
		/* Two at once do no harm until one changes pages for parts of the other. */
		if (!checked && publish_rank(p->plan.put[i]->path) != RANK_PART) {
			if (still_alone(p) < 0)
				return -1;
			checked = true;
		}
		if (put(p, p->plan.put[i]) < 0)
			return -1;
	}
	return 0;
}

/* Drops what is not in the site any more. */
static void forget(struct filelist *v, const struct filelist *site)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->count; i++) {
		struct filelist_item item = v->items[i];

		if (filelist_find(site, item.path))
			v->items[kept++] = item;
		else
			free(item.path);
	}
	v->count = kept;
}

static int remove_all(struct publisher *p)
{
	const struct strvec *paths = &p->plan.remove;

	if (paths->count && still_alone(p) < 0)
		return -1;
	for (size_t i = 0; i < paths->count; i++) {
		verbose("remove %s", paths->items[i]);
		if (p->destination.kind->remove(&p->destination, paths->items[i]) < 0 ||
		    step(p) < 0)
			return -1;
	}
	forget(&p->there, &p->site);
	return 0;
}

/* --- one call ---------------------------------------------------------------------------------- */

static int say_plan(const struct publisher *p)
{
	for (size_t i = 0; i < p->plan.put_count; i++)
		fprintf(p->options->out, "put %s\n", p->plan.put[i]->path);
	for (size_t i = 0; i < p->plan.remove.count; i++)
		fprintf(p->options->out, "remove %s\n", p->plan.remove.items[i]);
	return 0;
}

/* What was done is worth keeping; the error that ended it was reported. */
static void keep_progress(struct publisher *p)
{
	if (!p->announced || p->done == 0 || interrupted())
		return;
	p->destination.silent = true;
	p->destination.setup.tries = 1;
	if (save(p, false) < 0)
		verbose("what was put since the last checkpoint is put again next time");
}

static int carry_out(struct publisher *p)
{
	size_t puts = p->plan.put_count, removes = p->plan.remove.count;
	int ret = -1;

	progress_begin(&p->progress, "files", (int64_t)(puts + removes), "publishing to %s",
		       p->destination.name);
	if (announce(p) == 0 && put_all(p) == 0 && remove_all(p) == 0)
		ret = save(p, true);
	else
		keep_progress(p);
	progress_end(&p->progress, ret == 0 ? "done" : "stopped");
	if (ret == 0)
		note("published: %zu put, %zu removed, %zu already there", puts, removes,
		     p->site.count - puts);
	return ret;
}

static int publish_locked(struct publisher *p)
{
	if (destination_open(&p->destination, p->options) < 0 ||
	    filelist_scan(&p->site, p->options->site) < 0 || load(p, &p->there) < 0)
		return -1;
	publish_plan_make(&p->plan, &p->site, &p->there, p->options->all);
	if (p->options->dry_run)
		return say_plan(p);
	if (!p->plan.put_count && !p->plan.remove.count && p->there.complete) {
		note("\"%s\" has it all: %zu files", p->destination.name, p->site.count);
		return 0;
	}
	return carry_out(p);
}

int publish(const struct publish_options *o)
{
	struct publisher p = { .options = o };
	struct hash_hex hash;
	char *lock_path;
	int lock, ret = -1;

	hash_buffer(o->destination, strlen(o->destination), &hash);
	lock_path = xasprintf("%s/%.16s.lock", o->lock_dir, hash.s);
	lock = file_lock(lock_path, "another kab that publishes there", false);
	free(lock_path);
	if (lock < 0)
		return -1;
	ret = publish_locked(&p);
	publish_plan_release(&p.plan);
	filelist_release(&p.site);
	filelist_release(&p.there);
	destination_release(&p.destination);
	close(lock);
	return ret;
}
