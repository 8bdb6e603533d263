/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network interfaces: veth pairs and counters, by rtnetlink. Each function returns 0, or -1 with
 * errno as the kernel gave it.
 */
#ifndef KAB_GUEST_LINK_H
#define KAB_GUEST_LINK_H

#include <linux/if_link.h>

int link_up(const char *name);
/* A veth pair with one queue each way, both ends up. When this fails there is no such pair. */
int link_make_veth(const char *name, const char *peer);
/* Removes an interface, and its peer. */
int link_remove(const char *name);
/* Its counters since it was made. A kernel that knows fewer leaves the others 0. */
int link_stats(const char *name, struct rtnl_link_stats64 *stats);

#endif
