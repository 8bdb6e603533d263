/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet that a network stack looks at, and drops as soon as it sees that it is for somebody
 * else: IPv4 and UDP to an Ethernet address that nobody has.
 */
#ifndef KAB_GUEST_PACKET_H
#define KAB_GUEST_PACKET_H

#include <stddef.h>

#define PACKET_HEADERS 42 /* bytes before the payload */
#define PACKET_MAX     1500

/* Makes one of `size` bytes, headers included; the payload is a pattern. */
void packet_make(unsigned char *packet, size_t size);

#endif
