/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs guests, several at a time, from one poll loop over their processes, consoles and record
 * streams. Whatever goes wrong with a guest (does not start, panics, hangs, powers off early,
 * sends a cut or corrupt record, runs out of memory) ends as a finding in its run directory;
 * never as a missing or wrong figure.
 *
 * The machine writes console and records to files, which are followed with inotify: nothing that
 * kab does or does not do holds the guest up.
 */
#ifndef KAB_RUNNER_MACHINE_SUPERVISE_H
#define KAB_RUNNER_MACHINE_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/strvec.h"

/* One guest to run. */
struct guest {
	const char *run_path;	   /* the machine writes console.log and records.bin in it */
	const char *label;	   /* for progress lines: "linux-6.1 dmcrypt-1m"; NULL: show none */
	char *const *argv;	   /* of the machine; from target->command() */
	int64_t boot_timeout_ms;   /* until the first record; also between workloads */
	char *const *workloads;	   /* names, NULL-terminated, in order */
	const int64_t *timeout_ms; /* one per workload, from its begin to its end record */
	int64_t shared_bytes;	   /* of the guest's memory that is a file, too; 0: none is */
	int patience;	 /* times the timeouts may be overrun by a machine that the host gives
				    * no CPU; 0: never, as on a wall clock that would be measured */
	bool wall_clock; /* what the host does besides is recorded in noise.json */
	bool last_try;	 /* a disturbed boot stands, with a warning; otherwise it has failed */
	/* Results: */
	bool disturbed;
	enum { GUEST_WAITING, GUEST_RUNNING, GUEST_OK, GUEST_FAILED, GUEST_INTERRUPTED } state;
	int64_t wall_ms;
};

/* Who is told; each may be NULL. -1 with an error printed stops everything. */
struct supervise_events {
	/* It is about to start: makes its run directory, with manifest and status "incomplete". */
	int (*starting)(struct guest *g, void *ctx);
	/* It has ended well or badly, and its run directory is complete. */
	int (*ended)(struct guest *g, void *ctx);
	void *ctx;
};

/*
 * Runs all guests, at most `parallel` at a time, in order. Returns 0 when all have run (well or
 * badly); 1 when interrupted; -1 with an error printed when a run directory could not be written
 * or read (a full disk), or an event failed. In the last two cases the rest is left incomplete and
 * no process is left.
 */
int supervise(struct guest *guests, size_t count, int parallel, const struct supervise_events *ev);

#endif
