// SPDX-License-Identifier: GPL-2.0-or-later
#include "nearest.h"

#include <stddef.h>
#include <string.h>

/* Longer names are not compared: nobody mistypes them, and the rows stay on the stack. */
#define LEN_MAX 63

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Insertions, deletions, substitutions and swaps of neighbours that turn a into b. Only the
 * last three rows of the matrix are kept, of which row i lives at i % 3.
 */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][LEN_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i - 1) % 3];
		const size_t *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = least(above[j] + 1, row[j - 1] + 1);
			row[j] = least(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], two_above[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

const char *nearest(const char *name, char *const *names)
{
	size_t len = strlen(name);
	const char *best = NULL;
	size_t best_distance = 0;

	if (!names || len > LEN_MAX)
		return NULL;
	for (; *names; names++) {
		size_t other = strlen(*names);
		size_t d;

		if (other > LEN_MAX)
			continue;
		d = distance(name, len, *names, other);
		if (d * 3 > (len > other ? len : other))
			continue;
		if (!best || d < best_distance) {
			best = *names;
			best_distance = d;
		}
	}
	return best;
}
