/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The packet that an event of a lookup or of a station tells of. */
#include "config.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tools/lookup/packet.h"

/* Our descriptors are few, and the kernel gives the lowest first. */
#define DESCRIPTORS_MAX 64

union endpoint {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

static socklen_t put_endpoint(union endpoint *end, uint8_t transport,
	const uint8_t address[16], uint32_t ifindex)
{
	memset(end, 0, sizeof(*end));
	if (transport == MDNS_IPV4) {
		end->ipv4.sin_family = AF_INET;
		end->ipv4.sin_port = htons(MDNS_PORT);
		memcpy(&end->ipv4.sin_addr, address, 4);
		return sizeof(end->ipv4);
	}
	end->ipv6.sin6_family = AF_INET6;
	end->ipv6.sin6_port = htons(MDNS_PORT);
	memcpy(&end->ipv6.sin6_addr, address, 16);
	end->ipv6.sin6_scope_id = ifindex;
	return sizeof(end->ipv6);
}

/* The address that the kernel sends from to that one. A UDP socket that is
 * connected has one, and sends nothing. */
static void find_own_address(
	const struct packet *packet, const uint8_t to[16], uint8_t ret_own[16])
{
	union endpoint end;
	int family = packet->transport == MDNS_IPV4 ? AF_INET : AF_INET6;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ip_mreqn mreq = {.imr_ifindex = (int)packet->ifindex};
	socklen_t size =
		put_endpoint(&end, packet->transport, to, packet->ifindex);

	if (fd < 0)
		return;
	if (family == AF_INET)
		setsockopt(
			fd, IPPROTO_IP, IP_MULTICAST_IF, &mreq, sizeof(mreq));
	if (connect(fd, &end.any, size) == 0 &&
		getsockname(fd, &end.any, &size) == 0) {
		if (family == AF_INET)
			memcpy(ret_own, &end.ipv4.sin_addr, 4);
		else
			memcpy(ret_own, &end.ipv6.sin6_addr, 16);
	}
	close(fd);
}

/* The port of our one-shot socket of that transport, which events do not tell;
 * 0 if there is none. */
static uint16_t find_own_port(uint8_t transport)
{
	int fd;

	for (fd = 3; fd < DESCRIPTORS_MAX; fd++) {
		union endpoint end = {0};
		socklen_t size = sizeof(end);
		uint16_t port = 0;

		if (getsockname(fd, &end.any, &size) < 0)
			continue;
		if (transport == MDNS_IPV4 && end.any.sa_family == AF_INET)
			port = ntohs(end.ipv4.sin_port);
		if (transport == MDNS_IPV6 && end.any.sa_family == AF_INET6)
			port = ntohs(end.ipv6.sin6_port);
		if (port != 0 && port != MDNS_PORT)
			return port;
	}
	return 0;
}

/* What has been sent of late: on each link by each transport. */
#define SENT_MAX 64
static struct sent {
	uint32_t ifindex;
	uint8_t transport;
	size_t size;
	uint64_t hash;
} sent[SENT_MAX];
static unsigned sent_next;

static struct sent sent_of(const struct packet *packet)
{
	struct sent one = {packet->ifindex, packet->transport, packet->size,
		UINT64_C(14695981039346656037)};
	size_t i;

	for (i = 0; i < packet->size; i++) /* FNV-1a */
		one.hash = (one.hash ^ packet->message[i]) *
			   UINT64_C(1099511628211);
	return one;
}

/* The group hears what is sent to it, also in the sender. Another host may ask
 * the same in the same words, so the address counts as well. */
static bool is_echo(const struct packet *packet, const uint8_t group[16])
{
	struct sent one = sent_of(packet);
	uint8_t own[16] = {0};
	unsigned i;

	for (i = 0; i < SENT_MAX; i++)
		if (sent[i].ifindex == one.ifindex &&
			sent[i].transport == one.transport &&
			sent[i].size == one.size && sent[i].hash == one.hash)
			break;
	if (i == SENT_MAX)
		return false;
	find_own_address(packet, group, own);
	return memcmp(own, packet->source, sizeof(own)) == 0;
}

static uint16_t own_port(const struct mdns_origin *origin)
{
	return origin->way == MDNS_WAY_GROUP ? MDNS_PORT
					     : find_own_port(origin->transport);
}

void packet_from_event(const struct mdns_lookup_event *event, bool in_lookup,
	struct packet *ret_packet)
{
	static const uint8_t groups[MDNS_FAMILIES][16] = {
		[MDNS_IPV4] = {224, 0, 0, 251},
		[MDNS_IPV6] = {0xff, 2, [15] = 0xfb}};
	const struct mdns_origin *origin = &event->origin;
	const uint8_t *group = groups[origin->transport == MDNS_IPV6];
	struct packet packet = {
		.in_lookup = in_lookup,
		.usec = event->usec,
		.out = event->out,
		.judged = !event->out,
		.verdict = event->verdict,
		.ifindex = origin->ifindex,
		.transport = origin->transport,
		.way = origin->way,
		.off_link = !event->out && !origin->on_link,
		.message = event->message,
		.size = event->size,
	};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	packet.realtime = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	if (!if_indextoname(origin->ifindex, packet.link)) /* it has gone */
		snprintf(packet.link, sizeof(packet.link), "%u",
			origin->ifindex);
	if (event->out) {
		packet.source_port = own_port(origin);
		packet.destination_port = MDNS_PORT;
		memcpy(packet.destination, group, 16);
		find_own_address(&packet, group, packet.source);
		sent[sent_next++ % SENT_MAX] = sent_of(&packet);
	} else {
		packet.source_port = origin->port;
		memcpy(packet.source, origin->source, sizeof(packet.source));
		packet.destination_port =
			origin->to_group ? MDNS_PORT : own_port(origin);
		if (origin->to_group) {
			memcpy(packet.destination, group, 16);
			packet.echo = is_echo(&packet, group);
		} else {
			find_own_address(
				&packet, origin->source, packet.destination);
		}
	}
	*ret_packet = packet;
}
