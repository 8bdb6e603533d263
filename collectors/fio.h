/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fio's json+ output: all its jobs as one result.
 *
 * Jobs of one group (groupid) run side by side; groups run one after the other (stonewall).
 *	rates		 all I/Os of a direction by the time it took: within a group the longest
 *			 run time of its jobs, and these added up over the groups. That is what fio
 *			 prints for a group itself, with and without group_reporting. (The sum of
 *			 the jobs' own rates would be too high as soon as one ends earlier.)
 *			 Computed from counts and milliseconds; fio's own rates are cut to six digits.
 *	latencies	 minimum, maximum, mean and standard deviation over all I/Os, as if one job had
 *			 done them; percentiles from the sum of the jobs' exact bins, by fio's rule
 *	CPU time	 percentages weighted by each job's run time; context switches added up
 *
 * Metrics are named DIRECTION_iops, _bw_kib, _runtime_ms, _total_ios, and DIRECTION_KIND_STATISTIC_ns
 * with slat, clat and lat; bins are DIRECTION_KIND. A workload whose groups do different things is
 * better written as several workloads: here they become one figure.
 */
#ifndef KAB_COLLECTORS_FIO_H
#define KAB_COLLECTORS_FIO_H

#include <stddef.h>

#include "observations.h"

/* Standard output of fio, which may start with messages. What is wrong with it is a finding. */
void fio_read(const char *workload, const char *text, size_t len, struct observations *o);

#endif
