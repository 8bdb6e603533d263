/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages between QEMU's device "x-pci-proxy-dev" and the process that is the device, over a
 * stream socket (QEMU 7.2: include/hw/remote/mpqemu-link.h; QEMU calls them private, so another
 * version may differ). A header of 16 bytes, then the payload, in the host's byte order; file
 * descriptors come with the header's first byte.
 */
#ifndef KAB_RUNNER_HBA_PROXY_H
#define KAB_RUNNER_HBA_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROXY_FDS     8
#define PROXY_PAYLOAD 192

enum proxy_command { /* MPQemuCmd */
		     PROXY_SYNC_SYSMEM = 0,
		     PROXY_RET = 1,
		     PROXY_PCI_CFGWRITE = 2,
		     PROXY_PCI_CFGREAD = 3,
		     PROXY_BAR_WRITE = 4,
		     PROXY_BAR_READ = 5,
		     PROXY_SET_IRQFD = 6,
		     PROXY_DEVICE_RESET = 7,
};

struct proxy_message {
	enum proxy_command command;
	size_t size; /* of the payload; as the command has it */
	union {
		uint8_t bytes[PROXY_PAYLOAD];
		struct { /* PROXY_SYNC_SYSMEM: piece i is in fds[i] */
			uint64_t gpa[PROXY_FDS];
			uint64_t size[PROXY_FDS];
			int64_t offset[PROXY_FDS];
		} sysmem;
		struct { /* PROXY_PCI_CFG... */
			uint32_t addr;
			uint32_t value;
			int32_t len;
		} config;
		struct { /* PROXY_BAR_...: a guest-physical address */
			uint64_t addr;
			uint64_t value;
			uint32_t size;
			bool memory;
		} bar;
	};
	int fds[PROXY_FDS];
	size_t fd_count;
};

enum proxy_result {
	PROXY_OK,
	PROXY_END,   /* the socket was closed between two messages */
	PROXY_BROKEN /* an error has been printed: closed within a message, or not a message */
};

/* Waits for a message and takes it; its descriptors are the caller's, see proxy_release(). */
enum proxy_result proxy_receive(int fd, struct proxy_message *m);
/* Closes the descriptors that came with it. */
void proxy_release(struct proxy_message *m);
/* Answers. 0, or -1 with an error printed. */
int proxy_return(int fd, uint64_t value);

#endif
