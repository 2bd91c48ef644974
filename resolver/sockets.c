/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The UDP sockets of one direct lookup, and what can be done with one. */
#include "resolver/sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/message.h"
#include "resolver/sys.h"

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

#define SHARE_TRIES 5 /* a millisecond apart */

static const uint8_t group_ipv4[4] = {224, 0, 0, 251};
static const struct in6_addr group_ipv6 = {
	{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfb}}};

/* Both transports' addresses, in one piece of memory. */
union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* The group's address, or the wildcard, with port 5353; returns its size. */
static socklen_t fill_address(union address *addr, enum mdns_family transport,
	bool group, uint32_t scope)
{
	memset(addr, 0, sizeof(*addr));
	if (transport == MDNS_IPV4) {
		addr->in.sin_family = AF_INET;
		addr->in.sin_port = htons(MDNS_PORT);
		if (group)
			memcpy(&addr->in.sin_addr, group_ipv4, 4);
		return sizeof(addr->in);
	}
	addr->in6.sin6_family = AF_INET6;
	addr->in6.sin6_port = htons(MDNS_PORT);
	if (group)
		addr->in6.sin6_addr = group_ipv6;
	addr->in6.sin6_scope_id = scope;
	return sizeof(addr->in6);
}

static int set_option(int fd, int level, int option, int value)
{
	return mdns_sys_setsockopt(fd, level, option, &value, sizeof(value));
}

/* It tells on which link things arrive, and sends with hop limit 255. */
static int set_options(int fd, enum mdns_family transport)
{
	int result;

	if (transport == MDNS_IPV4) {
		result = set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
		if (result == 0)
			result = set_option(
				fd, IPPROTO_IP, IP_MULTICAST_TTL, 255);
	} else {
		result = set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
		if (result == 0)
			result = set_option(
				fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255);
	}
	return result;
}

static int open_udp(enum mdns_family transport)
{
	int fd = mdns_sys_socket(
		transport == MDNS_IPV4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
	int result;

	if (fd < 0)
		return fd;
	result = set_options(fd, transport);
	if (result < 0) {
		mdns_sys_close(fd);
		return result;
	}
	return fd;
}

/* It hears only of the groups that it has joined itself. */
static void hear_own_groups(int fd, enum mdns_family transport)
{
	if (transport == MDNS_IPV4)
		set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
	else
		set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
}

int mdns_socket_open(enum mdns_family transport)
{
	int fd = open_udp(transport);

	if (fd < 0)
		return fd;
	if (transport == MDNS_IPV6)
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	hear_own_groups(fd, transport);
	return fd;
}

int mdns_socket_adopt(int fd, enum mdns_family transport)
{
	hear_own_groups(fd, transport);
	return set_options(fd, transport);
}

int mdns_socket_share(
	int fd, enum mdns_family transport, bool group, uint32_t scope)
{
	union address addr;
	socklen_t size = fill_address(&addr, transport, group, scope);
	unsigned i;
	int result = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);

	if (result < 0)
		return result;
	/* Somebody who got it alone may be about to share it: bind_group. */
	for (i = 0; i < SHARE_TRIES; i++) {
		result = mdns_sys_bind(fd, &addr.any, size);
		if (result != -EADDRINUSE)
			break;
		mdns_sys_poll(NULL, 0, mdns_sys_now() + MDNS_MSEC);
	}
	return result;
}

/* option: to join or to leave, as the transport calls it. */
static int change_group(
	int fd, enum mdns_family transport, uint32_t ifindex, int option)
{
	if (transport == MDNS_IPV4) {
		struct ip_mreqn request = {.imr_ifindex = (int)ifindex};

		memcpy(&request.imr_multiaddr, group_ipv4, 4);
		return mdns_sys_setsockopt(
			fd, IPPROTO_IP, option, &request, sizeof(request));
	} else {
		struct ipv6_mreq request = {.ipv6mr_multiaddr = group_ipv6,
			.ipv6mr_interface = ifindex};

		return mdns_sys_setsockopt(
			fd, IPPROTO_IPV6, option, &request, sizeof(request));
	}
}

int mdns_socket_join(int fd, enum mdns_family transport, uint32_t ifindex)
{
	return change_group(fd, transport, ifindex,
		transport == MDNS_IPV4 ? IP_ADD_MEMBERSHIP : IPV6_JOIN_GROUP);
}

int mdns_socket_leave(int fd, enum mdns_family transport, uint32_t ifindex)
{
	return change_group(fd, transport, ifindex,
		transport == MDNS_IPV4 ? IP_DROP_MEMBERSHIP : IPV6_LEAVE_GROUP);
}

static int add_socket(struct mdns_sockets *sockets, int fd,
	enum mdns_family transport, enum mdns_way way, uint32_t ifindex)
{
	struct mdns_socket *socket;

	if (fd < 0)
		return fd;
	if (sockets->count == MDNS_SOCKETS_MAX) {
		mdns_sys_close(fd);
		return -ENOBUFS;
	}
	socket = &sockets->socket[sockets->count++];
	socket->fd = fd;
	socket->transport = (uint8_t)transport;
	socket->way = (uint8_t)way;
	socket->ifindex = ifindex;
	return fd;
}

