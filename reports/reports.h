/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page of a session. 0, or -1 with an error printed. Other forms are in format.h.
 */
#ifndef KAB_REPORTS_REPORTS_H
#define KAB_REPORTS_REPORTS_H

#include <stdbool.h>
#include <stdio.h>

#include "history.h"
#include "judge.h"

/*
 * DIR/history.html: the plan's nights. To be written before report_html(), whose pages lead to it when
 * it is there.
 */
int report_history(const char *dir, const struct history *history,
		   const struct self_checks *checks);
/*
 * DIR/index.html with its plots as SVG and PNG beside it: index pages last and by rename.
 * `base` is judged against each of the other sides of the session.
 */
int report_html(const char *dir, const struct judgement *list, size_t count);

#endif
