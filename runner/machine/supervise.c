// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervise.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "boot.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/progress.h"

#define TICK_MS	  500 /* for file systems without inotify, and for the progress line */
#define LABEL_MAX 46

/* The guests that run, and those that wait. */
struct crew {
	struct guest *guests;
	size_t count, next, done;
	struct boot *boots; /* the first `running` of them */
	size_t running, parallel;
	int inotify;
	struct progress progress;
	bool shown;
	const struct supervise_events *events;
};

/* A directory is watched, not its two files: QEMU opens them in its own time. */
static int watch(const struct crew *c, const char *run_path)
{
	if (inotify_add_watch(c->inotify, run_path, IN_MODIFY) < 0)
		return error("cannot watch \"%s\":", run_path);
	return 0;
}

static int fill(struct crew *c)
{
	while (c->running < c->parallel && c->next < c->count) {
		struct guest *g = &c->guests[c->next++];

		if (c->events->starting && c->events->starting(g, c->events->ctx) < 0)
			return -1;
		if (watch(c, g->run_path) < 0)
			return -1;
		c->running++;
		if (boot_start(&c->boots[c->running - 1], g) < 0)
			return -1;
	}
	return 0;
}

/* Closes the gap that a boot leaves in the array. */
static int retire(struct crew *c, size_t index)
{
	struct boot b = c->boots[index];

	c->boots[index] = c->boots[--c->running];
	if (boot_finish(&b) < 0)
		return -1;
	c->done++;
	return c->events->ended ? c->events->ended(b.guest, c->events->ctx) : 0;
}

static int attend(struct crew *c)
{
	for (size_t i = 0; i < c->running;) {
		struct boot *b = &c->boots[i];

		if (boot_follow(b) < 0 || boot_check_deadline(b) < 0)
			return -1;
		if (!boot_ended(b))
			i++;
		else if (retire(c, i) < 0)
			return -1;
	}
	return 0;
}

static int64_t time_left(const struct crew *c)
{
	int64_t now = clock_ms();
	int64_t left = TICK_MS;

	for (size_t i = 0; i < c->running; i++)
		if (c->boots[i].deadline_ms - now < left)
			left = c->boots[i].deadline_ms - now;
	return left > 0 ? left : 0;
}

/* Sleeps until something happens; what it was is found by looking at everything. */
static int wait_for_news(const struct crew *c)
{
	struct pollfd *fds = xcalloc(c->running + 2, sizeof(*fds));
	char events[4096];
	int ready;

	fds[0] = (struct pollfd){ .fd = interrupt_fd(), .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = c->inotify, .events = POLLIN };
	for (size_t i = 0; i < c->running; i++)
		fds[i + 2] = (struct pollfd){ .fd = c->boots[i].proc.pidfd, .events = POLLIN };
	ready = poll(fds, c->running + 2, (int)time_left(c));
	if (ready > 0 && fds[1].revents)
		while (read(c->inotify, events, sizeof(events)) > 0)
			;
	free(fds);
	return ready < 0 && errno != EINTR ? error("cannot wait for the guests:") : 0;
}

static void set_label(struct progress *p, char *label)
{
	free(p->label);
	p->label = label;
}

static void show(struct crew *c)
{
	struct strbuf label = STRBUF_INIT;

	if (!c->shown || !c->running)
		return;
	for (size_t i = 0; i < c->running; i++) {
		strbuf_adds(&label, i ? ", " : "");
		boot_describe(&c->boots[i], &label);
	}
	if (label.len > LABEL_MAX)
		set_label(&c->progress, xasprintf("%.*s ...", LABEL_MAX, label.data));
	else
		set_label(&c->progress, strbuf_detach(&label));
	strbuf_release(&label);
	progress_update(&c->progress, (int64_t)c->done);
}

static int run(struct crew *c)
{
	while (c->done < c->count) {
		if (interrupted())
			return 1;
		if (fill(c) < 0 || attend(c) < 0)
			return -1;
		show(c);
		if (c->running && wait_for_news(c) < 0)
			return -1;
	}
	return 0;
}

int supervise(struct guest *guests, size_t count, int parallel, const struct supervise_events *ev)
{
	struct crew c = { .guests = guests,
			  .count = count,
			  .parallel = (size_t)(parallel > 0 ? parallel : 1),
			  .events = ev };
	int result = -1;

	if (!count)
		return 0;
	c.boots = xcalloc(c.parallel, sizeof(*c.boots));
	c.inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (c.inotify < 0) {
		error("cannot use inotify:");
		goto out;
	}
	c.shown = guests[0].label;
	if (c.shown)
		progress_begin(&c.progress, "boots", (int64_t)count, "guests");
	result = run(&c);
	for (size_t i = 0; i < c.running; i++)
		boot_abandon(&c.boots[i]);
	if (c.shown) {
		set_label(&c.progress, xstrdup("guests"));
		c.progress.done = (int64_t)c.done;
		progress_end(&c.progress, result == 1 ? "interrupted" : NULL);
	}
	close(c.inotify);
out:
	free(c.boots);
	return result;
}
