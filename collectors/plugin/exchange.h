/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways to do lru_exchange(), for those who call it so often that they want it inlined.
 *
 * Those with vectors look at all places at once: where the entry is cannot be foretold, so no jump
 * depends on it. What comes into each place up to the entry's own is what was in front of it. Places
 * behind the ways are 0, and stay. Their callers need the same target.
 */
#ifndef KAB_PLUGIN_EXCHANGE_H
#define KAB_PLUGIN_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#define EXCHANGE_LANES	8
#define EXCHANGE_THIRD	16 /* of a set, in vectors of so many lanes */
#define EXCHANGE_PLACES 24 /* of the largest */

/* lru_exchange() in this set. `last` has the bit of its last place; only exchange_any() may have 0. */
typedef bool exchange_fn(uint32_t *set, uint32_t leaves, uint32_t comes, uint64_t last);

static inline bool exchange_any(uint32_t *set, uint32_t leaves, uint32_t comes, uint64_t last)
{
	uint32_t i = 0;
	bool found;

	if (!last)
		return false;
	for (; last > 1 && set[i] != leaves; last >>= 1)
		i++;
	found = set[i] == leaves;
	memmove(set + 1, set, i * sizeof(*set));
	set[0] = comes;
	return found;
}

#ifdef __x86_64__
#define EXCHANGE_TARGET __attribute__((target("avx2,bmi")))

/* clang-format off */
static const uint32_t exchange_moves[2 * EXCHANGE_PLACES] = {
	[0 ... EXCHANGE_PLACES - 1] = UINT32_MAX,
};
/* clang-format on */

EXCHANGE_TARGET static inline __m256i exchange_load(const uint32_t *from)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)from);
}

EXCHANGE_TARGET static inline uint32_t exchange_where(__m256i places, __m256i wanted)
{
	return (uint32_t)_mm256_movemask_ps(
		_mm256_castsi256_ps(_mm256_cmpeq_epi32(places, wanted)));
}

/* From place `number` on; places up to `place` take what comes into them. */
EXCHANGE_TARGET static inline void exchange_move(uint32_t *to, __m256i old, __m256i moved,
						 uint32_t place, uint32_t number)
{
	__m256i moves = exchange_load(&exchange_moves[EXCHANGE_PLACES - 1 - place + number]);

	_mm256_storeu_si256((__m256i *)(void *)to, _mm256_blendv_epi8(old, moved, moves));
}

EXCHANGE_TARGET static inline bool exchange_8(uint32_t *set, uint32_t leaves, uint32_t comes,
					      uint64_t last)
{
	const __m256i turned = _mm256_setr_epi32(7, 0, 1, 2, 3, 4, 5, 6);
	__m256i old = exchange_load(set);
	uint32_t at = exchange_where(old, _mm256_set1_epi32((int)leaves));
	__m256i moved =
		_mm256_blend_epi32(_mm256_permutevar8x32_epi32(old, turned),
				   _mm256_castsi128_si256(_mm_cvtsi32_si128((int)comes)), 1);

	exchange_move(set, old, moved, (uint32_t)__builtin_ctz(at | (uint32_t)last), 0);
	return at != 0;
}

EXCHANGE_TARGET static inline bool exchange_24(uint32_t *set, uint32_t leaves, uint32_t comes,
					       uint64_t last)
{
	const __m256i turned = _mm256_setr_epi32(7, 0, 1, 2, 3, 4, 5, 6);
	const __m256i wanted = _mm256_set1_epi32((int)leaves);
	__m256i first = exchange_load(set), second = exchange_load(set + EXCHANGE_LANES),
		third = exchange_load(set + EXCHANGE_THIRD);
	__m256i into_second = exchange_load(set + EXCHANGE_LANES - 1),
		into_third = exchange_load(set + EXCHANGE_THIRD - 1);
	uint32_t at = exchange_where(first, wanted) |
		      exchange_where(second, wanted) << EXCHANGE_LANES |
		      exchange_where(third, wanted) << EXCHANGE_THIRD;
	uint32_t place = (uint32_t)__builtin_ctz(at | (uint32_t)last);
	__m256i into_first =
		_mm256_blend_epi32(_mm256_permutevar8x32_epi32(first, turned),
				   _mm256_castsi128_si256(_mm_cvtsi32_si128((int)comes)), 1);

	exchange_move(set, first, into_first, place, 0);
	exchange_move(set + EXCHANGE_LANES, second, into_second, place, EXCHANGE_LANES);
	exchange_move(set + EXCHANGE_THIRD, third, into_third, place, EXCHANGE_THIRD);
	return at != 0;
}
#endif

#endif