/* The descriptor to send by, on that link and transport; -ENODEV if there is
 * none. */
static int find_socket(const struct mdns_sockets *sockets, enum mdns_way way,
	enum mdns_family transport, uint32_t ifindex)
{
	unsigned i;

	for (i = 0; i < sockets->count; i++) {
		const struct mdns_socket *socket = &sockets->socket[i];

		if (socket->way == way && socket->transport == transport &&
			(socket->ifindex == 0 || socket->ifindex == ifindex))
			return socket->fd;
	}
	return -ENODEV;
}

int mdns_sockets_open_one_shot(
	struct mdns_sockets *sockets, enum mdns_family transport)
{
	int fd = find_socket(sockets, MDNS_WAY_ONE_SHOT, transport, 0);

	if (fd < 0)
		fd = add_socket(sockets, open_udp(transport), transport,
			MDNS_WAY_ONE_SHOT, 0);
	return fd < 0 ? mdns_sys_err(fd) : fd;
}

/* A full queue is like a packet lost: there is a resend for that. */
static bool is_swallowed(int result)
{
	return result == -EAGAIN || result == -ENOBUFS || result == -ENOMEM ||
	       result == -EINTR;
}

int mdns_socket_send(int fd, enum mdns_family transport, uint32_t ifindex,
	const uint8_t *message, size_t size)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control;
	union address group;
	struct iovec iov = {(void *)(uintptr_t)message, size};
	struct msghdr msg = {.msg_name = &group,
		.msg_namelen = fill_address(&group, transport, true, ifindex),
		.msg_iov = &iov,
		.msg_iovlen = 1};
	ssize_t n;

	if (transport == MDNS_IPV4) {
		struct in_pktinfo info = {.ipi_ifindex = (int)ifindex};
		struct cmsghdr *cmsg = &control.align;

		memset(&control, 0, sizeof(control));
		cmsg->cmsg_level = IPPROTO_IP;
		cmsg->cmsg_type = IP_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(info));
	}
	/* On IPv6 the scope of the group's address says the same. */
	n = mdns_sys_sendmsg(fd, &msg);
	return n >= 0 || is_swallowed((int)n) ? 0 : (int)n;
}

unsigned mdns_sockets_send(struct mdns_sockets *sockets, enum mdns_way way,
	const struct mdns_links *links, unsigned transports,
	const uint8_t *message, size_t size, int *ret_err)
{
	unsigned sent = 0, transport, i;

	*ret_err = MDNS_ERR_NO_LINK;
	for (transport = 0; transport < MDNS_FAMILIES; transport++) {
		for (i = 0; i < links->count; i++) {
			const struct mdns_link *link = &links->link[i];
			int fd, result;

			if (!link->has[transport] ||
				!(transports & 1u << transport))
				continue;
			fd = way == MDNS_WAY_ONE_SHOT
				     ? mdns_sockets_open_one_shot(
					       sockets, transport)
				     : find_socket(sockets, way, transport,
					       link->ifindex);
			if (fd < 0) {
				*ret_err = way == MDNS_WAY_ONE_SHOT
						   ? fd
						   : mdns_sys_err(fd);
				continue;
			}
			result = mdns_socket_send(
				fd, transport, link->ifindex, message, size);
			if (result == 0)
				sent++;
			else
				*ret_err = mdns_sys_err(result);
		}
	}
	return sent;
}

unsigned mdns_sockets_send_on(const struct mdns_sockets *sockets,
	const struct mdns_link *link, unsigned transports,
	const uint8_t *message, size_t size, int *ret_err)
{
	unsigned sent = 0, transport;

	*ret_err = MDNS_ERR_NO_LINK;
	for (transport = 0; transport < MDNS_FAMILIES; transport++) {
		int result;

		if (!link->has[transport] || !(transports & 1u << transport))
			continue;
		result = find_socket(
			sockets, MDNS_WAY_GROUP, transport, link->ifindex);
		if (result >= 0)
			result = mdns_socket_send(result, transport,
				link->ifindex, message, size);
		if (result == 0)
			sent++;
		else
			*ret_err = mdns_sys_err(result);
	}
	return sent;
}

/* Binds to 5353, alone on the wildcard address if nobody else has the port:
 * only that shows whether anybody does. Says by *shared if so. */
static int bind_group(
	int fd, enum mdns_family transport, uint32_t ifindex, bool *shared)
{
	union address addr;
	socklen_t size = fill_address(&addr, transport, false, 0);

	if (!*shared && mdns_sys_bind(fd, &addr.any, size) == 0)
		/* Others may come while we are here. */
		return set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	*shared = true;
	return mdns_socket_share(fd, transport, true, ifindex);
}

/* A bound socket on 5353 that hears only of the groups it has joined itself. */
static int open_bound(struct mdns_sockets *sockets, enum mdns_family transport,
	uint32_t ifindex, bool *shared)
{
	int fd = mdns_socket_open(transport);
	int result;

	if (fd < 0)
		return fd;
	result = bind_group(fd, transport, ifindex, shared);
	if (result < 0) {
		mdns_sys_close(fd);
		return result;
	}
	return add_socket(sockets, fd, transport, MDNS_WAY_GROUP,
		*shared && transport == MDNS_IPV6 ? ifindex : 0);
}

