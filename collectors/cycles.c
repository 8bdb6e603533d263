// SPDX-License-Identifier: GPL-2.0-or-later
#include "cycles.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#define COST_MAX 1e6

/* A weight, up to a ':' or the end of the line, at which `*at` is then. */
static bool weight(const char **at, double *value)
{
	char *end;

	*value = strtod(*at, &end);
	if (end == *at || !(*value >= 0) || *value > COST_MAX)
		return false;
	*at = end;
	return true;
}

bool cycles_read(struct cycle_costs *c, const char *text)
{
	*c = (struct cycle_costs){ 0 };
	if (!weight(&text, &c->instruction))
		return false;
	for (size_t i = CACHED_ACCESSES + 1; i < CACHED_EVENTS; i++)
		if (*text++ != ':' || !weight(&text, &c->event[i]))
			return false;
	return *text == '\0' || *text == '\n';
}

uint64_t cycles_estimate(const struct cycle_costs *c, uint64_t instructions, const uint64_t *events)
{
	double sum = c->instruction * (double)instructions;

	for (size_t i = 0; i < CACHED_EVENTS; i++)
		sum += c->event[i] * (double)events[i];
	return (uint64_t)llround(sum);
}
