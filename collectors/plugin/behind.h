/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens to a line that the first places of L1 do not have, for inlining into loops: the rest
 * of L1, then L2 and LLC. These two are shared by code and data, filled at each miss, neither
 * inclusive nor exclusive; what the streamer (streams.h) brings comes into both. Lines are physical
 * addresses divided by the size of a line.
 *
 * How the tables are gone through is given to each function. Where it is a constant the compiler makes
 * one piece of code of it, and no function is made for a better processor than the one that it becomes
 * a part of.
 */
#ifndef KAB_PLUGIN_BEHIND_H
#define KAB_PLUGIN_BEHIND_H

#include <stdbool.h>
#include <stdint.h>

#include "cache.h"
#include "exchange.h"
#include "lru.h"
#include "streams.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* The L1 of data without the last used two of each set, L2 and LLC. */
extern struct lru behind_l1d, behind_l2, behind_llc;

struct way {
	exchange_fn *exchange;
	uint32_t stride; /* as in struct lru */
};

struct ways {
	struct way l1d, l2, llc;
};

#ifdef __x86_64__
/* Those of the processor in configs/targets/det.json. */
#define BEHIND_8_8_24 ((struct ways){ { exchange_8, 8 }, { exchange_8, 8 }, { exchange_24, 24 } })
/* Whether they are those of the tables. */
extern bool behind_is_8_8_24;
#endif

ALWAYS_INLINE uint32_t *behind_set(const struct lru *l, uint64_t line, struct way w)
{
	return &l->places[(line & l->mask) * w.stride];
}

ALWAYS_INLINE bool behind_touch(const struct lru *l, uint64_t line, struct way w)
{
	uint32_t entry = lru_entry(line);

	return w.exchange(behind_set(l, line, w), entry, entry, l->last);
}

ALWAYS_INLINE void behind_stream(uint64_t line, struct ways w)
{
	struct stream *s = streams_of(line);
	uint64_t until = streams_until(s, line);

	while (s->ahead != until) {
		s->ahead += s->step;
		if (!behind_touch(&behind_l2, s->ahead, w.l2))
			(void)behind_touch(&behind_llc, s->ahead, w.llc);
	}
}

/* L1 does not have the line. */
ALWAYS_INLINE void behind_code(struct tally *t, uint64_t line, struct ways w)
{
	if (behind_touch(&behind_l2, line, w.l2))
		return;
	t->events[CACHE_L2]++;
	if (!behind_touch(&behind_llc, line, w.llc))
		t->events[CACHE_LLC]++;
}

ALWAYS_INLINE void behind_data(struct tally *t, uint64_t line, struct ways w)
{
	behind_code(t, line, w);
	if (streams_ahead())
		behind_stream(line, w);
}

#endif
