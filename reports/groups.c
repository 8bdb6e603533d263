// SPDX-License-Identifier: GPL-2.0-or-later
#include "groups.h"

#include <stdbool.h>
#include <string.h>

static const struct metric_group groups[] = {
	{ "rates", "rates" },
	{ "slat", "submission latency" },
	{ "clat", "completion latency" },
	{ "lat", "total latency" },
	{ "vm", "memory counters" },
	{ "other", "figures of its own" },
};

enum { RATES, SLAT, CLAT, LAT, VM, OTHER };

/* The first that is a part of the name decides. */
static const struct {
	const char *part;
	int group;
} rules[] = {
	{ "_slat_", SLAT }, { "_clat_", CLAT }, { "_lat_", LAT },
	{ "_iops", RATES }, { "_bw_", RATES },	{ "_runtime", RATES },
	{ "_ios", RATES },  { "pps", RATES },	{ "vm_", VM },
};

const struct metric_group *metric_group(const char *metric)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strstr(metric, rules[i].part))
			return &groups[rules[i].group];
	return &groups[OTHER];
}

size_t metric_group_count(void)
{
	return sizeof(groups) / sizeof(groups[0]);
}

const struct metric_group *metric_group_at(size_t i)
{
	return &groups[i];
}
