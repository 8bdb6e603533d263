/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growing, NULL-terminated vector of owned strings: argument lists, name lists.
 * STRVEC_INIT / strvec_release; items are copies.
 */
#ifndef KAB_LIB_STRVEC_H
#define KAB_LIB_STRVEC_H

#include <stdbool.h>
#include <stddef.h>

struct strvec {
	char **items; /* NULL-terminated; NULL while empty and never pushed to */
	size_t count;
	size_t capacity;
};

/* clang-format off */
#define STRVEC_INIT { 0 }
/* clang-format on */

void strvec_release(struct strvec *v);
void strvec_push(struct strvec *v, const char *s);
void strvec_pushf(struct strvec *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Pushes each argument up to the closing NULL. */
void strvec_pushl(struct strvec *v, ...) __attribute__((sentinel));
/* Splits `s` at any of the characters in `separators`; empty parts are dropped. */
void strvec_split(struct strvec *v, const char *s, const char *separators);
bool strvec_has(const struct strvec *v, const char *s);
void strvec_sort(struct strvec *v);

#endif
