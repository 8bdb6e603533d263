/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text for a terminal. What comes from guests, patches and repositories is in it: what could steer
 * a terminal is shown as '?'.
 */
#ifndef KAB_REPORTS_PARAGRAPH_H
#define KAB_REPORTS_PARAGRAPH_H

#include <stdio.h>

#define PARAGRAPH_WIDTH 80

/* "label  text", with the text wrapped at words and continued `indent` columns to the right. */
void paragraph_put(FILE *out, const char *label, size_t indent, const char *text);
/* The text with its control characters replaced; a new string. */
char *paragraph_clean(const char *text);

#endif
