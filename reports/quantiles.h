/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Latency distributions of two sides, quantile by quantile: from the exact bins of all jobs and
 * boots merged. Percentiles of single boots are never averaged.
 *
 * The interval is that of the bootstrap with whole boots drawn again (Efron, 1979; the percentile
 * method): what happens within a boot hangs together, so I/Os are not drawn one by one. With few
 * boots such an interval is too narrow, so there is none with fewer than four boots a side, and
 * verdicts never rest on it: a percentile is judged as a metric, with a figure per boot.
 * The draws come from a seed that is fixed, so that a report can be made again.
 */
#ifndef KAB_REPORTS_QUANTILES_H
#define KAB_REPORTS_QUANTILES_H

#include <stdbool.h>
#include <stddef.h>

#include "db/query.h"

#define QUANTILES_SEED	20261121
#define QUANTILES_DRAWS 1000

struct quantile_shift {
	const char *workload, *kind; /* borrowed from the histograms */
	const char *name;	     /* "p99.9" */
	double base_ns, new_ns;
	double delta_pct; /* NaN when the base's is 0 */
	double ci_pct[2]; /* of 95 %; NaN when there is none */
	bool saturated;	  /* a side's is in fio's last bin: it is a lower bound */
	size_t n_base, n_new;
};

struct quantile_shifts {
	struct quantile_shift *items; /* by workload and kind, then quantile */
	size_t count;
};

/* From histograms per boot (db_boot_histograms()) of both sides. */
void quantiles_compare(const struct db_histograms *base, const struct db_histograms *new,
		       struct quantile_shifts *out);
void quantiles_release(struct quantile_shifts *q);

#endif
