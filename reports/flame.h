/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A differential flame graph: the call graphs of two sides, one picture. A function lies on its
 * caller and is as wide as the instructions per operation that it and all above it take, on the
 * side where these are more; so what only one side does is there as well. Red takes more on the new
 * side, blue takes less.
 *
 * The SVG is a document of its own: opened in a browser, a click on a function shows it and what
 * it calls in full width, and functions can be searched by a regular expression.
 */
#ifndef KAB_REPORTS_FLAME_H
#define KAB_REPORTS_FLAME_H

#include "explain.h"

/* Writes it, atomically; e->base_calls and e->new_calls are not empty. 0, or -1 with an error
 * printed. */
int flame_write(const char *path, const struct explanation *e);

#endif
