/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small picture of a figure over its last nights, to stand in a line of a table. It is SVG of our
 * own, inside the page: there are too many of them for gnuplot, and they have no axes.
 */
#ifndef KAB_REPORTS_SPARK_H
#define KAB_REPORTS_SPARK_H

#include "history.h"

#define SPARK_NIGHTS 60

/* The values, the band that counts as the same as the level, and the newest as a dot, coloured only
 * when it is proven to differ. Markup for html_raw(); a new string. */
char *spark(const struct history_line *l);

#endif
