/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A message about changes, in the forms that channels want: a subject, plain text of at most 72
 * columns, HTML, JSON.
 */
#ifndef KAB_REPORTS_NOTICE_H
#define KAB_REPORTS_NOTICE_H

#include "lib/strbuf.h"
#include "lib/strvec.h"
#include "news.h"

#define NOTICE_WIDTH 72

struct notice {
	char *subject; /* printable ASCII, one line */
	struct strbuf text, html, json;
	struct strvec pictures; /* paths of PNGs, which the HTML shows as cid:picture0, 1, ... */
};

/*
 * At least one change. `site` is an address for readers, or NULL. Pictures are drawn in the folder
 * `work`, which exists; NULL: none. 0, or -1 with an error printed. Release after both.
 */
int notice_make(struct notice *n, const struct news *news, const char *site, const char *work);
void notice_release(struct notice *n);

#endif
