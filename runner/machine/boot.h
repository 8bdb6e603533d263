/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One boot: a machine that runs, what its guest has sent so far, and by when something new has to
 * come. supervise.c has the loop over several.
 */
#ifndef KAB_RUNNER_MACHINE_BOOT_H
#define KAB_RUNNER_MACHINE_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "console.h"
#include "lib/proc.h"
#include "noise.h"
#include "outcome.h"
#include "stream.h"
#include "supervise.h"

enum boot_phase {
	BOOT_STARTING, /* no record yet */
	BOOT_BETWEEN,  /* the agent runs, no workload does */
	BOOT_WORKLOAD,
	BOOT_LEAVING, /* the last record has come */
};

struct boot {
	struct guest *guest;
	struct proc proc;
	struct stream stream;
	struct console console;
	struct outcome outcome;
	enum boot_phase phase;
	struct noise noise; /* before it started */
	size_t workload;    /* index of the one that runs or comes next */
	bool given_up;	    /* kab has ended the machine, for a reason among the findings */
	int64_t started_ms;
	int64_t deadline_ms; /* when to look whether the time is up */
	int64_t phase_ms, phase_cpu_ms,
		timeout_ms; /* what the time is reckoned from, and how much */
};

/* All return 0, or -1 with an error printed: the run directory cannot be written or read. */

/* Starts the machine. One that does not start is a finding, and a boot that has ended at once. */
int boot_start(struct boot *b, struct guest *guest);
/* Takes what is new from console and records, and ends the machine when the guest is beyond hope. */
int boot_follow(struct boot *b);
/* Ends the machine when its time is up. */
int boot_check_deadline(struct boot *b);
/* After the machine has ended: the rest of its output, the verdict, outcome.json, status. */
int boot_finish(struct boot *b);
/* Ends the machine if it runs, and leaves the run directory incomplete. */
void boot_abandon(struct boot *b);

/* True once the machine has ended. */
bool boot_ended(struct boot *b);
/* "starting", or the seconds since the start. */
void boot_describe(const struct boot *b, struct strbuf *out);

#endif
