/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WORKLOAD/results: the figures of a workload that fio did not run, as lines of text
 * (docs/formats.md). A driver adds them one by one, or passes on those of a bench module.
 */
#ifndef KAB_GUEST_RESULTS_H
#define KAB_GUEST_RESULTS_H

#include <stdint.h>

#include "driver.h"

/* A figure num/den; better is "higher" or "lower". Once per round: the boot's figure is the median. */
void result_add(struct task *t, const char *metric, const char *unit, const char *better,
		uint64_t num, uint64_t den);
/* What was counted against what was asked for. 0, or -1 after task_fail() unless they are equal. */
int result_check(struct task *t, const char *name, uint64_t got, uint64_t want);
/* Something to know about the run. */
void result_fact(struct task *t, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The lines of a bench module, as they are. 0, or -1 after task_fail() when one says that something
 * went wrong or is no line of this format. */
int results_take(struct task *t, const char *text);
/* Sends all of them, for a driver's report(). 0, or -1 when the stream is broken. */
int results_send(struct task *t);

#endif
