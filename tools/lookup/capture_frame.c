/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a frame to the mDNS message in it. */
#include "config.h"

#include "tools/lookup/capture_frame.h"

#include <string.h>

#define VLAN_TAGS_MAX 4
#define EXTENSION_HEADERS_MAX 16

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd };
enum { ETHERTYPE_VLAN = 0x8100, ETHERTYPE_QINQ = 0x88a8 };
enum { PACKET_TYPE_OUTGOING = 4 }; /* of SLL and SLL2 */

/* IP protocol numbers (RFC 8200 4). */
enum {
	NEXT_HOP_BY_HOP = 0,
	NEXT_UDP = 17,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_AUTHENTICATION = 51,
	NEXT_DESTINATION = 60,
};

/* What is left of the frame. */
struct rest {
	const uint8_t *bytes;
	size_t size;
};

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* The next octets, or NULL if there are not so many. */
static const uint8_t *take(struct rest *rest, size_t size)
{
	const uint8_t *bytes = rest->bytes;

	if (size > rest->size)
		return NULL;
	rest->bytes += size;
	rest->size -= size;
	return bytes;
}

static bool skip_tags(struct rest *rest, uint16_t type)
{
	unsigned tags;

	for (tags = 0; type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ;
		tags++) {
		const uint8_t *tag = take(rest, 4);

		if (!tag || tags == VLAN_TAGS_MAX)
			return false;
		type = get16(tag + 2);
	}
	return type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6;
}

/* Up to the IP header. */
static bool read_link(
	enum frame_kind kind, struct rest *rest, struct packet *packet)
{
	const uint8_t *head;

	switch (kind) {
	case FRAME_ETHERNET:
		head = take(rest, 14);
		return head && skip_tags(rest, get16(head + 12));
	case FRAME_SLL:
		head = take(rest, 16);
		if (!head)
			return false;
		packet->out = get16(head) == PACKET_TYPE_OUTGOING;
		return skip_tags(rest, get16(head + 14));
	case FRAME_SLL2:
		head = take(rest, 20);
		if (!head)
			return false;
		packet->out = head[10] == PACKET_TYPE_OUTGOING;
		packet->ifindex =
			(uint32_t)get16(head + 4) << 16 | get16(head + 6);
		/* Its name is known where the file was made. */
		snprintf(packet->link, sizeof(packet->link), "%u",
			packet->ifindex);
		return skip_tags(rest, get16(head));
	case FRAME_NULL:
		return take(rest, 4) != NULL;
	case FRAME_RAW:
		return true;
	}
	return false;
}

/* Octets behind the end that the IP header names are padding. */
static void cut(struct rest *rest, size_t size)
{
	if (rest->size > size)
		rest->size = size;
}

/* Up to the UDP header. */
static bool read_ipv4(struct rest *rest, struct packet *packet)
{
	const uint8_t *head = take(rest, 20);
	size_t header_size, total;

	if (!head)
		return false;
	header_size = (size_t)(head[0] & 15) * 4;
	total = get16(head + 2);
	if (header_size < 20 || total < header_size || head[9] != NEXT_UDP ||
		(get16(head + 6) & 0x1fff) != 0 ||
		!take(rest, header_size - 20))
		return false;
	cut(rest, total - header_size);
	packet->transport = MDNS_IPV4;
	memcpy(packet->source, head + 12, 4);
	memcpy(packet->destination, head + 16, 4);
	return true;
}

/* Up to the UDP header; false if there is none. */
static bool skip_extensions(struct rest *rest, uint8_t next)
{
	unsigned i;

	for (i = 0; i < EXTENSION_HEADERS_MAX; i++) {
		const uint8_t *head;
		size_t more = 0;

		if (next == NEXT_UDP)
			return true;
		head = take(rest, 8);
		if (!head)
			return false;
		switch (next) {
		case NEXT_HOP_BY_HOP:
		case NEXT_ROUTING:
		case NEXT_DESTINATION:
			more = head[1] * 8U;
			break;
		case NEXT_AUTHENTICATION: /* RFC 4302 2.2: words less two */
			more = head[1] * 4U;
			break;
		case NEXT_FRAGMENT:
			if (get16(head + 2) & 0xfff8)
				return false;
			break;
		default:
			return false;
		}
		if (!take(rest, more))
			return false;
		next = head[0];
	}
	return false;
}

static bool read_ipv6(struct rest *rest, struct packet *packet)
{
	const uint8_t *head = take(rest, 40);

	if (!head)
		return false;
	cut(rest, get16(head + 4));
	packet->transport = MDNS_IPV6;
	memcpy(packet->source, head + 8, 16);
	memcpy(packet->destination, head + 24, 16);
	return skip_extensions(rest, head[6]);
}

static bool read_udp(struct rest *rest, struct packet *packet)
{
	const uint8_t *head = take(rest, 8);
	size_t size;

	if (!head || get16(head + 4) < 8)
		return false;
	packet->source_port = get16(head);
	packet->destination_port = get16(head + 2);
	if (packet->source_port != MDNS_PORT &&
		packet->destination_port != MDNS_PORT)
		return false;
	size = (size_t)get16(head + 4) - 8;
	cut(rest, size);
	packet->message = rest->bytes;
	packet->size = rest->size;
	packet->lost = size - rest->size;
	return true;
}

bool frame_read(enum frame_kind kind, const uint8_t *bytes, size_t size,
	struct packet *ret_packet)
{
	struct packet packet = {.way = MDNS_WAYS};
	struct rest rest = {bytes, size};
	bool good;

	if (!read_link(kind, &rest, &packet) || rest.size == 0)
		return false;
	/* Not by what stands in front: of NULL there are several numbers for
	 * IPv6, and RAW has none. */
	switch (rest.bytes[0] >> 4) {
	case 4:
		good = read_ipv4(&rest, &packet);
		break;
	case 6:
		good = read_ipv6(&rest, &packet);
		break;
	default:
		return false;
	}
	if (!good || !read_udp(&rest, &packet))
		return false;
	*ret_packet = packet;
	return true;
}
