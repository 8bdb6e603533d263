/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a workload's program reads and writes: a block device or a file that the guest makes first.
 * To add a kind: one file, one line in device.c.
 */
#ifndef KAB_GUEST_DEVICE_H
#define KAB_GUEST_DEVICE_H

#include "driver.h"

/* Bytes that went through it since it was made, as the kernel counts them. */
struct moved {
	uint64_t read, written;
};

struct device_kind {
	const char *type;
	/* Makes it as the workload's `device` says, and sets t->device to its path. 0, or -1 after
	 * task_fail(). */
	int (*open)(struct task *t, struct json_object *device);
	/* 0, or -1 with nothing said when the kernel has no counters. */
	int (*count)(const struct task *t, struct moved *moved);
	/* Removes it, if there is one; after a failed open() as well. */
	void (*close)(struct task *t);
};

extern const struct device_kind dmcrypt_device, nfs_device;

/* The kind of a workload's `device`; NULL when it is unknown. */
const struct device_kind *device_find(struct json_object *device);

#endif
