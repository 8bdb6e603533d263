// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel log: junk of any kind. The first byte says in what pieces it comes.
 * Built and run by "make fuzz".
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/dmesg.h"
#include "collectors/vmstat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct observations o = { 0 };
	size_t step = size ? data[0] + 1 : 1;
	struct dmesg d;
	char *text;

	dmesg_init(&d, &o);
	for (size_t i = 0; i < size; i += step)
		dmesg_feed(&d, (const char *)data + i, size - i < step ? size - i : step);
	dmesg_end_log(&d);
	dmesg_finish(&d);
	for (size_t i = 0; i < o.finding_count; i++)
		if (!*o.findings[i].message || strpbrk(o.findings[i].message, "\n\r\x1b"))
			abort();
	observations_release(&o);

	/* The other text of the kernel's. */
	text = strndup((const char *)data, size);
	if (!text)
		abort();
	vmstat_compare("w", text, text, &o);
	free(text);
	observations_release(&o);
	return 0;
}
