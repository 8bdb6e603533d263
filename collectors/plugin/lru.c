// SPDX-License-Identifier: GPL-2.0-or-later
#include "lru.h"

#include <stddef.h>

#include "exchange.h"
#include "lib/alloc.h"

static void choose(struct lru *l)
{
	l->stride = l->ways;
	l->exchange = exchange_any;
#ifdef __x86_64__
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi"))
		return;
	if (l->ways && l->ways <= EXCHANGE_LANES) {
		l->vectors = EXCHANGE_LANES;
		l->exchange = exchange_8;
	} else if (l->ways > 2 * EXCHANGE_LANES && l->ways <= 3 * EXCHANGE_LANES) {
		l->vectors = 3 * EXCHANGE_LANES;
		l->exchange = exchange_24;
	} else {
		return;
	}
	l->stride = l->vectors;
#endif
}

void lru_make(struct lru *l, uint64_t sets, uint32_t ways)
{
	*l = (struct lru){ .mask = sets - 1, .ways = ways };
	l->last = ways ? UINT64_C(1) << (ways - 1) : 0;
	choose(l);
	/* One more, so that there is one in any case. */
	l->places = xcalloc(sets * l->stride + 1, sizeof(*l->places));
}

uint32_t *lru_set(const struct lru *l, uint64_t line)
{
	return &l->places[(line & l->mask) * l->stride];
}

uint32_t lru_entry(uint64_t line)
{
	return (uint32_t)line + 1;
}

bool lru_exchange(const struct lru *l, uint32_t *set, uint32_t leaves, uint32_t comes)
{
	return l->exchange(set, leaves, comes, l->last);
}

bool lru_touch(const struct lru *l, uint64_t line)
{
	uint32_t entry = lru_entry(line);

	return l->exchange(lru_set(l, line), entry, entry, l->last);
}
