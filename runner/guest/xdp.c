// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver `xdp`: what becomes of packets that an XDP program decides about. One system call
 * lets the kernel make the packets (bpf_run_live) and waits until they are dealt with; its time
 * is what is measured. Parameters:
 *	action	 "redirect": through a veth pair whose other end has a program that lets them pass;
 *		 "pass": to the network stack; "drop"
 *	packets	 how many
 *	batch	 how many at a time
 *	size	 bytes of a packet
 *	verify	 1: each packet gets a number; a socket takes them all in and checks every byte
 *
 * The stack drops each packet as soon as it has seen that it is for somebody else, and counts it
 * (rx_otherhost_dropped, Linux 5.19). So there is little work behind the part under test, and a
 * packet that is lost on the way fails the run.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bpf.h"
#include "driver.h"
#include "file.h"
#include "lib/alloc.h"
#include "link.h"
#include "packet.h"
#include "results.h"

#define NEAR	     "veth0"
#define FAR	     "veth1"
#define PACKET_MIN   (PACKET_HEADERS + (int)sizeof(uint64_t))
#define WAIT_MS	     2000
#define SECOND	     1000000000
#define SOCKET_BYTES (8 << 20)

struct xdp {
	const struct action *action;
	uint64_t packets, batch, size, verify; /* parameters */
	bool veth;			       /* there is a pair */
	int program, counter;
	int pass, link; /* at the far end */
	int socket;
	uint64_t delivered, lost; /* of the receiving interface, before the measured part */
	uint64_t pages;		  /* that the kernel allocated in the measured part */
	uint64_t verified;	  /* packets */
	uint64_t ns;
	unsigned char packet[PACKET_MAX];
};

static const struct action {
	const char *name;
	const char *receiver; /* the interface that counts the packets, or NULL */
	bool veth;
	enum xdp_action code;
} actions[] = {
	{ "redirect", FAR, true, XDP_REDIRECT },
	{ "pass", "lo", false, XDP_PASS },
	{ "drop", NULL, false, XDP_DROP },
};

static const struct action *action_find(const char *name)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

static const struct param {
	const char *key;
	int64_t otherwise, min, max;
	size_t offset; /* in struct xdp */
} params[] = {
	{ "packets", 1000000, 1, 1000000000, offsetof(struct xdp, packets) },
	{ "batch", 64, 1, 256, offsetof(struct xdp, batch) },
	{ "size", 64, PACKET_MIN, PACKET_MAX, offsetof(struct xdp, size) },
	{ "verify", 0, 0, 1, offsetof(struct xdp, verify) },
};

static int read_param(struct task *t, struct xdp *x, struct json_object *given,
		      const struct param *p)
{
	int64_t value = spec_int(given, p->key, p->otherwise);

	if (value < p->min || value > p->max)
		return task_fail(t, "workload-failed",
				 "parameter '%s' is %" PRId64 ", not %" PRId64 " to %" PRId64,
				 p->key, value, p->min, p->max);
	*(uint64_t *)((char *)x + p->offset) = (uint64_t)value;
	return 0;
}

/* One that is misspelt must not be taken for its default. */
static int check_names(struct task *t, struct json_object *given)
{
	struct json_object_iterator it = json_object_iter_begin(given);
	struct json_object_iterator end = json_object_iter_end(given);

	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		const char *name = json_object_iter_peek_name(&it);
		bool known = strcmp(name, "action") == 0;

		for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++)
			known |= strcmp(name, params[i].key) == 0;
		if (!known)
			return task_fail(t, "workload-failed", "no parameter '%s'", name);
	}
	return 0;
}

static int read_params(struct task *t, struct xdp *x)
{
	struct json_object *given = spec_get(t->spec, "parameters", json_type_object);
	const char *action = spec_str(given, "action", "redirect");

	if (given && check_names(t, given) < 0)
		return -1;
	x->action = action_find(action);
	if (!x->action)
		return task_fail(t, "workload-failed", "no action '%s'", action);
	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++)
		if (read_param(t, x, given, &params[i]) < 0)
			return -1;
	if (x->verify && !x->action->veth)
		return task_fail(t, "workload-failed", "only redirected packets can be verified");
	return 0;
}

static int no_program(struct task *t, const struct strbuf *why)
{
	return task_fail(t, "workload-failed", "the kernel refuses an XDP program: %s%s%s",
			 strerror(errno), why->len ? ": " : "", why->data);
}

