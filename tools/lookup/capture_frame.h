/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The UDP datagram in a captured frame; pure, and no octet is trusted. */
#ifndef LOOKUP_CAPTURE_FRAME_H
#define LOOKUP_CAPTURE_FRAME_H

#include "tools/lookup/packet.h"

/* What stands in front of the IP header. */
enum frame_kind {
	FRAME_ETHERNET, /* with up to 4 VLAN tags */
	FRAME_SLL,      /* LINKTYPE_LINUX_SLL */
	FRAME_SLL2,     /* LINKTYPE_LINUX_SLL2 */
	FRAME_RAW,      /* nothing */
	FRAME_NULL,     /* LINKTYPE_NULL and _LOOP: an address family */
};

/* size: octets that were captured. False if it is not the beginning of a
 * datagram from or to UDP port 5353. What the frame does not tell is 0: the
 * time, and mostly the link. ret_packet borrows bytes; what is missing of the
 * message (snap length, later fragments) is counted in its `lost`. */
bool frame_read(enum frame_kind kind, const uint8_t *bytes, size_t size,
	struct packet *ret_packet);

#endif
