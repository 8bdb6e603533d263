/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Workloads as data: configs/workloads/NAME.json. docs/formats.md has every key.
 */
#ifndef KAB_RUNNER_WORKLOAD_H
#define KAB_RUNNER_WORKLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "lib/json.h"
#include "lib/strbuf.h"
#include "lib/strvec.h"

struct workload {
	char *name;
	char *title;
	char *driver;		/* the guest's driver: "fio" */
	char *fio;		/* path of the .fio file, or NULL */
	struct strbuf fio_text; /* its bytes */
	struct strvec headline; /* metrics that the workload is about */
	struct strvec needs;	/* CONFIG_ symbols that must be y or m */
	int64_t memory_mib;	/* of the guest */
	int64_t timeout_s;	/* wall clock, for this workload alone */
	/* Additions to the kernel command line: the workload's own, and what its device needs
	 * ("brd.rd_size=524288"). */
	struct strvec append;
	struct json_doc doc; /* the whole definition, for the guest's job */
};

/* By name from configs/workloads/, or by path (contains '/'). 0, or -1 with every error printed. */
int workload_load(struct workload *w, const char *name);
void workload_release(struct workload *w);
/* Names in configs/workloads/, sorted. */
int workload_names(struct strvec *names);
/* SHA-256 of the definition (without its comments) and of its .fio file, hex; a new string. */
char *workload_identity(const struct workload *w);
/*
 * Lets the host's fio read the job file, with the options that the guest will add, but not run
 * it: a mistake shows before anything is booted. 0, or -1 with fio's own lines as errors.
 */
int workload_check_fio(const struct workload *w);
/*
 * The guest's job for these workloads on a clock ("instruction" or "wall"): nothing in it depends
 * on the kernel, the run, or the time, so that two variants get the same bytes.
 */
struct json_object *workload_job(const struct workload *const *list, size_t count,
				 const char *clock);

#endif
