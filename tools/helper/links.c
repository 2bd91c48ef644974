/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The links of this host, from rtnetlink. */
#include "config.h"

#include "tools/helper/links.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/sys.h"

#define GROUPS (RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR)
#define OPEN_WAIT MDNS_SEC
#define RECEIVE_BUFFER (1 << 20) /* of a socket of our own */
#define READ_MAX 4096 /* datagrams before others of the process have a turn */
#define ASK_MAX 4     /* times in one reading that everything is asked */
#define FAMILY_ADDRESSES_MAX (LINK_ADDRESSES_MAX / 2)

/* The kernel makes its answers as long as the buffer (32 KB at most). */
#define BUFFER_SIZE 32768

/* What is asked for just now: one thing at a time, the kernel wants it so. */
enum asking { ASKING_NOTHING, ASKING_LINKS, ASKING_ADDRESSES };

struct links_reading {
	enum asking asking;
	uint32_t sequence; /* of the request under way */
	bool interrupted;  /* what it asks for has changed meanwhile */
	bool stale;        /* everything is to be asked anew */
	_Alignas(struct nlmsghdr) uint8_t buf[BUFFER_SIZE];
};

/* A link, and what has been told of it. */
struct known {
	struct link link; /* the first: links->link[] points here */
	struct link told;
	bool is_told;    /* it came, and has not gone since */
	bool is_changed; /* the kernel spoke of it since the last telling */
	bool has_gone;   /* the kernel has no such link any more */
	bool is_another; /* it had gone and is there again: not the same */
	bool was_down;   /* since the last telling */
	bool is_seen;    /* in the answer that is being read */
	bool is_full;    /* it has addresses that did not fit */
	uint32_t carrier_downs; /* since it was made, as the kernel counts */
};

static struct known *known_at(const struct links *links, unsigned index)
{
	return (struct known *)links->link[index];
}

static struct known *find_known(const struct links *links, uint32_t ifindex)
{
	return (struct known *)links_find(links, ifindex);
}

/* --- attributes --- */

/* Those of a message, or of an attribute that holds others, by type. */
struct attributes {
	const struct nlattr *attr[IFLA_MAX + 1]; /* NULL: not there */
};

static int collect_one(const struct nlattr *attr, void *context)
{
	struct attributes *attributes = context;
	unsigned type = mnl_attr_get_type(attr);

	if (type <= IFLA_MAX)
		attributes->attr[type] = attr;
	return MNL_CB_OK;
}

static void collect(const struct nlmsghdr *header, unsigned offset,
	struct attributes *ret_attributes)
{
	memset(ret_attributes, 0, sizeof(*ret_attributes));
	mnl_attr_parse(header, offset, collect_one, ret_attributes);
}

/* True if it is there and has that size. */
static bool has_size(const struct nlattr *attr, size_t size)
{
	return attr && mnl_attr_get_payload_len(attr) == size;
}

/* --- addresses --- */

static void forget_addresses(struct known *known)
{
	known->link.address_count = 0;
	known->is_full = false;
	known->is_changed = true;
}

static unsigned count_family(const struct link *link, uint8_t family)
{
	unsigned i, count = 0;

	for (i = 0; i < link->address_count; i++)
		if (link->address[i].family == family)
			count++;
	return count;
}

/* Where it is or would be; *ret_there says which. */
static unsigned find_address(const struct link *link,
	const struct link_address *address, bool *ret_there)
{
	unsigned i;

	*ret_there = false;
	for (i = 0; i < link->address_count; i++) {
		int order =
			memcmp(&link->address[i], address, sizeof(*address));

		if (order < 0)
			continue;
		*ret_there = order == 0;
		break;
	}
	return i;
}

static void add_address(struct known *known, const struct link_address *address)
{
	struct link *link = &known->link;
	bool there;
	unsigned at = find_address(link, address, &there);

	if (there)
		return;
	if (count_family(link, address->family) == FAMILY_ADDRESSES_MAX) {
		known->is_full = true;
		return;
	}
	memmove(&link->address[at + 1], &link->address[at],
		(link->address_count - at) * sizeof(*address));
	link->address[at] = *address;
	link->address_count++;
	known->is_changed = true;
}

