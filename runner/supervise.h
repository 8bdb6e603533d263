/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs guests, several at a time, from one poll loop over their processes, consoles and record
 * streams. Whatever goes wrong with a guest (does not start, panics, hangs, powers off early,
 * sends a cut or corrupt record, runs out of memory) ends as a finding in its run directory;
 * never as a missing or wrong figure.
 */
#ifndef KAB_RUNNER_SUPERVISE_H
#define KAB_RUNNER_SUPERVISE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/strvec.h"

/* One guest to run. The run directory exists, with its manifest and status "incomplete". */
struct guest {
	const char *run_path;
	const char *label;	   /* for progress lines: "linux-6.1 dmcrypt-1m" */
	char *const *argv;	   /* of the machine; from target->command() */
	int64_t boot_timeout_ms;   /* until the first record */
	char *const *workloads;	   /* names, NULL-terminated, in order */
	const int64_t *timeout_ms; /* one per workload, from its begin to its end record */
	/* Results: */
	enum { GUEST_WAITING, GUEST_RUNNING, GUEST_OK, GUEST_FAILED, GUEST_INTERRUPTED } state;
	int64_t wall_ms;
};

/*
 * Runs all guests, at most `parallel` at a time, in order. A guest that has ended well or badly
 * has a complete run directory when `ended` is called with it. Returns 0 when all have run (well
 * or badly), 1 when interrupted: then the rest is left incomplete and no process is left.
 */
int supervise(struct guest *guests, size_t count, int parallel,
	      void (*ended)(struct guest *g, void *ctx), void *ctx);

#endif
