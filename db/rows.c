// SPDX-License-Identifier: GPL-2.0-or-later
#include "rows.h"

#include <string.h>

#include "lib/alloc.h"

void *db_grow(void *items, size_t count, size_t size)
{
	if (count & (count - 1))
		return items;
	return xreallocarray(items, count ? 2 * count : 1, size);
}

int db_each_row(struct db *db, const char *sql, const struct value *values, size_t count,
		void (*row)(struct statement *s, void *out), void *out)
{
	struct statement s;
	int ret = statement_prepare(&s, db, sql);

	if (ret == 0)
		ret = statement_bind(&s, values, count);
	while (ret == 0) {
		ret = statement_step(&s);
		if (ret <= 0)
			break;
		row(&s, out);
		ret = 0;
	}
	statement_release(&s);
	return ret;
}

enum better db_better(const char *name)
{
	return strcmp(name, "higher") ? BETTER_LOWER : BETTER_HIGHER;
}
