/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's end of the record stream (lib/record.h): everything that the host shall know goes
 * through here. A record that cannot be sent cannot be reported either; the -1 makes the agent
 * stop, and the host notices the gap.
 */
#ifndef KAB_GUEST_SEND_H
#define KAB_GUEST_SEND_H

#include <stddef.h>
#include <stdint.h>

#include "lib/record.h"

#define SEND_PORT "kab.records" /* the name of the virtio-serial port */

struct sender {
	int fd; /* -1: not open */
	uint32_t sequence;
};

/* Finds the port by its name and opens it; waits up to five seconds for it to appear, as ports
 * are announced after the driver is up. Needs /dev and /sys. 0, or -1 with errno. */
int send_open(struct sender *s);
/* Each sends one record, name and data as in lib/record.h. 0, or -1. */
int send_record(struct sender *s, enum record_type type, const char *name, const void *data,
		size_t len);
int send_text(struct sender *s, enum record_type type, const char *name, const char *text);
/* A file record, named "WORKLOAD/FILE" or, with workload NULL, "FILE". */
int send_file(struct sender *s, const char *workload, const char *file, const void *data,
	      size_t len);
int send_finding(struct sender *s, const char *workload, const char *kind, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
