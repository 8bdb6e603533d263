/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers as decimal text that gives the same number again when it is read.
 */
#ifndef KAB_LIB_DECIMAL_H
#define KAB_LIB_DECIMAL_H

#define DECIMAL_MAX 32

/*
 * A finite number in JSON's form. Of one that 15 digits are enough for, as most that are written by
 * people or counted by programs, the fewest digits; of others 17.
 */
void decimal_format(char out[DECIMAL_MAX], double value);

#endif
