// SPDX-License-Identifier: GPL-2.0-or-later
#include "misses.h"

#include <stdbool.h>
#include <stddef.h>

#include "behind.h"
#include "cache.h"

#define MISSES 1024
#define CODE   UINT32_MAX /* in place of an older line, for which it is too large */

struct lru behind_l1d, behind_l2, behind_llc;

static struct miss {
	struct tally *tally;
	uint32_t line, older; /* a line as lru.h keeps it, in 32 bits */
} misses[MISSES];

static size_t count;

/*
 * L1: those that it does not have move together at the beginning. Which they are cannot be foretold, so
 * no jump depends on it.
 */
ALWAYS_INLINE size_t settle_l1d(struct ways w)
{
	static uint32_t none[LRU_WAYS_MAX];
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		struct tally *t = misses[i].tally;
		uint32_t line = misses[i].line, older = misses[i].older;
		uint32_t *set = older == CODE ? none : behind_set(&behind_l1d, line, w.l1d);

		misses[left].tally = t;
		misses[left].line = line;
		misses[left].older = older;
		left += !w.l1d.exchange(set, lru_entry(line), older, behind_l1d.last) ||
			older == CODE;
	}
	return left;
}

ALWAYS_INLINE void settle_all(struct ways w)
{
	const struct miss *end = misses + settle_l1d(w);

	for (const struct miss *m = misses; m < end; m++) {
		if (m->older == CODE) {
			m->tally->events[CACHE_L1I]++;
			behind_code(m->tally, m->line, w);
		} else {
			m->tally->events[CACHE_L1D]++;
			behind_data(m->tally, m->line, w);
		}
	}
	count = 0;
}

static struct way way_of(const struct lru *l)
{
	return (struct way){ .exchange = l->exchange, .stride = l->stride };
}

static void settle_any(void)
{
	settle_all((struct ways){ way_of(&behind_l1d), way_of(&behind_l2), way_of(&behind_llc) });
}

#ifdef __x86_64__
bool behind_is_8_8_24;

EXCHANGE_TARGET static void settle_8_8_24(void)
{
	settle_all(BEHIND_8_8_24);
}

void misses_open(void)
{
	behind_is_8_8_24 =
		behind_l1d.vectors == 8 && behind_l2.vectors == 8 && behind_llc.vectors == 24;
}

void misses_settle(void)
{
	if (behind_is_8_8_24)
		settle_8_8_24();
	else
		settle_any();
}
#else
void misses_open(void)
{
}

void misses_settle(void)
{
	settle_any();
}
#endif

void misses_data(struct tally *t, uint32_t line, uint32_t older)
{
	misses[count] = (struct miss){ .tally = t, .line = line, .older = older };
	if (++count == MISSES)
		misses_settle();
}

void misses_code(struct tally *t, uint32_t line)
{
	misses_data(t, line, CODE);
}
