/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the adapter has seen of its guest, as JSON (docs/formats.md: files/hba.json).
 */
#ifndef KAB_RUNNER_HBA_REPORT_H
#define KAB_RUNNER_HBA_REPORT_H

#include "device.h"

/* Writes the file, atomically. 0, or -1 with an error printed. */
int report_write(const struct hba *h, const char *path);

#endif
