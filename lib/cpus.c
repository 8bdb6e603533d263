// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpus.h"

#include <sched.h>

int cpus_available(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) < 0 ? 1 : CPU_COUNT(&set);
}
