// SPDX-License-Identifier: GPL-2.0-or-later
#include "misses.h"

#include <stddef.h>

#include "cache.h"
#include "levels.h"

#define MISSES 512 /* as much as stays in the host's L1 beside what is done with them */
#define AHEAD  6
#define CODE   (UINT64_C(1) << 63) /* in a line: larger than all addresses */

struct lru misses_l1d;

static struct miss {
	struct cache_tally *tally;
	uint64_t line;
	uint32_t older;
} misses[MISSES];

static size_t count;

static inline void count_level(struct cache_tally *t, enum level level)
{
	if (level == LEVEL_L2)
		return;
	t->count[CACHE_L2]++;
	if (level == LEVEL_MEMORY)
		t->count[CACHE_LLC]++;
}

static inline void settle_code(const struct miss *m)
{
	m->tally->count[CACHE_L1I]++;
	count_level(m->tally, levels_code(m->line & ~CODE));
}

static inline void settle_data(const struct miss *m)
{
	uint32_t entry = lru_entry(m->line);

	if (lru_exchange(&misses_l1d, lru_set(&misses_l1d, m->line), entry, m->older))
		return;
	m->tally->count[CACHE_L1D]++;
	count_level(m->tally, levels_data(m->line));
}

void misses_settle(void)
{
	for (size_t i = 0; i < count; i++) {
		if (i + AHEAD < count)
			levels_prepare(misses[i + AHEAD].line);
		if (misses[i].line & CODE)
			settle_code(&misses[i]);
		else
			settle_data(&misses[i]);
	}
	count = 0;
}

static inline void add(struct cache_tally *t, uint64_t line, uint32_t older)
{
	misses[count] = (struct miss){ .tally = t, .line = line, .older = older };
	if (++count == MISSES)
		misses_settle();
}

void misses_data(struct cache_tally *t, uint64_t line, uint32_t older)
{
	add(t, line, older);
}

void misses_code(struct cache_tally *t, uint64_t line)
{
	add(t, line | CODE, 0);
}
