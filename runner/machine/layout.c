// SPDX-License-Identifier: GPL-2.0-or-later
#include "layout.h"

#include <unistd.h>

#include "lib/file.h"
#include "lib/log.h"
#include "lib/random.h"

#define MEMORY_MIB_MAX	64
#define PADDING_KIB_MAX 8192
#define PAGE_KIB	4

struct layout layout_make(int64_t number, int64_t memory_mib)
{
	struct random r = { .state = (uint64_t)number };
	struct layout l = { .number = number, .memory_mib = memory_mib };

	if (number > 1) {
		l.memory_mib += 1 + (int64_t)(random_next(&r) % MEMORY_MIB_MAX);
		l.padding_kib =
			PAGE_KIB * (1 + (int64_t)(random_next(&r) % (PADDING_KIB_MAX / PAGE_KIB)));
	}
	return l;
}

int layout_pad(const struct layout *l, const char *archive, const char *out)
{
	int64_t size = file_size(archive);

	if (size < 0 || file_copy(archive, out) < 0)
		return -1;
	if (truncate(out, size + l->padding_kib * 1024) < 0)
		return error("cannot write \"%s\":", out);
	return 0;
}
