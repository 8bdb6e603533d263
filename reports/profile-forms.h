/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The profile of one kernel, for people and for other programs.
 */
#ifndef KAB_REPORTS_PROFILE_FORMS_H
#define KAB_REPORTS_PROFILE_FORMS_H

#include <stdio.h>

#include "db/query.h"

/* All borrowed. */
struct profile_form {
	const struct db_side *side;
	const char *workload;
	const struct db_profile *profile; /* not empty */
	const struct db_calls *calls;	  /* empty when calls were not followed */
};

/* All return 0, or -1 with an error printed. */

/* The functions that take most, with their share: those above 0.1 %. */
int profile_text(FILE *out, const struct profile_form *p);
/*
 * Folded stacks, "caller;callee INSTRUCTIONS" a line, which flamegraph.pl and speedscope read; without
 * a call graph "subsystem;object;function".
 */
int profile_folded(FILE *out, const struct profile_form *p);
/*
 * What "perf script" prints of a recording, which speedscope, Firefox's profiler and others read. As
 * those count samples, the window is cut into PERF_SAMPLES equal parts, and each is a sample of what was
 * executed at its end; functions below a part of the window are left out, or come once too often.
 */
#define PERF_SAMPLES 5000
int profile_perf(FILE *out, const struct profile_form *p);
/*
 * For KCachegrind and callgrind_annotate; the events are "Ir", and those of a model of caches of a
 * function's own. Objects stand for source files.
 */
int profile_callgrind(FILE *out, const struct profile_form *p);

#endif
