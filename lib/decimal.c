// SPDX-License-Identifier: GPL-2.0-or-later
#include "decimal.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

#define PLACES 15

/*
 * value = n / 10^places, with as few places as do? A power of ten up to 10^22 and an integer below
 * 2^53 are exact in a double, and their quotient is rounded once, as a reader of the text rounds
 * (W. D. Clinger, "How to read floating point numbers accurately", 1990).
 */
static int split(double value, double *n)
{
	static const double powers[] = { 1e0, 1e1, 1e2,	 1e3,  1e4,  1e5,  1e6,	 1e7,
					 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };

	for (int places = 0; places <= PLACES; places++) {
		*n = nearbyint(value * powers[places]);
		if (fabs(*n) >= 1e15)
			break;
		if (*n / powers[places] == value)
			return places;
	}
	return -1;
}

static void format_split(char *out, double value, double n, int places)
{
	uint64_t digits = (uint64_t)fabs(n), scale = 1, whole, part;

	for (int i = 0; i < places; i++)
		scale *= 10;
	whole = digits / scale;
	part = digits % scale;
	if (places)
		(void)snprintf(out, DECIMAL_MAX, "%s%llu.%0*llu", signbit(value) ? "-" : "",
			       (unsigned long long)whole, places, (unsigned long long)part);
	else
		(void)snprintf(out, DECIMAL_MAX, "%s%llu", signbit(value) ? "-" : "",
			       (unsigned long long)whole);
}

void decimal_format(char out[DECIMAL_MAX], double value)
{
	double n;
	int places = fabs(value) < 1e15 ? split(value, &n) : -1;

	if (places >= 0)
		format_split(out, value, n, places);
	else
		(void)snprintf(out, DECIMAL_MAX, "%.17g", value);
}
