/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The UDP sockets of one direct lookup, and what can be done with one. */
#ifndef MDNS_SOCKETS_H
#define MDNS_SOCKETS_H

#include "resolver/links.h"
#include "resolver/response.h"

/* Two for the one-shot, two for IPv4 on 5353 (20 memberships each), and on
 * IPv6 one, or one a link where the port is shared. */
#define MDNS_SOCKETS_MAX (2 + 2 + 16)

struct mdns_socket {
	int fd;
	uint8_t transport; /* enum mdns_family */
	uint8_t way;       /* enum mdns_way */
	uint32_t ifindex;  /* the only link that it serves, 0: all */
};

struct mdns_sockets {
	unsigned count;
	struct mdns_socket socket[MDNS_SOCKETS_MAX];
};

/* The one-shot's socket of that transport, opened if it is not; its
 * descriptor, which stays ours, or MDNS_ERR_DENIED or MDNS_ERR_RESOURCE. */
int mdns_sockets_open_one_shot(
	struct mdns_sockets *sockets, enum mdns_family transport);

/* One-shot: a socket a transport with an ephemeral port, opened as it is first
 * sent from. transports: mask of 1 << enum mdns_family.
 *
 * Sends the message to the group on every link that has an address of the
 * transport, hop limit 255 (RFC 6762 11). What a full queue swallows counts as
 * sent. Returns how many took it, or 0 with *ret_err the reason why none did:
 * MDNS_ERR_NO_LINK, _DENIED, _RESOURCE. */
unsigned mdns_sockets_send(struct mdns_sockets *sockets, enum mdns_way way,
	const struct mdns_links *links, unsigned transports,
	const uint8_t *message, size_t size, int *ret_err);

/* The same on one link only, from port 5353: after mdns_sockets_open_group. */
unsigned mdns_sockets_send_on(const struct mdns_sockets *sockets,
	const struct mdns_link *link, unsigned transports,
	const uint8_t *message, size_t size, int *ret_err);

/* Binds 5353 and joins the groups on every link. If the port is ours alone
 * this host's unicast replies come to us; if anybody shares it (ret_shared)
 * the sockets are bound to the group's address, so that we do not take what is
 * theirs: of several sockets on a port one gets each unicast datagram. 0, or
 * MDNS_ERR_TAKEN, MDNS_ERR_DENIED, MDNS_ERR_RESOURCE or MDNS_ERR_NO_LINK. */
int mdns_sockets_open_group(struct mdns_sockets *sockets,
	const struct mdns_links *links, unsigned transports, bool *ret_shared);

/* One datagram: its size (at most `size` octets are kept; the rest is cut
 * off) and where it came from, or MDNS_ERR_NOT_FOUND if none is waiting, or
 * MDNS_ERR_DENIED if none will ever be given to us, or MDNS_ERR_NO_LINK if it
 * came in on an interface that is none of links: skip it and go on. */
int mdns_sockets_receive(const struct mdns_socket *socket,
	const struct mdns_links *links, uint8_t *buf, size_t size,
	struct mdns_origin *ret_origin);

void mdns_sockets_close(struct mdns_sockets *sockets);

/* --- a single socket by its descriptor, for those who keep their own; 0 or a
 * negative errno value where nothing else is said --- */

/* A UDP socket that says on which link things arrive, sends with hop limit 255
 * and hears only of groups that it has joined itself; not bound. Its
 * descriptor, to be closed by mdns_sys_close, or a negative errno value. */
int mdns_socket_open(enum mdns_family transport);

/* Makes such a one of another's socket, bound or not. */
int mdns_socket_adopt(int fd, enum mdns_family transport);

/* Binds it to port 5353 together with others, also of other users: to the
 * group's address (on IPv6 that of the link `scope`), or to the wildcard. May
 * take some milliseconds. */
int mdns_socket_share(
	int fd, enum mdns_family transport, bool group, uint32_t scope);

/* -ENOBUFS: it has as many memberships as it may have (IPv4: 20). */
int mdns_socket_join(int fd, enum mdns_family transport, uint32_t ifindex);
/* Also for a link that has gone: its membership counts until then. */
int mdns_socket_leave(int fd, enum mdns_family transport, uint32_t ifindex);

/* To the group on that link. What a full queue swallows counts as sent. */
int mdns_socket_send(int fd, enum mdns_family transport, uint32_t ifindex,
	const uint8_t *message, size_t size);

/* As mdns_sockets_receive, but from any link: ifindex is as the kernel says,
 * on_link is false, way is MDNS_WAY_GROUP. */
int mdns_socket_receive(int fd, enum mdns_family transport, uint8_t *buf,
	size_t size, struct mdns_origin *ret_origin);

#endif
