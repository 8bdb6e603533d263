/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices of the machine that a workload asks for: an emulated SAS3008 with its disks ("devices":
 * ["sas3008"], "disks", "disk_mib", "disk_dir"; docs/hba.md), or a PCI device of the host
 * ("passthrough").
 */
#ifndef KAB_RUNNER_MACHINE_DEVICES_H
#define KAB_RUNNER_MACHINE_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/json.h"
#include "lib/strvec.h"

struct devices {
	bool sas3008;
	int64_t disks, disk_mib;
	char *disk_dir;	   /* where the disks are files, or NULL: they are memory */
	char *passthrough; /* "0000:85:00.0", or NULL */
};

/* Reads the keys out of a workload's definition. 0, or -1 with every error printed; what was read
 * is devices_release()'s after both. */
int devices_read(const struct json_at *workload, struct devices *d);
void devices_release(struct devices *d);

/*
 * The two halves of QEMU's command line: before the program, what it runs under ("kab hba ...
 * --"), which reports to `log`; among the arguments, the devices and what they need. Memory in
 * MiB. Neither pushes anything when there are no devices.
 */
void devices_push_prefix(const struct devices *d, const char *log, struct strvec *argv);
void devices_push_args(const struct devices *d, int64_t memory_mib, struct strvec *argv);

#endif
