// SPDX-License-Identifier: GPL-2.0-or-later
/* fio's output, as a guest may have spoilt it. Built and run by "make fuzz". */
#include <stdint.h>
#include <stdlib.h>

#include "collectors/fio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct observations o = { 0 };

	fio_read("w", (const char *)data, size, &o);
	/* Figures or a reason, and never figures with one that the output is malformed. */
	if (!o.sample_count && !observations_failed(&o))
		abort();
	for (size_t i = 0; i < o.bin_count; i++)
		if (!o.bins[i].count)
			abort();
	observations_release(&o);
	return 0;
}
