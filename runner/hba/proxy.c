// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxy.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/log.h"

struct header {
	int32_t command;
	uint32_t padding;
	uint64_t size;
};

/* Sizes of payloads, and how many descriptors may come along. */
static const struct {
	size_t size, fds_min, fds_max;
} shapes[] = {
	[PROXY_SYNC_SYSMEM] = { 192, 0, PROXY_FDS },
	[PROXY_RET] = { 8, 0, 0 },
	[PROXY_PCI_CFGWRITE] = { 12, 0, 0 },
	[PROXY_PCI_CFGREAD] = { 12, 0, 0 },
	[PROXY_BAR_WRITE] = { 24, 0, 0 },
	[PROXY_BAR_READ] = { 24, 0, 0 },
	[PROXY_SET_IRQFD] = { 0, 0, 2 },
	[PROXY_DEVICE_RESET] = { 0, 0, 0 },
};

#define SHAPE_COUNT (sizeof(shapes) / sizeof(shapes[0]))

/* Reads exactly `len` bytes. Bytes read before the end of the stream, -1 on errors. */
static ssize_t receive_all(int fd, void *data, size_t len)
{
	uint8_t *to = data;
	size_t have = 0;

	while (have < len) {
		ssize_t n = recv(fd, to + have, len - have, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != ECONNRESET)
			return -1;
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

static void take_fds(struct msghdr *msg, struct proxy_message *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t count;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		count = count < PROXY_FDS ? count : PROXY_FDS;
		memcpy(m->fds, CMSG_DATA(c), count * sizeof(int));
		m->fd_count = count;
	}
}

/* The header with its descriptors. Bytes read, as receive_all(). */
static ssize_t receive_header(int fd, struct header *h, struct proxy_message *m)
{
	union {
		char room[CMSG_SPACE(PROXY_FDS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { h, sizeof(*h) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t n, rest;

	do
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -1;
	take_fds(&msg, m);
	if (n == 0 || n == sizeof(*h))
		return n;
	rest = receive_all(fd, (uint8_t *)h + n, sizeof(*h) - (size_t)n);
	return rest < 0 ? -1 : n + rest;
}

static enum proxy_result broken(struct proxy_message *m, const char *why)
{
	proxy_release(m);
	error("the socket to QEMU: %s", why);
	return PROXY_BROKEN;
}

enum proxy_result proxy_receive(int fd, struct proxy_message *m)
{
	struct header h = { 0 };
	ssize_t n;

	*m = (struct proxy_message){ .fd_count = 0 };
	n = receive_header(fd, &h, m);
	if (n == 0)
		return PROXY_END;
	if (n != sizeof(h))
		return broken(m, n < 0 ? strerror(errno) : "closed within a message");
	if (h.command < 0 || (size_t)h.command >= SHAPE_COUNT || h.size != shapes[h.command].size ||
	    m->fd_count < shapes[h.command].fds_min || m->fd_count > shapes[h.command].fds_max)
		return broken(m, "not a message that this version of QEMU sends");
	m->command = (enum proxy_command)h.command;
	m->size = (size_t)h.size;
	n = receive_all(fd, m->bytes, m->size);
	if (n != (ssize_t)m->size)
		return broken(m, n < 0 ? strerror(errno) : "closed within a message");
	return PROXY_OK;
}

void proxy_release(struct proxy_message *m)
{
	while (m->fd_count)
		close(m->fds[--m->fd_count]);
}

int proxy_return(int fd, uint64_t value)
{
	struct {
		struct header h;
		uint64_t value;
	} out = { { PROXY_RET, 0, sizeof(value) }, value };
	ssize_t n;

	do
		n = send(fd, &out, sizeof(out), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n == sizeof(out))
		return 0;
	return error("the socket to QEMU:");
}
