/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a PCI device of this host can be given to a guest (VFIO), and if not, why, and what to
 * do about it. Source: the kernel's Documentation/driver-api/vfio.rst.
 */
#ifndef KAB_RUNNER_MACHINE_PASSTHROUGH_H
#define KAB_RUNNER_MACHINE_PASSTHROUGH_H

#include <stdbool.h>

#include "lib/strbuf.h"

/* "DDDD:BB:DD.F", hexadecimal, as in /sys/bus/pci/devices. */
bool passthrough_is_address(const char *address);
/*
 * Checks device, IOMMU group, the group's drivers, and the permission to use it, below the roots
 * "/sys" and "/dev" (tests have others). False with the reason, and the commands that would help,
 * appended to `why`.
 */
bool passthrough_usable(const char *address, const char *sys, const char *dev, struct strbuf *why);

#endif
