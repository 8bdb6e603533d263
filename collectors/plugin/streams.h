/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The L2's streamer: a load or store that misses L1 and goes on in the direction of the one before in
 * its page of 4 KiB brings the next lines. It knows the last used pages.
 */
#ifndef KAB_PLUGIN_STREAMS_H
#define KAB_PLUGIN_STREAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "lru.h"
#include "tlb.h"

#define STREAMS_PAGE_SHIFT (TLB_PAGE_SHIFT - LRU_LINE_SHIFT) /* from a line */

/*
 * The lines of a page that were asked for. Once it has a direction it is as far ahead as it may be,
 * or at the end of its page.
 */
struct stream {
	uint64_t last;	/* that was asked for */
	uint64_t ahead; /* that was brought, or the last one */
	uint64_t stop;	/* end of the page in its direction */
	uint64_t step;	/* 1, or -1; 0 after the first line */
};

/* The last used two, as copies take two pages in turn. */
extern struct streams_pair {
	struct stream *last, *second;
} streams_pair;

/* Up to `lines` ahead in each of `pages`. False when they are more than there is room for. */
bool streams_make(unsigned long pages, unsigned long lines);
/* How far ahead; 0 without a streamer. */
uint64_t streams_ahead(void);
/* The stream of a page that is none of these two: a new one if there is none. `goes` is one of them. */
struct stream *streams_find(uint64_t line, const struct stream *goes);
/* As streams_until(), for a line that is not the next one. */
uint64_t streams_turn(struct stream *s, uint64_t line);

/* The stream of the page that a line is in; the last used from now on. */
static inline struct stream *streams_of(uint64_t line)
{
	struct stream *s = streams_pair.last;

	if (!((s->last ^ line) >> STREAMS_PAGE_SHIFT))
		return s;
	streams_pair.last = streams_pair.second;
	streams_pair.second = s;
	s = streams_pair.last;
	if ((s->last ^ line) >> STREAMS_PAGE_SHIFT)
		s = streams_pair.last = streams_find(line, s);
	return s;
}

/* A line of its page is asked for: what is behind `ahead`, up to this line, is to be brought. */
static inline uint64_t streams_until(struct stream *s, uint64_t line)
{
	if (line - s->last != s->step)
		return streams_turn(s, line);
	s->last = line;
	return s->ahead == s->stop ? s->ahead : s->ahead + s->step;
}

#endif
