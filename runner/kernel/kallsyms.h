/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The symbols of a kernel that came without its System.map: the kernel itself knows them. It is
 * booted once, on the target det, and the agent sends /proc/kallsyms.
 */
#ifndef KAB_RUNNER_KERNEL_KALLSYMS_H
#define KAB_RUNNER_KERNEL_KALLSYMS_H

#include "variant.h"

/* Writes the kernel's own code in the form of a System.map. 0, or -1 with an error printed. */
int kallsyms_fetch(const struct variant *v, const char *to);

#endif