static int make_veth(struct task *t, struct xdp *x, struct strbuf *why)
{
	if (link_make_veth(NEAR, FAR) < 0)
		return task_fail(t, "workload-failed", "no veth pair (CONFIG_VETH): %s",
				 strerror(errno));
	x->veth = true;
	x->pass = bpf_load_action(XDP_PASS, why);
	if (x->pass < 0)
		return no_program(t, why);
	x->link = bpf_attach(x->pass, if_nametoindex(FAR));
	if (x->link < 0)
		return task_fail(t, "workload-failed", "'" FAR "' takes no XDP program: %s",
				 strerror(errno));
	return 0;
}

static int load_program(struct task *t, struct xdp *x, struct strbuf *why)
{
	unsigned int near = x->action->veth ? if_nametoindex(NEAR) : 0;

	if (x->verify) {
		x->counter = bpf_counter();
		if (x->counter < 0)
			return task_fail(t, "workload-failed", "no BPF map: %s", strerror(errno));
		x->program = bpf_load_stamp(near, x->counter, PACKET_HEADERS, why);
	} else if (x->action->veth) {
		x->program = bpf_load_redirect(near, why);
	} else {
		x->program = bpf_load_action(x->action->code, why);
	}
	return x->program < 0 ? no_program(t, why) : 0;
}