static void drop_address(struct links *links, struct known *known,
	const struct link_address *address)
{
	struct link *link = &known->link;
	bool there;
	unsigned at = find_address(link, address, &there);

	if (!there)
		return;
	link->address_count--;
	memmove(&link->address[at], &link->address[at + 1],
		(link->address_count - at) * sizeof(*address));
	known->is_changed = true;
	/* There is room for one that had none. */
	if (known->is_full)
		links->reading->stale = true;
}

static void read_address(struct links *links, const struct nlmsghdr *header)
{
	const struct ifaddrmsg *msg = mnl_nlmsg_get_payload(header);
	struct link_address address = {0};
	struct attributes attributes;
	const struct nlattr *attr;
	struct known *known;
	size_t size;

	if (mnl_nlmsg_get_payload_len(header) < sizeof(*msg))
		return;
	known = find_known(links, msg->ifa_index);
	if (!known ||
		(msg->ifa_family != AF_INET && msg->ifa_family != AF_INET6))
		return;
	address.family = msg->ifa_family == AF_INET ? MDNS_IPV4 : MDNS_IPV6;
	size = mdns_family_size(address.family);
	collect(header, sizeof(*msg), &attributes);
	/* IFA_LOCAL is ours where IFA_ADDRESS is the other end's. */
	attr = attributes.attr[IFA_LOCAL];
	if (!has_size(attr, size))
		attr = attributes.attr[IFA_ADDRESS];
	if (!has_size(attr, size))
		return;
	memcpy(address.bytes, mnl_attr_get_payload(attr), size);
	/* An address that is still being probed cannot be sent from. */
	if (header->nlmsg_type == RTM_DELADDR ||
		((msg->ifa_flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) &&
			!(msg->ifa_flags & IFA_F_OPTIMISTIC)))
		drop_address(links, known, &address);
	else
		add_address(known, &address);
}

/* --- links --- */

/* NULL if there is no room. */
static struct known *add_known(struct links *links, uint32_t ifindex)
{
	struct known *known = NULL;

	if (links->count < LINKS_MAX)
		known = calloc(1, sizeof(*known));
	if (!known) {
		links->dropped++;
		return NULL;
	}
	known->link.ifindex = ifindex;
	links->link[links->count++] = &known->link;
	return known;
}

static void drop_known(struct links *links, unsigned index)
{
	free(known_at(links, index));
	links->link[index] = links->link[--links->count];
	/* There is room for one that had none. */
	if (links->dropped > 0)
		links->reading->stale = true;
}

static void lose_link(struct known *known)
{
	known->has_gone = true;
	known->is_changed = true;
}

/* A port of a bridge, bond or team; belonging to a VRF is no such thing. */
static bool is_port(const struct nlattr *info)
{
	struct attributes attributes = {{NULL}};
	const struct nlattr *kind;

	if (!info)
		return false;
	mnl_attr_parse_nested(info, collect_one, &attributes);
	kind = attributes.attr[IFLA_INFO_SLAVE_KIND];
	return kind &&
	       !(mnl_attr_get_payload_len(kind) >= 3 &&
		       memcmp(mnl_attr_get_payload(kind), "vrf", 3) == 0);
}

static void read_attributes(
	struct known *known, const struct attributes *attributes)
{
	struct link *link = &known->link;
	const struct nlattr *attr = attributes->attr[IFLA_IFNAME];
	uint32_t downs;

	if (attr) {
		size_t size = mnl_attr_get_payload_len(attr);

		if (size > sizeof(link->name) - 1)
			size = sizeof(link->name) - 1;
		memset(link->name, 0, sizeof(link->name));
		memcpy(link->name, mnl_attr_get_payload(attr), size);
	}
	attr = attributes->attr[IFLA_MTU];
	if (has_size(attr, sizeof(uint32_t)))
		link->mtu = mnl_attr_get_u32(attr);
	/* Tells of what nobody has told us, too. */
	attr = attributes->attr[IFLA_CARRIER_DOWN_COUNT];
	if (has_size(attr, sizeof(uint32_t))) {
		downs = mnl_attr_get_u32(attr);
		if (downs != known->carrier_downs)
			known->was_down = true;
		known->carrier_downs = downs;
	}
	link->port = is_port(attributes->attr[IFLA_LINKINFO]);
}

