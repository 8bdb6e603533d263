/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host did besides, while a guest was measured on a wall clock. A boot is disturbed by a
 * rule on these figures alone, never by its result: leaving out what looks odd would prove anything.
 */
#ifndef KAB_RUNNER_MACHINE_NOISE_H
#define KAB_RUNNER_MACHINE_NOISE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/json.h"
#include "lib/strbuf.h"

/* Counters of the host at one moment; negative: this host does not tell. */
struct noise {
	int64_t at_ms;		  /* monotonic */
	double busy_ms, steal_ms; /* of all CPUs */
	double own_ms;		  /* CPU time of kab and the guests that have ended */
	double psi_cpu_us, psi_memory_us, psi_io_us; /* in which something had to wait */
	double swapped_pages;			     /* in and out */
	double throttled;			     /* times a core was, for heat */
};

void noise_read(struct noise *n);
/*
 * What happened since: a JSON object of rates, flat, with steal_pct, others_cpu_pct, psi_cpu_pct,
 * psi_memory_pct and psi_io_pct (of one CPU, or of the time), swapped_pages, throttled, and as they
 * are now load, frequency_mhz and temperature_c. What the host does not tell is left out. Call
 * it after the guest has ended, as its CPU time counts only then.
 */
struct json_object *noise_since(const struct noise *before);
/* Whether the rule says so; appends "steal_pct 7.1 (at most 2)" for each reason. */
bool noise_disturbs(struct json_object *rates, struct strbuf *why);

#endif
