/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a run ended: outcome.json in the run directory. It says "failed" as soon as one finding
 * forbids the use of the figures.
 */
#ifndef KAB_RUNNER_MACHINE_OUTCOME_H
#define KAB_RUNNER_MACHINE_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/json.h"

struct outcome {
	bool failed;
	bool skipped; /* not booted, for a reason that is no fault */
	int64_t wall_ms;
	int64_t first_record_ms; /* since the start of the machine; negative: there was none */
	char *exit;		 /* "exit status 0" */
	struct json_object *findings;
};

void outcome_init(struct outcome *o);
void outcome_release(struct outcome *o);
/* severity: "note", "warning", or "failure". The same finding again is not added. */
void outcome_add(struct outcome *o, const char *workload, const char *kind, const char *severity,
		 const char *message_fmt, ...) __attribute__((format(printf, 5, 6)));
/* True when there is a finding of this workload and kind; NULL stands for any. */
bool outcome_has(const struct outcome *o, const char *workload, const char *kind);
/* 0, or -1 with an error printed. */
int outcome_write(const struct outcome *o, const char *run_path);
/* Prints the findings of a run directory's outcome: "LABEL: KIND: message", failures as errors. Returns
 * the number of failures, or -1 with an error printed. */
int outcome_show(const char *run_path, const char *label);

#endif