static void read_link(struct links *links, const struct nlmsghdr *header)
{
	const struct ifinfomsg *msg = mnl_nlmsg_get_payload(header);
	struct attributes attributes;
	struct known *known;

	/* Bridges say in messages of a family of their own that a link is no
	 * port any more. */
	if (mnl_nlmsg_get_payload_len(header) < sizeof(*msg) ||
		msg->ifi_family != AF_UNSPEC || msg->ifi_index <= 0)
		return;
	collect(header, sizeof(*msg), &attributes);
	/* News of Wi-Fi, which say nothing else about the link. */
	if (attributes.attr[IFLA_WIRELESS])
		return;
	known = find_known(links, (uint32_t)msg->ifi_index);
	if (header->nlmsg_type == RTM_DELLINK) {
		if (known)
			lose_link(known);
		return;
	}
	if (msg->ifi_flags & IFF_LOOPBACK)
		return;
	if (!known)
		known = add_known(links, (uint32_t)msg->ifi_index);
	if (!known)
		return;
	if (known->has_gone) {
		known->has_gone = false;
		known->is_another = true;
	}
	known->is_seen = true;
	known->is_changed = true;
	known->link.flags = msg->ifi_flags;
	if (!(msg->ifi_flags & IFF_UP) || !(msg->ifi_flags & IFF_RUNNING))
		known->was_down = true;
	read_attributes(known, &attributes);
}

/* --- telling --- */

static void judge(const struct links *links, struct link *link)
{
	const struct mdns_link_filter filter = {.settings = links->settings};

	link->has[MDNS_IPV4] = count_family(link, MDNS_IPV4) > 0;
	link->has[MDNS_IPV6] = count_family(link, MDNS_IPV6) > 0;
	link->state = mdns_link_judge(&filter, link->name, link->flags);
	/* As in resolver/links.c: who names the port wants the port. */
	if (link->state == MDNS_LINK_ELIGIBLE && link->port &&
		!link->has[MDNS_IPV4] &&
		mdns_settings_interface(links->settings, link->name) == 0)
		link->state = MDNS_LINK_BRIDGE_PORT;
}

static bool can_be_asked(const struct link *link)
{
	return link->state == MDNS_LINK_ELIGIBLE &&
	       (link->has[MDNS_IPV4] || link->has[MDNS_IPV6]);
}

static bool has_gained(const struct link *before, const struct link *now)
{
	return (now->has[MDNS_IPV4] && !before->has[MDNS_IPV4]) ||
	       (now->has[MDNS_IPV6] && !before->has[MDNS_IPV6]);
}

static bool is_different(const struct link *a, const struct link *b)
{
	return a->mtu != b->mtu || strcmp(a->name, b->name) != 0 ||
	       a->address_count != b->address_count ||
	       memcmp(a->address, b->address,
		       a->address_count * sizeof(a->address[0])) != 0;
}

static void tell(
	struct links *links, struct known *known, enum links_change change)
{
	links->changed(links->context, change, &known->link);
}

static void tell_went(struct links *links)
{
	unsigned i = links->count;

	while (i-- > 0) {
		struct known *known = known_at(links, i);

		if (!known->is_changed)
			continue;
		if (known->has_gone)
			known->link.state = MDNS_LINK_DOWN;
		else
			judge(links, &known->link);
		if (known->is_told &&
			(known->is_another || !can_be_asked(&known->link))) {
			known->is_told = false;
			tell(links, known, LINK_WENT);
		}
		if (known->has_gone)
			drop_known(links, i);
	}
}

static void tell_rest(struct links *links)
{
	unsigned i;

	for (i = 0; i < links->count; i++) {
		struct known *known = known_at(links, i);
		struct link *link = &known->link;
		bool was_down = known->was_down;

		if (!known->is_changed)
			continue;
		known->is_changed = false;
		known->is_another = false;
		known->was_down = false;
		if (!can_be_asked(link))
			continue;
		if (!known->is_told) {
			memset(link->joined, 0, sizeof(link->joined));
			link->sent = link->received = 0;
			known->is_told = true;
			tell(links, known, LINK_CAME);
		} else if (was_down || has_gained(&known->told, link)) {
			tell(links, known, LINK_GAINED);
		} else if (is_different(&known->told, link)) {
			tell(links, known, LINK_CHANGED);
		}
		known->told = *link;
	}
}

static void tell_all(struct links *links)
{
	tell_went(links);
	tell_rest(links);
}

/* --- asking for everything --- */

