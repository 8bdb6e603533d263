/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the memory management counted while a workload was measured: the difference of two copies
 * of /proc/vmstat. Counters that the kernel does not have are left out.
 */
#ifndef KAB_COLLECTORS_VMSTAT_H
#define KAB_COLLECTORS_VMSTAT_H

#include "observations.h"

/* NUL-terminated copies of the file. A counter that went backwards is a finding. */
void vmstat_compare(const char *workload, const char *before, const char *after,
		    struct observations *o);

#endif