/* One transport on 5353, on every link that has it; how many were joined, or
 * why none could be. */
static int open_transport(struct mdns_sockets *sockets,
	enum mdns_family transport, const struct mdns_links *links,
	bool *shared)
{
	int joined = 0, result = -ENODEV, fd = -1;
	unsigned i;

	for (i = 0; i < links->count; i++) {
		const struct mdns_link *link = &links->link[i];

		if (!link->has[transport])
			continue;
		/* ff02::fb is another address on each link: so is the socket
		 * that is bound to it. */
		if (fd < 0 || (*shared && transport == MDNS_IPV6))
			fd = open_bound(
				sockets, transport, link->ifindex, shared);
		result =
			fd < 0 ? fd
			       : mdns_socket_join(fd, transport, link->ifindex);
		if (result == -ENOBUFS && transport == MDNS_IPV4) {
			/* igmp_max_memberships: 20 a socket by default. */
			bool again = true;

			fd = open_bound(
				sockets, transport, link->ifindex, &again);
			result = fd < 0 ? fd
					: mdns_socket_join(
						  fd, transport, link->ifindex);
		}
		if (result == 0)
			joined++;
	}
	return joined > 0 ? joined : result;
}

int mdns_sockets_open_group(struct mdns_sockets *sockets,
	const struct mdns_links *links, unsigned transports, bool *ret_shared)
{
	unsigned transport;
	int joined = 0, result = -ENODEV;

	*ret_shared = false;
	for (transport = 0; transport < MDNS_FAMILIES; transport++) {
		/* Each finds out for itself; shared by one is shared. */
		bool shared = false;
		int n;

		if (!(transports & 1u << transport))
			continue;
		n = open_transport(sockets, transport, links, &shared);
		if (n > 0)
			joined += n;
		else
			result = n;
		*ret_shared |= shared;
	}
	return joined > 0 ? 0 : mdns_sys_err(result);
}

/* Fills in where it came from, as far as the kernel says so. */
static void read_origin(enum mdns_family transport, const union address *from,
	struct msghdr *msg, struct mdns_origin *origin)
{
	struct cmsghdr *cmsg;
	const uint8_t *source;

	memset(origin, 0, sizeof(*origin));
	origin->transport = (uint8_t)transport;
	origin->way = MDNS_WAY_GROUP;
	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level == IPPROTO_IP &&
			cmsg->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
			origin->ifindex = (uint32_t)info.ipi_ifindex;
			origin->to_group =
				memcmp(&info.ipi_addr, group_ipv4, 4) == 0;
		} else if (cmsg->cmsg_level == IPPROTO_IPV6 &&
			   cmsg->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
			origin->ifindex = info.ipi6_ifindex;
			origin->to_group =
				memcmp(&info.ipi6_addr, &group_ipv6, 16) == 0;
		}
	}
	if (transport == MDNS_IPV4) {
		origin->port = ntohs(from->in.sin_port);
		source = (const uint8_t *)&from->in.sin_addr;
	} else {
		origin->port = ntohs(from->in6.sin6_port);
		source = (const uint8_t *)&from->in6.sin6_addr;
	}
	memcpy(origin->source, source, mdns_family_size(transport));
}

int mdns_socket_receive(int fd, enum mdns_family transport, uint8_t *buf,
	size_t size, struct mdns_origin *ret_origin)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[128];
	} control;
	union address from;
	struct iovec iov = {buf, size};
	struct msghdr msg = {.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	ssize_t n;

	memset(&from, 0, sizeof(from));
	n = mdns_sys_recvmsg(fd, &msg);
	/* A sandbox's filter; all else is about what was to be read. */
	if (n == -EPERM || n == -EACCES || n == -ENOSYS)
		return MDNS_ERR_DENIED;
	if (n < 0)
		return MDNS_ERR_NOT_FOUND;
	read_origin(transport, &from, &msg, ret_origin);
	return (int)n;
}

int mdns_sockets_receive(const struct mdns_socket *socket,
	const struct mdns_links *links, uint8_t *buf, size_t size,
	struct mdns_origin *ret_origin)
{
	int n = mdns_socket_receive(
		socket->fd, socket->transport, buf, size, ret_origin);

	if (n < 0)
		return n;
	ret_origin->way = socket->way;
	/* A responder on this very host answers through the loopback. */
	if (ret_origin->ifindex == MDNS_LOOPBACK_IFINDEX)
		ret_origin->ifindex = mdns_links_owner(
			links, socket->transport, ret_origin->source);
	if (!mdns_links_find(links, ret_origin->ifindex))
		return MDNS_ERR_NO_LINK;
	ret_origin->on_link = mdns_links_is_on_link(links, ret_origin->ifindex,
		socket->transport, ret_origin->source);
	return n;
}

void mdns_sockets_close(struct mdns_sockets *sockets)
{
	while (sockets->count > 0)
		mdns_sys_close(sockets->socket[--sockets->count].fd);
}