/* 0 or a negative errno value. */
static int ask(struct links *links, enum asking asking)
{
	struct links_reading *reading = links->reading;
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct {
		struct nlmsghdr header;
		struct ifinfomsg msg; /* an ifaddrmsg is smaller */
	} request;
	struct nlmsghdr *header = mnl_nlmsg_put_header(&request);
	struct iovec iov = {.iov_base = &request};
	struct msghdr msg = {.msg_name = &kernel,
		.msg_namelen = sizeof(kernel),
		.msg_iov = &iov,
		.msg_iovlen = 1};
	ssize_t n;

	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = ++reading->sequence;
	if (asking == ASKING_LINKS) {
		header->nlmsg_type = RTM_GETLINK;
		mnl_nlmsg_put_extra_header(header, sizeof(struct ifinfomsg));
	} else {
		header->nlmsg_type = RTM_GETADDR;
		mnl_nlmsg_put_extra_header(header, sizeof(struct ifaddrmsg));
	}
	iov.iov_len = header->nlmsg_len;
	n = mdns_sys_sendmsg(links->fd, &msg);
	if (n < 0)
		return (int)n;
	reading->asking = asking;
	reading->interrupted = false;
	return 0;
}

static int ask_everything(struct links *links)
{
	unsigned i;
	int result = ask(links, ASKING_LINKS);

	if (result < 0)
		return result;
	links->reading->stale = false;
	links->dropped = 0;
	for (i = 0; i < links->count; i++)
		known_at(links, i)->is_seen = false;
	return 0;
}

/* Addresses that have gone without a word are to go as well. Nothing is told
 * until those that are there have been said. */
static void ask_addresses(struct links *links)
{
	unsigned i;

	for (i = 0; i < links->count; i++) {
		if (!known_at(links, i)->is_seen)
			lose_link(known_at(links, i));
		forget_addresses(known_at(links, i));
	}
	if (ask(links, ASKING_ADDRESSES) < 0)
		links->reading->stale = true;
}

/* The kernel has said all that was asked for, or that it does not. */
static void finish(struct links *links, bool good)
{
	struct links_reading *reading = links->reading;
	enum asking asked = reading->asking;

	reading->asking = ASKING_NOTHING;
	if (!good || reading->interrupted)
		reading->stale = true;
	else if (asked == ASKING_LINKS)
		ask_addresses(links);
	else
		/* Even if there is already reason to ask again. */
		tell_all(links);
}

/* --- reading --- */

/* One message. The end of an answer counts only if it is of our request: a
 * socket that was passed in may have one of an earlier life under way. */
static void read_message(struct links *links, const struct nlmsghdr *header)
{
	struct links_reading *reading = links->reading;
	bool ours = reading->asking != ASKING_NOTHING &&
		    header->nlmsg_seq == reading->sequence;

	if (ours && (header->nlmsg_flags & NLM_F_DUMP_INTR))
		reading->interrupted = true;
	switch (header->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		read_link(links, header);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		read_address(links, header);
		break;
	case NLMSG_DONE:
	case NLMSG_ERROR:
		if (ours)
			finish(links, header->nlmsg_type == NLMSG_DONE);
		break;
	}
}

/* One datagram: 1, or 0 if there is none, or a negative errno value. */
static int read_datagram(struct links *links)
{
	struct links_reading *reading = links->reading;
	struct sockaddr_nl from = {0};
	struct iovec iov = {reading->buf, sizeof(reading->buf)};
	struct msghdr msg = {.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1};
	const struct nlmsghdr *header = iov.iov_base;
	ssize_t n = mdns_sys_recvmsg(links->fd, &msg);
	int left;

	if (n == -EAGAIN)
		return 0;
	if (n == -EINTR)
		return 1;
	if (n == -ENOBUFS || (n >= 0 && (msg.msg_flags & MSG_TRUNC))) {
		links->overruns++;
		reading->stale = true;
		return 1;
	}
	if (n < 0)
		return (int)n;
	/* Anybody can send us what looks like it. */
	if (msg.msg_namelen != sizeof(from) || from.nl_pid != 0)
		return 1;
	for (left = (int)n; mnl_nlmsg_ok(header, left);
		header = mnl_nlmsg_next(header, &left))
		read_message(links, header);
	return 1;
}

/* All that is there, and all that has to be asked; 0 or a negative errno
 * value. */
