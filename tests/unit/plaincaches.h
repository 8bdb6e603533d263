/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model of caches written plainly: every access goes all the way, nothing is put off, and a set is
 * an array with the last used entry in front. For pages that are the kernel's.
 */
#ifndef KAB_TESTS_PLAINCACHES_H
#define KAB_TESTS_PLAINCACHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "collectors/plugin/cache.h"
#include "collectors/plugin/tlb.h"

#define PLAIN_SETS    128
#define PLAIN_WAYS    20
#define PLAIN_STREAMS 8
#define PLAIN_PAGE    64 /* lines */

struct plain_table {
	uint64_t entries[PLAIN_SETS][PLAIN_WAYS]; /* plus 1; 0 is a free place */
	uint64_t sets;
	size_t ways;
};

struct plain_stream {
	uint64_t page; /* plus 1 */
	int64_t last, ahead, direction;
};

struct plain_caches {
	struct plain_table l1d, l1i, l2, llc, dtlb4k, dtlb2m, stlb;
	struct plain_stream streams[PLAIN_STREAMS]; /* the last used in front */
	int64_t lines;				    /* ahead */
};

/* False when it was not there. */
static inline bool plain_touch(struct plain_table *t, uint64_t entry)
{
	uint64_t *e = t->entries[entry % t->sets];
	size_t i = 0;
	bool found;

	while (i < t->ways - 1 && e[i] != entry + 1)
		i++;
	found = e[i] == entry + 1;
	memmove(e + 1, e, i * sizeof(*e));
	e[0] = entry + 1;
	return found;
}

static inline void plain_behind(struct plain_caches *c, struct tally *t, uint64_t line)
{
	if (plain_touch(&c->l2, line))
		return;
	t->events[CACHE_L2]++;
	if (!plain_touch(&c->llc, line))
		t->events[CACHE_LLC]++;
}

static inline struct plain_stream *plain_stream_of(struct plain_caches *c, uint64_t page,
						   int64_t at)
{
	struct plain_stream s;
	size_t i = 0;

	while (i < PLAIN_STREAMS - 1 && c->streams[i].page != page + 1)
		i++;
	s = c->streams[i];
	if (s.page != page + 1)
		s = (struct plain_stream){ .page = page + 1, .last = at, .ahead = at };
	memmove(c->streams + 1, c->streams, i * sizeof(s));
	c->streams[0] = s;
	return &c->streams[0];
}

static inline void plain_follow(struct plain_caches *c, uint64_t line)
{
	int64_t at = (int64_t)(line % PLAIN_PAGE), direction;
	struct plain_stream *s = plain_stream_of(c, line / PLAIN_PAGE, at);

	if (at == s->last)
		return;
	direction = at > s->last ? 1 : -1;
	if (direction != s->direction || (s->ahead - at) * direction < 0)
		s->ahead = at;
	s->direction = direction;
	s->last = at;
	while ((s->ahead - at) * direction < c->lines && s->ahead + direction >= 0 &&
	       s->ahead + direction < PLAIN_PAGE) {
		s->ahead += direction;
		line = line / PLAIN_PAGE * PLAIN_PAGE + (uint64_t)s->ahead;
		if (!plain_touch(&c->l2, line))
			(void)plain_touch(&c->llc, line);
	}
}

static inline void plain_line(struct plain_caches *c, struct tally *t, uint64_t address,
			      uint64_t physical)
{
	/* Which kind of page it is stands in the upper bits, which do not choose a set. */
	uint64_t entry = tlb_entry(address) & INT64_MAX;
	bool large = entry >> 62;

	if (!plain_touch(large ? &c->dtlb2m : &c->dtlb4k, entry)) {
		t->events[CACHE_DTLB]++;
		if (!plain_touch(&c->stlb, entry))
			t->events[CACHE_STLB]++;
	}
	if (plain_touch(&c->l1d, physical / 64))
		return;
	t->events[CACHE_L1D]++;
	plain_behind(c, t, physical / 64);
	plain_follow(c, physical / 64);
}

static inline void plain_fetch(struct plain_caches *c, struct tally *t, uint64_t line)
{
	if (plain_touch(&c->l1i, line))
		return;
	t->events[CACHE_L1I]++;
	plain_behind(c, t, line);
}

static inline void plain_drop_tlbs(struct plain_caches *c)
{
	memset(c->dtlb4k.entries, 0, sizeof(c->dtlb4k.entries));
	memset(c->dtlb2m.entries, 0, sizeof(c->dtlb2m.entries));
	memset(c->stlb.entries, 0, sizeof(c->stlb.entries));
}

#endif
