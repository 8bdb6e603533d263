/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run directory: the durable record of one boot, and the artifact between runner/ and
 * collectors/. The database can be rebuilt from run directories alone. docs/formats.md has the
 * format of every file.
 *
 *	manifest.json	 what is run: kernel, target, clock, workloads, guest (written first)
 *	environment.json what the host is: flat key -> string
 *	console.log	 the serial console
 *	records.bin	 the guest's record stream as it came
 *	qemu.log	 what the machine itself said
 *	files/		 the files out of the records: files/WORKLOAD/NAME, files/NAME
 *	outcome.json	 how it ended: outcome, times, the supervisor's findings
 *	status		 "incomplete", then "complete" by an atomic rename, the last thing written
 */
#ifndef KAB_RUNNER_MACHINE_RUNDIR_H
#define KAB_RUNNER_MACHINE_RUNDIR_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/json.h"
#include "lib/strvec.h"

struct rundir_workload {
	char *name;
	char *title;
	struct strvec headline; /* metrics that the workload is about */
	int64_t *bases;		/* arms that this one is compared with */
	size_t base_count;
};

/* An opened run directory; everything is owned by the struct. */
struct rundir {
	char *path;
	char *id;      /* "SESSION/NNN", unique */
	char *session; /* "20261120T190000Z-1a2b3c4d" */
	char *plan;    /* the plan's name: "nightly", "compare" */
	char *started; /* UTC, "2026-11-20T19:00:00Z" */
	char *target;  /* "det" */
	char *clock;   /* "instruction" or "wall" */
	int64_t arm;  /* 0 is the base: position of the kernel in the plan; in an A/A comparison two
			 * arms have the same kernel */
	int64_t boot; /* 1, 2, ...: the replicate within session x arm x workload list */
	char *kernel_spec;
	char *kernel_id;
	char *kernel_release;
	char *image_sha256;
	char *config_sha256;
	char *compiler;
	char *source; /* "linux-6.1 (6.1.192-2)" */
	char *series; /* "mempool-bulk", several joined by "+", or "" */
	struct rundir_workload *workloads;
	size_t workload_count;
	char *fingerprint; /* changes when the directory does (fingerprint.h) */
	struct json_doc manifest;
};

/*
 * Opens and checks a complete run directory. Returns 0; 1 without a message when it is
 * incomplete; -1 with an error printed when it is damaged.
 */
int rundir_open(struct rundir *run, const char *path);
void rundir_close(struct rundir *run);
/* "PATH/files/WORKLOAD/NAME" (workload may be NULL); a new string. */
char *rundir_file(const struct rundir *run, const char *workload, const char *name);

/* "SESSIONS/SESSION/runs/NNN" of the run "SESSION/NNN", or NULL when it is no such id; a new string. */
char *rundir_place(const char *sessions_dir, const char *id);

/* Complete and incomplete run directories below a data directory's sessions/, sorted by id. */
int rundir_list(const char *sessions_dir, struct strvec *paths);

/* For the runner: makes the directory with status "incomplete" and the manifest. */
int rundir_create(const char *path, struct json_object *manifest);
/*
 * Stores a file out of the guest's records: `name` is "NAME" or "WORKLOAD/NAME". Returns 0, -1 with
 * an error printed, or 1 without a message when the name is not acceptable or is there already.
 */
int rundir_add_file(const char *path, const char *name, const void *data, size_t len);
/* Syncs all files and renames "complete" into place. */
int rundir_complete(const char *path);
bool rundir_is_complete(const char *path);

#endif
