/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UDP port 5353: sockets, memberships, datagrams in and out. */
#include "config.h"

#include "tools/helper/port.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/sockets.h"
#include "resolver/sys.h"

/* Answers come in bursts, on all links at once; more than the kernel allows
 * (net.core.rmem_max) is cut down to that. */
#define RECEIVE_BUFFER (1 << 20)

static unsigned count_sockets(
	const struct port *port, enum mdns_family transport)
{
	unsigned i, count = 0;

	for (i = 0; i < port->count; i++)
		if (port->socket[i].transport == transport)
			count++;
	return count;
}

/* How many of that transport there may be. */
static unsigned room(enum mdns_family transport)
{
	return transport == MDNS_IPV4 ? PORT_IPV4_SOCKETS : 1;
}

static void add_socket(struct port *port, int fd, enum mdns_family transport)
{
	const int size = RECEIVE_BUFFER, on = 1;

	mdns_sys_setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* A responder on this very host has to hear us. */
	if (transport == MDNS_IPV4)
		mdns_sys_setsockopt(
			fd, IPPROTO_IP, IP_MULTICAST_LOOP, &on, sizeof(on));
	else
		mdns_sys_setsockopt(
			fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &on, sizeof(on));
	port->socket[port->count].fd = fd;
	port->socket[port->count].transport = (uint8_t)transport;
	port->count++;
}

/* True if it is a UDP socket on port 5353, and of which transport. */
static bool is_ours(int fd, enum mdns_family *ret_transport)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr;
	socklen_t size = sizeof(addr);
	int protocol = 0;
	socklen_t protocol_size = sizeof(protocol);

	memset(&addr, 0, sizeof(addr)); /* the kernel's may be shorter */
	if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &protocol_size) <
			0 ||
		protocol != IPPROTO_UDP || getsockname(fd, &addr.any, &size))
		return false;
	if (addr.any.sa_family == AF_INET) {
		*ret_transport = MDNS_IPV4;
		return ntohs(addr.in.sin_port) == MDNS_PORT;
	}
	*ret_transport = MDNS_IPV6;
	return addr.any.sa_family == AF_INET6 &&
	       ntohs(addr.in6.sin6_port) == MDNS_PORT;
}

static void adopt(struct port *port, int fd)
{
	enum mdns_family transport;
	const int on = 1;
	int flags;

	if (!is_ours(fd, &transport) ||
		count_sockets(port, transport) == room(transport) ||
		mdns_socket_adopt(fd, transport) < 0)
		return;
	flags = fcntl(fd, F_GETFL);
	if (flags >= 0)
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	/* So that others may still come. */
	mdns_sys_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	add_socket(port, fd, transport);
}

/* One more socket of our own; 0 or a negative errno value. */
static int open_one(struct port *port, enum mdns_family transport)
{
	int fd = mdns_socket_open(transport);
	int result;

	if (fd < 0)
		return fd;
	result = mdns_socket_share(fd, transport, transport == MDNS_IPV4, 0);
	if (result < 0) {
		mdns_sys_close(fd);
		return result;
	}
	add_socket(port, fd, transport);
	return 0;
}

int port_open(struct port *port, const int *fds, unsigned count, bool may_open)
{
	unsigned transport, i;
	int result = -EBADF;

	port->count = 0;
	for (i = 0; i < count; i++)
		adopt(port, fds[i]);
	for (transport = 0; may_open && transport < MDNS_FAMILIES; transport++)
		while (count_sockets(port, transport) < room(transport)) {
			result = open_one(port, transport);
			/* A host without IPv6 has IPv4 still. */
			if (result < 0)
				break;
		}
	return port->count > 0 ? 0 : mdns_sys_err(result);
}

void port_close(struct port *port)
{
	while (port->count > 0)
		mdns_sys_close(port->socket[--port->count].fd);
}

void port_leave(struct port *port, enum mdns_family transport, uint32_t ifindex)
{
	unsigned i;

	/* The kernel knows which one it is, also from before an adopted socket
	 * came to us; the others refuse. */
	for (i = 0; i < port->count; i++)
		if (port->socket[i].transport == transport)
			mdns_socket_leave(
				port->socket[i].fd, transport, ifindex);
}

int port_join(struct port *port, enum mdns_family transport, uint32_t ifindex)
{
	int result = -EAFNOSUPPORT;
	unsigned i;

	/* A membership of an interface that had this number before does not
	 * hear this one; and two would hear each datagram twice. */
	port_leave(port, transport, ifindex);
	for (i = 0; i < port->count; i++) {
		if (port->socket[i].transport != transport)
			continue;
		result = mdns_socket_join(
			port->socket[i].fd, transport, ifindex);
		if (result != -ENOBUFS)
			break;
	}
	return result < 0 ? mdns_sys_err(result) : 0;
}

int port_send(struct port *port, enum mdns_family transport, uint32_t ifindex,
	const uint8_t *message, size_t size)
{
	int result = -EAFNOSUPPORT;
	unsigned i;

	for (i = 0; i < port->count; i++)
		if (port->socket[i].transport == transport) {
			result = mdns_socket_send(port->socket[i].fd, transport,
				ifindex, message, size);
			break;
		}
	return result < 0 ? mdns_sys_err(result) : 0;
}

int port_receive(struct port *port, unsigned index, uint8_t *buf, size_t size,
	struct mdns_origin *ret_origin)
{
	return mdns_socket_receive(port->socket[index].fd,
		port->socket[index].transport, buf, size, ret_origin);
}
