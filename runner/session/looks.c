// SPDX-License-Identifier: GPL-2.0-or-later
#include "looks.h"

#define FIRST 6

/* Half as many again, and whole blocks: a look costs a share of the error, so there are few. */
int64_t looks_boots(size_t look, int64_t max)
{
	int64_t boots = FIRST;

	for (size_t k = 1; k < look && boots < max; k++)
		boots = (3 * boots + 3) / 4 * 2;
	return boots < max ? boots : max;
}
