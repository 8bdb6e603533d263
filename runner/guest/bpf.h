/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XDP programs of a few instructions, loaded and run by bpf(2) alone. Each function returns what
 * the system call returns: a file descriptor or 0, or -1 with errno.
 */
#ifndef KAB_GUEST_BPF_H
#define KAB_GUEST_BPF_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/strbuf.h"

/* A map with one 64-bit element, which is 0. */
int bpf_counter(void);

/* Each loads one program. A refusal appends the verifier's words to `why`. */
/* Returns this action for every packet. */
int bpf_load_action(enum xdp_action action, struct strbuf *why);
/* Redirects every packet to an interface. */
int bpf_load_redirect(unsigned int ifindex, struct strbuf *why);
/* The same, after the counter has been raised by one and written to the packet at `offset`. */
int bpf_load_stamp(unsigned int ifindex, int counter, unsigned int offset, struct strbuf *why);

/* Makes the interface's driver run the program until the link that is returned is closed. */
int bpf_attach(int program, unsigned int ifindex);

/*
 * Lets the program decide about `repeat` packets, each a page of its own from a page_pool, as if
 * lo had received them, `batch` at a time (BPF_F_TEST_XDP_LIVE_FRAMES, Linux 5.18): they really
 * go where it sends them.
 */
int bpf_run_live(int program, const void *packet, size_t len, uint32_t repeat, uint32_t batch);

#endif
