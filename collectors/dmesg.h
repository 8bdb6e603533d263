/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel complained of, out of its log and the console: one finding per telling line. The
 * same line again, in the same or the other log, is not repeated; time stamps do not count.
 *
 * Logs are binary junk of any size as far as this is concerned: fed in pieces, bounded in memory,
 * in the length of a line, and in the number of findings.
 */
#ifndef KAB_COLLECTORS_DMESG_H
#define KAB_COLLECTORS_DMESG_H

#include <stddef.h>

#include "lib/strbuf.h"
#include "observations.h"

struct dmesg {
	struct observations *o;
	struct strbuf line;		/* the beginning of the line that is not yet complete */
	size_t found;			/* findings so far, with those beyond the bound */
	enum severity worst_suppressed; /* of those: a flood must not hide a failure */
};

void dmesg_init(struct dmesg *d, struct observations *o);
/* Any piece of a log. */
void dmesg_feed(struct dmesg *d, const char *bytes, size_t len);
/* The end of one log; another may follow. */
void dmesg_end_log(struct dmesg *d);
/* The end of all: says how much was left out, and releases it. */
void dmesg_finish(struct dmesg *d);

#endif
