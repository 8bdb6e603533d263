/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Workload drivers: what the guest can run. To add one: one file, one line in driver.c.
 */
#ifndef KAB_GUEST_DRIVER_H
#define KAB_GUEST_DRIVER_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/strbuf.h"
#include "send.h"

/* A workload on its way. */
struct task {
	struct sender *out;
	const char *name;	  /* of the workload */
	bool wall_clock;	  /* otherwise the instruction clock */
	struct json_object *spec; /* the workload's part of the job */
	struct strbuf failure;	  /* why it failed; empty as long as it has not */
	struct strbuf results;	  /* lines of results.h */
	/* The block device or file under test, which a driver may have made; "" when there is none. */
	char device[32];
	int status;  /* of the program that was measured, as from waitpid() */
	void *state; /* of the driver */
};

/*
 * The steps of a workload, in order. Each returns 0, or -1 after task_fail(). Only `finish` is
 * called whatever happened before. Any of them may be NULL.
 */
struct driver {
	const char *name;
	int (*prepare)(struct task *t);
	int (*measure)(struct task *t); /* nothing but the measured part */
	int (*report)(struct task *t); /* sends files, and checks that what ran is what was asked */
	void (*finish)(struct task *t);
};

extern const struct driver fio_driver, module_driver, mpt3sas_driver, trouble_driver, xdp_driver;

/* Runs one workload from its begin to its end record. Returns 0 also when the workload failed
 * (that has been sent), -1 when the stream is broken. */
int task_run(struct sender *out, struct json_object *spec, bool wall_clock);
/* Sends a finding, keeps its message as the reason of the failure, and returns -1. */
int task_fail(struct task *t, const char *kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Members of a JSON object with a default for what is missing or of another type. */
const char *spec_str(struct json_object *o, const char *key, const char *otherwise);
int64_t spec_int(struct json_object *o, const char *key, int64_t otherwise);
/* The member if it is an object or an array of this type, else NULL. */
struct json_object *spec_get(struct json_object *o, const char *key, enum json_type type);

#endif
