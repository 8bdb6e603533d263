/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Workloads as data: configs/workloads/NAME.json. docs/formats.md has every key.
 */
#ifndef KAB_RUNNER_SESSION_WORKLOAD_H
#define KAB_RUNNER_SESSION_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/json.h"
#include "lib/strbuf.h"
#include "lib/strvec.h"
#include "runner/machine/devices.h"

struct workload {
	char *name;
	char *title;
	char *driver;		/* the guest's driver: "fio", "module" */
	const char *since;	/* the first Linux that the driver can run on, or NULL */
	char *module;		/* bench module (benchmod.h), or NULL */
	char *module_id;	/* identity of its sources, or NULL */
	char *fio;		/* path of the .fio file, or NULL */
	struct strbuf fio_text; /* its bytes */
	struct strvec headline; /* metrics that the workload is about */
	struct strvec needs;	/* CONFIG_ symbols that must be y or m */
	struct strvec modules;	/* of the kernel's own, for the driver to load */
	struct devices devices; /* of the machine */
	bool everyday;		/* what "kab compare" runs when it is told no workload */
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
/* Those of them that are everyday ones. 0, or -1 with an error printed. */
int workload_everyday(struct strvec *names);
/* SHA-256 of the definition (without its comments), its .fio file and its bench module's sources,
 * hex; a new string. */
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
