// SPDX-License-Identifier: GPL-2.0-or-later
#include "lru.h"

#include <stddef.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "lib/alloc.h"

#define LANES 8
#define THIRD 16 /* of a set, in vectors of so many lanes */

/*
 * Each of the following is lru_exchange(). Those with vectors look at all places at once: where the entry is
 * cannot be foretold, so no jump depends on it. What comes into each place up to the entry's own is
 * what was in front of it. Places behind the ways are 0, and stay.
 */
static bool exchange_any(uint32_t *set, uint32_t leaves, uint32_t comes, uint32_t ways)
{
	uint32_t i = 0;
	bool found;

	if (!ways)
		return false;
	while (i < ways - 1 && set[i] != leaves)
		i++;
	found = set[i] == leaves;
	memmove(set + 1, set, i * sizeof(*set));
	set[0] = comes;
	return found;
}

#ifdef __x86_64__
#define AVX2 __attribute__((target("avx2,bmi")))

AVX2 static inline __m256i load(const uint32_t *from)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)from);
}

AVX2 static inline uint32_t where(__m256i places, __m256i wanted)
{
	return (uint32_t)_mm256_movemask_ps(
		_mm256_castsi256_ps(_mm256_cmpeq_epi32(places, wanted)));
}

/* `number`: of the first of these places. */
AVX2 static inline void move(uint32_t *to, __m256i old, __m256i moved, uint32_t place, int number)
{
	__m256i before = _mm256_setr_epi32(number - 1, number, number + 1, number + 2, number + 3,
					   number + 4, number + 5, number + 6);
	__m256i moves = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)place), before);

	_mm256_storeu_si256((__m256i *)(void *)to, _mm256_blendv_epi8(old, moved, moves));
}

AVX2 static bool exchange_8(uint32_t *set, uint32_t leaves, uint32_t comes, uint32_t ways)
{
	const __m256i turned = _mm256_setr_epi32(7, 0, 1, 2, 3, 4, 5, 6);
	__m256i old = load(set);
	uint32_t at = where(old, _mm256_set1_epi32((int)leaves));
	__m256i moved =
		_mm256_blend_epi32(_mm256_permutevar8x32_epi32(old, turned),
				   _mm256_castsi128_si256(_mm_cvtsi32_si128((int)comes)), 1);

	move(set, old, moved, (uint32_t)__builtin_ctz(at | 1u << (ways - 1)), 0);
	return at != 0;
}

AVX2 static bool exchange_24(uint32_t *set, uint32_t leaves, uint32_t comes, uint32_t ways)
{
	const __m256i turned = _mm256_setr_epi32(7, 0, 1, 2, 3, 4, 5, 6);
	const __m256i wanted = _mm256_set1_epi32((int)leaves);
	__m256i first = load(set), second = load(set + LANES), third = load(set + THIRD);
	__m256i into_second = load(set + LANES - 1), into_third = load(set + THIRD - 1);
	uint32_t at = where(first, wanted) | where(second, wanted) << LANES |
		      where(third, wanted) << THIRD;
	uint32_t place = (uint32_t)__builtin_ctz(at | 1u << (ways - 1));
	__m256i into_first =
		_mm256_blend_epi32(_mm256_permutevar8x32_epi32(first, turned),
				   _mm256_castsi128_si256(_mm_cvtsi32_si128((int)comes)), 1);

	move(set, first, into_first, place, 0);
	move(set + LANES, second, into_second, place, LANES);
	move(set + THIRD, third, into_third, place, THIRD);
	return at != 0;
}
#endif

static void choose(struct lru *l)
{
	l->stride = l->ways;
	l->exchange = exchange_any;
#ifdef __x86_64__
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi"))
		return;
	if (l->ways && l->ways <= LANES) {
		l->stride = LANES;
		l->exchange = exchange_8;
	} else if (l->ways > 2 * LANES && l->ways <= 3 * LANES) {
		l->stride = 3 * LANES;
		l->exchange = exchange_24;
	}
#endif
}

void lru_make(struct lru *l, uint64_t sets, uint32_t ways)
{
	l->mask = sets - 1;
	l->ways = ways;
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
	return l->exchange(set, leaves, comes, l->ways);
}

bool lru_touch(const struct lru *l, uint64_t line)
{
	uint32_t entry = lru_entry(line);

	return l->exchange(lru_set(l, line), entry, entry, l->ways);
}