/* A socket that gets each packet that the far end receives. */
static int open_socket(struct task *t, struct xdp *x)
{
	const struct sockaddr_ll at = { .sll_family = AF_PACKET,
					.sll_protocol = htons(ETH_P_IP),
					.sll_ifindex = (int)if_nametoindex(FAR) };
	const int room = SOCKET_BYTES;

	x->socket = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (x->socket < 0 ||
	    setsockopt(x->socket, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0 ||
	    bind(x->socket, (const struct sockaddr *)&at, sizeof(at)) < 0)
		return task_fail(t, "workload-failed", "no packet socket (CONFIG_PACKET): %s",
				 strerror(errno));
	return 0;
}

/* Packets that the stack has seen and dropped as somebody else's, and those lost before. */
static int read_counters(struct task *t, const struct xdp *x, uint64_t *delivered, uint64_t *lost)
{
	struct rtnl_link_stats64 stats;

	*delivered = *lost = 0;
	if (!x->action->receiver)
		return 0;
	if (link_stats(x->action->receiver, &stats) < 0)
		return task_fail(t, "check-failed", "no counters of '%s': %s", x->action->receiver,
				 strerror(errno));
	*delivered = stats.rx_otherhost_dropped;
	*lost = stats.rx_dropped + stats.rx_errors + stats.rx_missed_errors + stats.rx_nohandler;
	return 0;
}

static int prepare(struct task *t)
{
	struct xdp *x = xcalloc(1, sizeof(*x));
	struct strbuf why = STRBUF_INIT;
	int ret = -1;

	x->program = x->counter = x->pass = x->link = x->socket = -1;
	t->state = x;
	if (read_params(t, x) < 0)
		goto out;
	packet_make(x->packet, x->size);
	if (x->action->veth && make_veth(t, x, &why) < 0)
		goto out;
	if (load_program(t, x, &why) < 0)
		goto out;
	if (x->verify && open_socket(t, x) < 0)
		goto out;
	ret = read_counters(t, x, &x->delivered, &x->lost);
out:
	strbuf_release(&why);
	return ret;
}

/* Order-0 and larger allocations since boot, of all zones. */
static uint64_t pages_allocated(void)
{
	static const char prefix[] = "pgalloc_";
	struct strbuf text = STRBUF_INIT;
	uint64_t sum = 0;

	(void)read_file("/proc/vmstat", &text);
	for (const char *at = strstr(text.data, prefix); at; at = strstr(at + 1, prefix))
		sum += strtoull(at + strcspn(at, " "), NULL, 10);
	strbuf_release(&text);
	return sum;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

static int run(struct task *t, const struct xdp *x, uint32_t packets)
{
	if (bpf_run_live(x->program, x->packet, x->size, packets, (uint32_t)x->batch) == 0)
		return 0;
	return task_fail(t, "workload-failed", "the kernel cannot run live XDP frames: %s",
			 strerror(errno));
}

/* The next packet of the socket, which may take a moment. 0 when none comes, -1 on errors. */
static ssize_t receive(const struct xdp *x, unsigned char *buffer, size_t size)
{
	struct pollfd wait = { .fd = x->socket, .events = POLLIN };
	ssize_t n = recv(x->socket, buffer, size, 0);

	if (n >= 0 || errno != EAGAIN)
		return n;
	if (poll(&wait, 1, WAIT_MS) <= 0)
		return 0;
	return recv(x->socket, buffer, size, 0);
}

/* Takes in packets `first` to `last`, which must be the next ones, each as it was sent. */
static int take_in(struct task *t, struct xdp *x, uint64_t first, uint64_t last)
{
	unsigned char got[PACKET_MAX + 1];

	for (uint64_t number = first; number <= last; number++) {
		ssize_t n = receive(x, got, sizeof(got));

		if (n <= 0)
			return task_fail(t, "check-failed",
					 "packet %" PRIu64 " of %" PRIu64 " did not arrive", number,
					 x->packets);
		memcpy(x->packet + PACKET_HEADERS, &number, sizeof(number));
		if ((uint64_t)n != x->size)
			return task_fail(t, "check-failed",
					 "packet %" PRIu64 " has %zd bytes and not %" PRIu64,
					 number, n, x->size);
		if (memcmp(got, x->packet, x->size) != 0)
			return task_fail(t, "check-failed",
					 "packet %" PRIu64 " did not arrive as it was sent",
					 number);
		x->verified++;
	}
	return 0;
}

/* A batch is sent, and taken in before the next: the socket never overflows. */
static int verify(struct task *t, struct xdp *x)
{
	for (uint64_t sent = 0; sent < x->packets;) {
		uint64_t left = x->packets - sent;
		uint32_t n = (uint32_t)(left < x->batch ? left : x->batch);

		if (run(t, x, n) < 0 || take_in(t, x, sent + 1, sent + n) < 0)
			return -1;
		sent += n;
	}
	return 0;
}

static int measure(struct task *t)
{
	struct xdp *x = t->state;
	uint64_t pages = pages_allocated(), begin = now();
	int ret = x->verify ? verify(t, x) : run(t, x, (uint32_t)x->packets);

	x->ns = now() - begin;
	x->pages = pages_allocated() - pages;
	return ret;
}

/* That every packet got to where it was sent, and nothing else did. */
static int check_packets(struct task *t, const struct xdp *x)
{
	const uint64_t want = x->action->receiver ? x->packets : 0;
	const struct timespec moment = { .tv_nsec = SECOND / 1000 };
	uint64_t delivered = 0, lost = 0;

	/* Some may still be on their way when the system call returns. */
	for (int ms = 0; ms < WAIT_MS; ms++) {
		if (read_counters(t, x, &delivered, &lost) < 0)
			return -1;
		if (delivered + lost - x->delivered - x->lost >= want)
			break;
		nanosleep(&moment, NULL);
	}
	if (result_check(t, "packets_lost", lost - x->lost, 0) < 0)
		return -1;
	return result_check(t, "packets_received", delivered - x->delivered, want);
}

static int report(struct task *t)
{
	struct xdp *x = t->state;
	int ret = t->failure.len ? -1 : check_packets(t, x);

	if (ret == 0 && x->verify)
		result_add(t, "packets_verified", "1", "higher", x->verified, 1);
	else if (ret == 0)
		result_add(t, "pps", "1/s", "higher", x->packets * SECOND, x->ns);
	result_fact(t, "operation", "packet %" PRIu64, x->packets);
	result_fact(t, "pages_allocated", "%" PRIu64, x->pages);
	return results_send(t) < 0 ? -1 : ret;
}

static void close_all(const struct xdp *x)
{
	const int fds[] = { x->socket, x->link, x->pass, x->program, x->counter };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void finish(struct task *t)
{
	struct xdp *x = t->state;

	if (!x)
		return;
	close_all(x);
	if (x->veth && link_remove(NEAR) < 0)
		(void)task_fail(t, "check-failed", "'" NEAR "' cannot be removed: %s",
				strerror(errno));
	free(x);
	t->state = NULL;
}

const struct driver xdp_driver = {
	.name = "xdp",
	.prepare = prepare,
	.measure = measure,
	.report = report,
	.finish = finish,
};
