// SPDX-License-Identifier: GPL-2.0-or-later
#include "levels.h"

#include <stddef.h>

#include "tlb.h"

#define STREAMS_MAX 64
#define BUCKETS	    128				      /* of pages */
#define PAGE_SHIFT  (TLB_PAGE_SHIFT - LRU_LINE_SHIFT) /* from a line */
#define PAGE_LINES  (1 << PAGE_SHIFT)
#define PAIR	    2
#define NONE	    UINT32_MAX
#define HOST_LINE   (64 / sizeof(uint32_t)) /* places in a line of the host */

struct lru levels_l2, levels_llc;

/* The accesses to a page of 4 KiB that missed L1. */
struct stream {
	uint64_t page;	     /* plus 1; 0 is a free one */
	int32_t last, ahead; /* lines in the page: seen, and brought into L2 */
	int32_t direction;
};

/*
 * Streams are known by their number. The last used two are kept apart, as copies take two pages in
 * turn; the others are a ring in the order of their use.
 */
static struct streams {
	struct stream all[STREAMS_MAX];
	uint32_t pair[2], last; /* place in it */
	uint32_t newest;	/* of the ring */
	uint32_t newer[STREAMS_MAX], older[STREAMS_MAX];
	uint32_t next[STREAMS_MAX]; /* in the same bucket */
	uint32_t buckets[BUCKETS];
	int32_t count, lines;
} streams;

bool levels_stream(unsigned long pages, unsigned long lines)
{
	if (pages > STREAMS_MAX || (pages && pages <= PAIR) || lines >> TLB_PAGE_SHIFT)
		return false;
	streams.count = (int32_t)pages;
	streams.lines = (int32_t)lines;
	for (size_t i = 0; i < BUCKETS; i++)
		streams.buckets[i] = NONE;
	streams.pair[0] = 0;
	streams.pair[1] = 1;
	streams.newest = PAIR;
	for (uint32_t i = PAIR; i < pages; i++) {
		streams.newer[i] = i > PAIR ? i - 1 : (uint32_t)pages - 1;
		streams.older[i] = i + 1 < pages ? i + 1 : PAIR;
	}
	return true;
}

static uint32_t *bucket_of(uint64_t page)
{
	return &streams.buckets[page % BUCKETS];
}

/* The one that was used the longest ago becomes this page's. */
static uint32_t replace(uint64_t page, int32_t at)
{
	uint32_t i = streams.newer[streams.newest], *p;
	struct stream *s = &streams.all[i];

	if (s->page) {
		for (p = bucket_of(s->page); *p != i; p = &streams.next[*p])
			;
		*p = streams.next[i];
	}
	p = bucket_of(page);
	streams.next[i] = *p;
	*p = i;
	*s = (struct stream){ .page = page, .last = at, .ahead = at };
	return i;
}

static uint32_t find(uint64_t page)
{
	uint32_t i = *bucket_of(page);

	while (i != NONE && streams.all[i].page != page)
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

static __attribute__((noinline)) uint32_t bring(uint64_t page, int32_t at, uint32_t goes)
{
	uint32_t i = find(page);

	if (i == NONE)
		i = replace(page, at);
	exchange(i, goes);
	return i;
}

/* The page's stream, made the newest; a new one when it has none. */
static inline struct stream *stream_of(uint64_t page, int32_t at)
{
	uint32_t *pair = streams.pair;

	if (streams.all[pair[streams.last]].page != page) {
		streams.last ^= 1;
		if (streams.all[pair[streams.last]].page != page)
			pair[streams.last] = bring(page, at, pair[streams.last]);
	}
	return &streams.all[pair[streams.last]];
}

static void prefetch(uint64_t line)
{
	if (!lru_touch(&levels_l2, line))
		(void)lru_touch(&levels_llc, line);
}

static void follow(uint64_t line)
{
	int32_t at = (int32_t)(line % PAGE_LINES), direction, until;
	struct stream *s = stream_of(line / PAGE_LINES + 1, at);

	if (at == s->last)
		return;
	direction = at > s->last ? 1 : -1;
	if (direction != s->direction || (s->ahead - at) * direction < 0)
		s->ahead = at;
	s->direction = direction;
	s->last = at;
	until = at + direction * streams.lines;
	until = until < 0 ? 0 : until >= PAGE_LINES ? PAGE_LINES - 1 : until;
	for (line -= (uint64_t)at; s->ahead != until;) {
		s->ahead += direction;
		prefetch(line + (uint64_t)s->ahead);
	}
}

void levels_prepare(uint64_t line)
{
	const uint32_t *set = lru_set(&levels_llc, line + (uint64_t)streams.lines);

	__builtin_prefetch(set);
	__builtin_prefetch(set + HOST_LINE);
}

enum level levels_code(uint64_t line)
{
	if (lru_touch(&levels_l2, line))
		return LEVEL_L2;
	return lru_touch(&levels_llc, line) ? LEVEL_LLC : LEVEL_MEMORY;
}

enum level levels_data(uint64_t line)
{
	enum level level = levels_code(line);

	if (streams.count)
		follow(line);
	return level;
}
