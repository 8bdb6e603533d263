/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel's log in a page: lines that tell of trouble are marked, and have anchors.
 */
#ifndef KAB_REPORTS_CONSOLE_H
#define KAB_REPORTS_CONSOLE_H

#include "html.h"

#define CONSOLE_MAX \
	((size_t)180 * 1024) /* bytes of a log in a page; of a longer one, its two ends */

/* Links to what is marked, then the log. `id` begins the anchors, `whole` is the file beside the
 * page that has all of it, or NULL. */
void console_show(struct html *h, const struct strbuf *log, const char *id, const char *whole);

#endif
