// SPDX-License-Identifier: GPL-2.0-or-later
#include "streams.h"

#include <stddef.h>

#define STREAMS_MAX 64
#define BUCKETS	    128 /* of pages */
#define PAGE_MASK   ((UINT64_C(1) << STREAMS_PAGE_SHIFT) - 1)
#define PAIR	    2
#define NONE	    UINT32_MAX
#define NOWHERE	    UINT64_MAX /* a line of no page */

struct streams_pair streams_pair;

/*
 * Streams are known by their number. Those that are not the last used two are a ring in the order of
 * their use.
 */
static struct streams {
	struct stream all[STREAMS_MAX];
	uint32_t newest; /* of the ring */
	uint32_t newer[STREAMS_MAX], older[STREAMS_MAX];
	uint32_t next[STREAMS_MAX]; /* in the same bucket */
	uint32_t buckets[BUCKETS];
	uint64_t lines; /* ahead */
} streams;

bool streams_make(unsigned long pages, unsigned long lines)
{
	if (pages > STREAMS_MAX || (pages && pages <= PAIR) || lines > PAGE_MASK)
		return false;
	streams.lines = pages ? lines : 0;
	for (size_t i = 0; i < BUCKETS; i++)
		streams.buckets[i] = NONE;
	for (size_t i = 0; i < STREAMS_MAX; i++)
		streams.all[i].last = NOWHERE;
	streams_pair.last = &streams.all[0];
	streams_pair.second = &streams.all[1];
	streams.newest = PAIR;
	for (uint32_t i = PAIR; i < pages; i++) {
		streams.newer[i] = i > PAIR ? i - 1 : (uint32_t)pages - 1;
		streams.older[i] = i + 1 < pages ? i + 1 : PAIR;
	}
	return true;
}

uint64_t streams_ahead(void)
{
	return streams.lines;
}

static uint32_t *bucket_of(uint64_t line)
{
	return &streams.buckets[(line >> STREAMS_PAGE_SHIFT) % BUCKETS];
}

/* The one that was used the longest ago becomes this line's. */
static uint32_t replace(uint64_t line)
{
	uint32_t i = streams.newer[streams.newest], *p;
	struct stream *s = &streams.all[i];

	if (s->last != NOWHERE) {
		for (p = bucket_of(s->last); *p != i; p = &streams.next[*p])
			;
		*p = streams.next[i];
	}
	p = bucket_of(line);
	streams.next[i] = *p;
	*p = i;
	*s = (struct stream){ .last = line, .ahead = line, .stop = line };
	return i;
}

static uint32_t find(uint64_t line)
{
	uint32_t i = *bucket_of(line);

	while (i != NONE && (streams.all[i].last ^ line) >> STREAMS_PAGE_SHIFT)
		i = streams.next[i];
	return i;
}

/* One of the ring leaves it, and another is its newest. */
static void exchange(uint32_t leaves, uint32_t comes)
{
	uint32_t *newer = streams.newer, *older = streams.older, first = streams.newest;

	if (leaves != first) {
		older[newer[leaves]] = older[leaves];
		newer[older[leaves]] = newer[leaves];
		older[comes] = first;
		newer[comes] = newer[first];
	} else {
		older[comes] = older[first];
		newer[comes] = newer[first];
	}
	older[newer[comes]] = comes;
	newer[older[comes]] = comes;
	streams.newest = comes;
}

struct stream *streams_find(uint64_t line, const struct stream *goes)
{
	uint32_t i = find(line);

	if (i == NONE)
		i = replace(line);
	exchange(i, (uint32_t)(goes - streams.all));
	return &streams.all[i];
}

/* How many steps it is from a line to another, which may be behind it. */
static int64_t steps(const struct stream *s, uint64_t from, uint64_t to)
{
	return (int64_t)((to - from) * s->step);
}

uint64_t streams_turn(struct stream *s, uint64_t line)
{
	uint64_t step = line > s->last ? 1 : UINT64_MAX;

	if (line == s->last)
		return s->ahead;
	if (step != s->step || steps(s, line, s->ahead) < 0)
		s->ahead = line;
	s->last = line;
	s->step = step;
	s->stop = step == 1 ? line | PAGE_MASK : line & ~PAGE_MASK;
	return steps(s, line, s->stop) < (int64_t)streams.lines ? s->stop
								: line + streams.lines * step;
}
