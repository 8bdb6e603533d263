/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "Did you mean": the nearest of some names by edit distance (Damerau–Levenshtein).
 */
#ifndef KAB_LIB_NEAREST_H
#define KAB_LIB_NEAREST_H

/* NULL when nothing is near enough (more than a third of the letters differ). */
const char *nearest(const char *name, char *const *names);

#endif
