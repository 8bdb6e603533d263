/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The key `device` of a workload: what the guest's fio driver makes before it runs
 * (runner/guest/device.h). docs/formats.md has every key.
 */
#ifndef KAB_RUNNER_SESSION_DEVICE_H
#define KAB_RUNNER_SESSION_DEVICE_H

#include "lib/json.h"
#include "lib/strvec.h"

/* Checks it, and adds what it needs on the kernel's command line. 0, or -1 with every error
 * printed. */
int device_read(const struct json_at *at, struct strvec *append);

#endif
