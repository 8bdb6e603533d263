/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's log, followed: what it says while a step of a workload runs.
 */
#ifndef KAB_GUEST_KMSG_H
#define KAB_GUEST_KMSG_H

#include "lib/strbuf.h"

/* Opens /dev/kmsg at its end. A descriptor, or -1 with errno. */
int kmsg_open(void);
/* Appends the messages that are new, one per line, without their prefixes. */
void kmsg_read(int fd, struct strbuf *out);
/* How often a text occurs. */
unsigned int kmsg_count(const char *text, const char *what);

#endif
