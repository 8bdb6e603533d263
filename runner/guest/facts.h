/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest is: kernel, command line, mitigations, clock, memory, processor, tools.
 */
#ifndef KAB_GUEST_FACTS_H
#define KAB_GUEST_FACTS_H

#include <json-c/json.h>

/* A flat object of strings, keys as in docs/formats.md; what the kernel does not tell is left
 * out. The caller puts it. */
struct json_object *facts_read(void);

#endif
