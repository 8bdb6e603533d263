/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes from a guest made fit to be shown: a crashed kernel may have written anything.
 */
#ifndef KAB_COLLECTORS_CLEAN_H
#define KAB_COLLECTORS_CLEAN_H

#include <stddef.h>

/*
 * A new string of at most max bytes: valid UTF-8 on one line. Runs of control characters and
 * blanks become one blank, bytes that are no UTF-8 become U+FFFD, blanks at both ends go, and what
 * is too long ends in "...".
 */
char *clean_text(const char *bytes, size_t len, size_t max);

#endif
