/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPUs that this process may use; at least 1.
 */
#ifndef KAB_LIB_CPUS_H
#define KAB_LIB_CPUS_H

int cpus_available(void);

#endif
