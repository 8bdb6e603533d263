// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/proc.h"
#include "proxy.h"
#include "qtest.h"

#define STOP_MS	 500   /* for QEMU, from TERM to KILL: less than this process is given */
#define LEAVE_MS 10000 /* for QEMU, from closing its sockets to its end */

struct server {
	struct hba *hba;
	int bus[2], test[2]; /* sockets: ours, QEMU's */
	struct strvec argv;
	struct proc qemu;
};

static int send_interrupt(void *ctx, uint64_t address, uint32_t data)
{
	const struct server *s = ctx;

	return qtest_writel(s->test[0], address, data);
}

/*
 * Messages.
 */
static int map_memory(struct server *s, const struct proxy_message *m)
{
	struct memory_share shares[PROXY_FDS];

	for (size_t i = 0; i < m->fd_count; i++)
		shares[i] = (struct memory_share){ m->sysmem.gpa[i], m->sysmem.size[i],
						   m->sysmem.offset[i], m->fds[i] };
	return memory_map(&s->hba->memory, shares, m->fd_count);
}

/* QEMU waits for the answer to all but the first two. */
static int take_message(struct server *s, const struct proxy_message *m)
{
	struct hba *h = s->hba;
	uint64_t value = 0;

	switch (m->command) {
	case PROXY_SYNC_SYSMEM:
		return map_memory(s, m);
	case PROXY_SET_IRQFD: /* only KVM would listen */
		return 0;
	case PROXY_PCI_CFGWRITE:
		hba_config_write(h, m->config.addr, m->config.len, m->config.value);
		break;
	case PROXY_PCI_CFGREAD:
		value = hba_config_read(h, m->config.addr, m->config.len);
		break;
	case PROXY_BAR_WRITE:
		hba_bar_write(h, m->bar.addr, m->bar.size, m->bar.value);
		break;
	case PROXY_BAR_READ:
		value = hba_bar_read(h, m->bar.addr, m->bar.size);
		break;
	case PROXY_DEVICE_RESET:
		hba_reset(h);
		break;
	case PROXY_RET:
		return error("the socket to QEMU: an answer that nobody waits for");
	}
	return proxy_return(s->bus[0], value);
}

/* 1 when QEMU has closed the socket, -1 when it cannot go on. */
static int take_one(struct server *s)
{
	struct proxy_message m;
	enum proxy_result got = proxy_receive(s->bus[0], &m);
	int result;

	if (got != PROXY_OK)
		return got == PROXY_END ? 1 : -1;
	result = take_message(s, &m);
	proxy_release(&m);
	return s->hba->msix.broken ? -1 : result;
}

/* Until QEMU closes the socket or ends, or kab is interrupted. */
static int run(struct server *s)
{
	struct pollfd fds[] = { { .fd = s->bus[0], .events = POLLIN },
				{ .fd = s->qemu.pidfd, .events = POLLIN },
				{ .fd = interrupt_fd(), .events = POLLIN } };
	int result = 0;

	while (result == 0 && !interrupted()) {
		if (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0) {
			if (errno != EINTR)
				return error("cannot wait for QEMU:");
			continue;
		}
		if (fds[0].revents)
			result = take_one(s);
		else if (fds[1].revents)
			result = 1;
	}
	return result < 0 ? -1 : 0;
}

/*
 * Start and end.
 */

/* In the child: its ends of the sockets stay open. */
static int keep_sockets(void *ctx)
{
	const struct server *s = ctx;

	return fcntl(s->bus[1], F_SETFD, 0) < 0 || fcntl(s->test[1], F_SETFD, 0) < 0 ? -1 : 0;
}

static void make_command(struct server *s, const struct strvec *argv)
{
	struct strvec *all = &s->argv;

	for (size_t i = 0; i < argv->count; i++)
		strvec_push(all, argv->items[i]);
	strvec_push(all, "-device");
	strvec_pushf(all, "x-pci-proxy-dev,id=kab-hba,fd=%d", s->bus[1]);
	/* An object, as the option -qtest wants a chardev of the name "qtest"; log=none, as every
	 * command would go to standard error. */
	strvec_push(all, "-chardev");
	strvec_pushf(all, "socket,id=kab-hba-test,fd=%d", s->test[1]);
	strvec_pushl(all, "-object", "qtest,id=kab-hba-msi,chardev=kab-hba-test,log=none", NULL);
}

static int start(struct server *s, const struct strvec *argv)
{
	int result;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s->bus) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s->test) < 0)
		return error("cannot make sockets:");
	make_command(s, argv);
	s->qemu = (struct proc){ .argv = s->argv.items, .setup = keep_sockets, .setup_ctx = s };
	result = proc_start(&s->qemu);
	close(s->bus[1]);
	close(s->test[1]);
	s->bus[1] = s->test[1] = -1;
	return result;
}

static void close_sockets(struct server *s)
{
	for (int i = 0; i < 2; i++) {
		if (s->bus[i] >= 0)
			close(s->bus[i]);
		if (s->test[i] >= 0)
			close(s->test[i]);
		s->bus[i] = s->test[i] = -1;
	}
}

int serve(struct hba *h, const struct strvec *argv, struct serve_end *end)
{
	struct server s = { .hba = h, .bus = { -1, -1 }, .test = { -1, -1 } };
	int result = -1;

	*end = (struct serve_end){ .started = false };
	h->msix.send = send_interrupt;
	h->msix.ctx = &s;
	if (start(&s, argv) == 0) {
		result = 0;
		end->started = true;
		end->broken = run(&s) < 0;
		/* On its way out QEMU may still want an answer; it gets none, and does not mind. */
		close_sockets(&s);
		if (end->broken || interrupted() || proc_wait(&s.qemu, LEAVE_MS) != 0)
			proc_stop(&s.qemu, STOP_MS);
		end->status = s.qemu.status;
	}
	close_sockets(&s);
	strvec_release(&s.argv);
	h->msix.send = NULL;
	h->msix.ctx = NULL;
	return result;
}
