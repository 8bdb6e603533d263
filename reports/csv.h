/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fields of CSV as RFC 4180 has it, each with the comma behind it.
 */
#ifndef KAB_REPORTS_CSV_H
#define KAB_REPORTS_CSV_H

#include <stdio.h>

/* Quoted where it must be. */
void csv_text(FILE *out, const char *text);
/* With all its digits; a number that does not exist is empty. */
void csv_number(FILE *out, double value);

#endif
