// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep.h"

#include <pthread.h>
#include <stdlib.h>

#include "collect.h"
#include "lib/alloc.h"
#include "lib/cpus.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/proc.h"

/* How far readers may be ahead of the one that takes, for each of them: bounds the memory. */
#define AHEAD 4

struct slot {
	struct swept swept;
	bool ready;
};

struct pool {
	const struct strvec *paths;
	const struct sweep_events *events;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* any of what follows */
	struct slot *slots;	/* path i is in slot i % slot_count */
	size_t slot_count;
	size_t next;  /* path to be read */
	size_t taken; /* paths that were handed over */
	bool stopped;
};

static enum swept_state read_run(const struct sweep_events *events, struct swept *s)
{
	int opened;

	if (!file_exists(s->path)) {
		error("there is no run directory \"%s\"", s->path);
		return SWEPT_DAMAGED;
	}
	opened = rundir_open(&s->run, s->path);
	if (opened != 0)
		return opened < 0 ? SWEPT_DAMAGED : SWEPT_INCOMPLETE;
	if (events->wanted && !events->wanted(&s->run, events->ctx))
		return SWEPT_UNWANTED;
	return collect(&s->run, &s->o) < 0 ? SWEPT_DAMAGED : SWEPT_READ;
}

static void release(struct swept *s)
{
	observations_release(&s->o);
	rundir_close(&s->run);
}

/* The next path whose slot is free; false when there is none any more. */
static bool begin(struct pool *p, size_t *index)
{
	while (!p->stopped && p->next < p->paths->count && p->next >= p->taken + p->slot_count)
		pthread_cond_wait(&p->changed, &p->lock);
	if (p->stopped || p->next == p->paths->count)
		return false;
	*index = p->next++;
	return true;
}

static void *work(void *arg)
{
	struct pool *p = arg;
	size_t index;

	pthread_mutex_lock(&p->lock);
	while (begin(p, &index)) {
		struct slot *slot = &p->slots[index % p->slot_count];

		pthread_mutex_unlock(&p->lock);
		slot->swept = (struct swept){ .path = p->paths->items[index] };
		slot->swept.state = read_run(p->events, &slot->swept);
		pthread_mutex_lock(&p->lock);
		slot->ready = true;
		pthread_cond_broadcast(&p->changed);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* The swept of this index, as soon as it is ready. */
static struct slot *await(struct pool *p, size_t index)
{
	struct slot *slot = &p->slots[index % p->slot_count];

	pthread_mutex_lock(&p->lock);
	while (!slot->ready)
		pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
	return slot;
}

static void finish(struct pool *p, struct slot *slot)
{
	release(&slot->swept);
	pthread_mutex_lock(&p->lock);
	slot->ready = false;
	p->taken++;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

static int hand_over(struct pool *p)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < p->paths->count && !interrupted(); i++) {
		struct slot *slot = await(p, i);

		ret = p->events->take(&slot->swept, p->events->ctx);
		finish(p, slot);
	}
	return ret;
}

static void stop(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->stopped = true;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

int sweep(const struct strvec *paths, const struct sweep_events *events)
{
	size_t wanted = (size_t)cpus_available(), started = 0;
	pthread_t *threads = xcalloc(wanted, sizeof(*threads));
	struct pool p = { .paths = paths,
			  .events = events,
			  .lock = PTHREAD_MUTEX_INITIALIZER,
			  .changed = PTHREAD_COND_INITIALIZER,
			  .slot_count = wanted * AHEAD };
	int ret = -1;

	p.slots = xcalloc(p.slot_count, sizeof(*p.slots));
	while (started < wanted && pthread_create(&threads[started], NULL, work, &p) == 0)
		started++;
	if (started)
		ret = hand_over(&p);
	else
		error("cannot start a thread");
	stop(&p);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < p.slot_count; i++)
		release(&p.slots[i].swept);
	free(p.slots);
	free(threads);
	return ret;
}
