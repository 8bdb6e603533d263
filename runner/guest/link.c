// SPDX-License-Identifier: GPL-2.0-or-later
#include "link.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLY_SIZE 16384

/* One request, as it grows: a header, then attributes, some of them nested. */
struct request {
	struct nlmsghdr head;
	struct ifinfomsg info;
	char attributes[512];
};

static struct request request(uint16_t type, uint16_t flags)
{
	return (struct request){
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			  .nlmsg_type = type,
			  .nlmsg_flags = NLM_F_REQUEST | flags },
	};
}

/* Where the next byte of the request goes: `len` bytes of zeroes, which have room by the sizes of
 * what is put there; NULL when they have not. */
static void *extend(struct request *r, size_t len)
{
	size_t used = NLMSG_ALIGN(r->head.nlmsg_len);

	if (used + len > sizeof(*r))
		return NULL;
	r->head.nlmsg_len = (uint32_t)(used + len);
	return (char *)r + used;
}

/* Adds an attribute; with data NULL the head of one whose content follows, up to close_nest(). */
static struct rtattr *add(struct request *r, uint16_t type, const void *data, size_t len)
{
	struct rtattr *attr = extend(r, RTA_LENGTH(len));

	if (!attr)
		return NULL;
	attr->rta_type = type;
	attr->rta_len = (uint16_t)RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(attr), data, len);
	return attr;
}

static void close_nest(struct request *r, struct rtattr *nest)
{
	nest->rta_len = (uint16_t)((char *)r + r->head.nlmsg_len - (char *)nest);
}

static int add_name(struct request *r, const char *name)
{
	return add(r, IFLA_IFNAME, name, strlen(name) + 1) ? 0 : -1;
}

/* More queues would only be more state to be the same in every boot. */
static int add_queues(struct request *r)
{
	const uint32_t one = 1;

	return add(r, IFLA_NUM_TX_QUEUES, &one, sizeof(one)) &&
			       add(r, IFLA_NUM_RX_QUEUES, &one, sizeof(one))
		       ? 0
		       : -1;
}

/* Finds an attribute of a reply; NULL when it has none. */
static const struct rtattr *find(const struct nlmsghdr *reply, uint16_t type)
{
	const struct rtattr *attr = IFLA_RTA(NLMSG_DATA(reply));
	size_t left = IFLA_PAYLOAD(reply);

	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
		if (attr->rta_type == type)
			return attr;
	return NULL;
}

/*
 * Sends a request and reads its reply, which is one message: an acknowledgement, or what was
 * asked for.
 */
static int ask(const struct request *r, struct nlmsghdr *reply, size_t size)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	const struct nlmsgerr *error;
	ssize_t n = -1;
	int saved;

	if (fd < 0)
		return -1;
	if (send(fd, r, r->head.nlmsg_len, 0) == (ssize_t)r->head.nlmsg_len)
		n = recv(fd, reply, size, 0);
	saved = errno;
	close(fd);
	errno = saved;
	if (n < 0)
		return -1;
	if (!NLMSG_OK(reply, (size_t)n)) {
		errno = EPROTO;
		return -1;
	}
	if (reply->nlmsg_type != NLMSG_ERROR)
		return 0;
	error = NLMSG_DATA(reply);
	errno = -error->error;
	return error->error ? -1 : 0;
}

static int change(const struct request *r)
{
	char reply[REPLY_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));

	return ask(r, (struct nlmsghdr *)reply, sizeof(reply));
}

int link_up(const char *name)
{
	struct request r = request(RTM_NEWLINK, NLM_F_ACK);

	r.info.ifi_index = (int)if_nametoindex(name);
	r.info.ifi_flags = IFF_UP;
	r.info.ifi_change = IFF_UP;
	return r.info.ifi_index ? change(&r) : -1;
}

int link_make_veth(const char *name, const char *peer)
{
	struct request r = request(RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	struct rtattr *info, *data, *end;

	errno = EMSGSIZE;
	if (add_name(&r, name) < 0 || add_queues(&r) < 0)
		return -1;
	info = add(&r, IFLA_LINKINFO, NULL, 0);
	if (!info || !add(&r, IFLA_INFO_KIND, "veth", sizeof("veth")))
		return -1;
	data = add(&r, IFLA_INFO_DATA, NULL, 0);
	end = add(&r, VETH_INFO_PEER, NULL, 0);
	if (!data || !end || !extend(&r, sizeof(struct ifinfomsg)) || add_name(&r, peer) < 0 ||
	    add_queues(&r) < 0)
		return -1;
	close_nest(&r, end);
	close_nest(&r, data);
	close_nest(&r, info);
	if (change(&r) < 0)
		return -1;
	if (link_up(name) == 0 && link_up(peer) == 0)
		return 0;
	(void)link_remove(name);
	return -1;
}

int link_remove(const char *name)
{
	struct request r = request(RTM_DELLINK, NLM_F_ACK);

	r.info.ifi_index = (int)if_nametoindex(name);
	return r.info.ifi_index ? change(&r) : -1;
}

int link_stats(const char *name, struct rtnl_link_stats64 *stats)
{
	struct request r = request(RTM_GETLINK, 0);
	char reply[REPLY_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *head = (struct nlmsghdr *)reply;
	const struct rtattr *attr;
	size_t len;

	*stats = (struct rtnl_link_stats64){ 0 };
	r.info.ifi_index = (int)if_nametoindex(name);
	if (!r.info.ifi_index || ask(&r, head, sizeof(reply)) < 0)
		return -1;
	attr = find(head, IFLA_STATS64);
	if (!attr) {
		errno = ENODATA;
		return -1;
	}
	len = RTA_PAYLOAD(attr);
	memcpy(stats, RTA_DATA(attr), len < sizeof(*stats) ? len : sizeof(*stats));
	return 0;
}