static int read_all(struct links *links)
{
	struct links_reading *reading = links->reading;
	unsigned i, asked = 0;

	for (i = 0; i < READ_MAX; i++) {
		int result = read_datagram(links);

		if (result < 0)
			return result;
		if (result > 0)
			continue;
		if (!reading->stale || reading->asking != ASKING_NOTHING ||
			asked++ == ASK_MAX)
			return 0;
		result = ask_everything(links);
		if (result < 0)
			return result;
	}
	return 0;
}

static bool is_settled(const struct links *links)
{
	return links->reading->asking == ASKING_NOTHING &&
	       !links->reading->stale;
}

void links_read(struct links *links)
{
	/* A socket that fails now works later, or is of no use any more. */
	if (read_all(links) == 0 && is_settled(links))
		tell_all(links);
}

void links_judge(struct links *links, const struct mdns_settings *settings)
{
	unsigned i;

	links->settings = settings;
	for (i = 0; i < links->count; i++)
		known_at(links, i)->is_changed = true;
	if (is_settled(links))
		tell_all(links);
}

struct link *links_find(const struct links *links, uint32_t ifindex)
{
	unsigned i;

	for (i = 0; i < links->count; i++)
		if (links->link[i]->ifindex == ifindex)
			return links->link[i];
	return NULL;
}

uint32_t links_owner(
	const struct links *links, enum mdns_family family, const uint8_t *addr)
{
	struct link_address address = {.family = (uint8_t)family};
	unsigned i;
	bool there;

	memcpy(address.bytes, addr, mdns_family_size(family));
	for (i = 0; i < links->count; i++) {
		find_address(links->link[i], &address, &there);
		if (there)
			return links->link[i]->ifindex;
	}
	return 0;
}

/* --- opening --- */

static int open_socket(void)
{
	const struct sockaddr_nl addr = {
		.nl_family = AF_NETLINK, .nl_groups = GROUPS};
	const int size = RECEIVE_BUFFER;
	int fd = mdns_sys_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	int result;

	if (fd < 0)
		return fd;
	mdns_sys_setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	result =
		mdns_sys_bind(fd, (const struct sockaddr *)&addr, sizeof(addr));
	if (result < 0) {
		mdns_sys_close(fd);
		return result;
	}
	return fd;
}

static int read_first(struct links *links)
{
	mdns_time until = mdns_sys_now() + OPEN_WAIT;

	links->reading->stale = true;
	for (;;) {
		struct pollfd poll = {links->fd, POLLIN, 0};
		int result = read_all(links);

		if (result < 0)
			return result;
		if (is_settled(links))
			return 0;
		if (mdns_sys_now() >= until)
			return -ETIMEDOUT;
		result = mdns_sys_poll(&poll, 1, until);
		if (result < 0)
			return result;
	}
}

/* A socket that systemd keeps: while nobody reads it, news of links would make
 * it start us. Without any it is quiet. */
static int subscribe(int fd, bool wanted)
{
	static const int groups[] = {
		RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR};
	int result = 0;
	unsigned i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]) && result == 0; i++)
		result = mdns_sys_setsockopt(fd, SOL_NETLINK,
			wanted ? NETLINK_ADD_MEMBERSHIP
			       : NETLINK_DROP_MEMBERSHIP,
			&groups[i], sizeof(groups[i]));
	return result;
}

int links_open(struct links *links, int fd,
	const struct mdns_settings *settings,
	void (*changed)(
		void *context, enum links_change change, struct link *link),
	void *context)
{
	int result;

	memset(links, 0, sizeof(*links));
	links->fd = fd;
	links->own = fd < 0;
	links->settings = settings;
	links->changed = changed;
	links->context = context;
	links->reading = calloc(1, sizeof(*links->reading));
	if (!links->reading)
		return -ENOMEM;
	/* An answer to somebody who had the socket before us is not ours. */
	links->reading->sequence = mdns_sys_random();
	if (links->own)
		links->fd = open_socket();
	result = links->own ? links->fd : subscribe(fd, true);
	if (result >= 0)
		result = read_first(links);
	if (result < 0)
		links_close(links);
	return result;
}

void links_close(struct links *links)
{
	unsigned i;

	for (i = 0; i < links->count; i++)
		free(known_at(links, i));
	links->count = 0;
	if (!links->own)
		subscribe(links->fd, false);
	else if (links->fd >= 0)
		mdns_sys_close(links->fd);
	links->fd = -1;
	free(links->reading);
	links->reading = NULL;
}
