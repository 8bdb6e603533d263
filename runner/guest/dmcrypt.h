/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An encrypted ramdisk: brd's /dev/ram0 under a dm-crypt mapping, made with dmsetup.
 */
#ifndef KAB_GUEST_DMCRYPT_H
#define KAB_GUEST_DMCRYPT_H

#include <json-c/json.h>

#include "driver.h"

/* Makes it as the workload's `device` says, sends its table, and sets t->device. 0, or -1 after
 * task_fail(). */
int dmcrypt_open(struct task *t, struct json_object *device);
/* Removes the mapping, if there is one. */
void dmcrypt_close(struct task *t);

#endif
