/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts about the host that figures may depend on, or that explain them.
 */
#ifndef KAB_RUNNER_MACHINE_HOST_H
#define KAB_RUNNER_MACHINE_HOST_H

#include <stdint.h>

#include "lib/json.h"

/* environment.json of a run: flat, strings. Facts that cannot be read are left out. */
struct json_object *host_facts(void);
/* Bytes of memory that new processes can use without swapping; 0 when not known. */
int64_t host_memory(void);
/* "Debian GNU/Linux 12 (bookworm)"; a new string, NULL when not known. */
char *host_distribution(void);

#endif
