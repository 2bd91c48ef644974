/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UDP port 5353 as mdns-helper holds it: shared with whoever is there, joined
 * to the groups of the links that come and go.
 *
 * IPv4 sockets are bound to the group's address, so that they never take a
 * unicast datagram that is another responder's; several of them, since the
 * kernel allows 20 memberships a socket (igmp_max_memberships). On IPv6 that
 * address is another one on each link, so there is one socket on the wildcard;
 * of several such sockets the one that was bound last gets what is unicast. We
 * never ask for unicast answers (RFC 6762 15.1) and never answer. */
#ifndef HELPER_PORT_H
#define HELPER_PORT_H

#include "resolver/response.h"

#define PORT_IPV4_SOCKETS 4 /* 80 links */
#define PORT_SOCKETS (PORT_IPV4_SOCKETS + 1)

struct port {
	unsigned count;
	struct {
		int fd;
		uint8_t transport; /* enum mdns_family */
	} socket[PORT_SOCKETS];
};

/* Takes over sockets that are bound to port 5353 (from systemd); what is not
 * such a socket, or one too many, is left alone. Then opens what is missing, if
 * may_open. 0, or a negative enum mdns_err if there is not one socket in the
 * end. */
int port_open(struct port *port, const int *fds, unsigned count, bool may_open);
/* Whoever passed the sockets in has them still, with what is not left before
 * by port_leave. */
void port_close(struct port *port);

/* Joins the group on that link, or leaves it. 0; MDNS_ERR_RESOURCE (no
 * membership left), MDNS_ERR_NO_LINK, MDNS_ERR_DENIED. Joining twice is fine.
 * A link that has gone is to be left as well: on IPv4 its membership counts
 * until then. */
int port_join(struct port *port, enum mdns_family transport, uint32_t ifindex);
void port_leave(
	struct port *port, enum mdns_family transport, uint32_t ifindex);

/* To the group on that link; 0 or a negative enum mdns_err. What a full queue
 * swallows counts as sent. */
int port_send(struct port *port, enum mdns_family transport, uint32_t ifindex,
	const uint8_t *message, size_t size);

/* One datagram of the index-th socket: its size (the rest is cut off) and
 * where it came from, or MDNS_ERR_NOT_FOUND if none is waiting. ifindex is as
 * the kernel says (the loopback is not looked through), on_link is false, way
 * is MDNS_WAY_GROUP. Once one IPv6 link has been joined those come as well that
 * others on this host have joined: the caller passes them over. */
int port_receive(struct port *port, unsigned index, uint8_t *buf, size_t size,
	struct mdns_origin *ret_origin);

#endif
