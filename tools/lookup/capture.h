/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Capture files by libpcap: what --pcap writes, what --read reads, and what
 * --monitor hears where it may listen to the links themselves. */
#ifndef LOOKUP_CAPTURE_H
#define LOOKUP_CAPTURE_H

#include "tools/lookup/packet.h"

/* --- writing ---
 * The file that --pcap names ("-": standard output), opened by
 * capture_open_write. Messages come from UDP sockets, so their headers are made
 * anew (DLT_LINUX_SLL2, which keeps the interface): addresses, ports and
 * payload are true, checksums are right, identification and the like are
 * not. */

/* STATUS_GO_ON, or STATUS_USAGE with a complaint. path NULL: nothing is
 * written, and the other two do nothing. */
enum options_status capture_open_write(const char *path);
void capture_write(const struct packet *packet);
/* False, with a complaint, if not all of it could be written. */
bool capture_close_write(void);

/* --- reading --- */

struct capture;

/* A file ("-": standard input), or NULL with a complaint in *ret_why (static,
 * or good until the next call). */
struct capture *capture_open_file(const char *path, const char **ret_why);

/* A link of this machine, listened to from below: also what is sent to others.
 * Wants CAP_NET_RAW. Not blocking; NULL with *ret_why. */
struct capture *capture_open_link(const char *link, const char **ret_why);

/* For poll; a live one only. */
int capture_fd(const struct capture *capture);

enum capture_result {
	CAPTURE_PACKET,  /* ret_packet is good until the next call */
	CAPTURE_NOTHING, /* live: nothing waits now */
	CAPTURE_END,     /* of the file */
	CAPTURE_CUT,     /* the file ends in the middle of a packet */
	CAPTURE_BROKEN,  /* it cannot be read on: *ret_why */
};
/* The next datagram from or to UDP port 5353; all else is passed over and
 * counted: fragments other than the first, too. Ethernet with VLAN tags, SLL,
 * SLL2, RAW, NULL and LOOP; IPv4 with options, IPv6 with extension headers. */
enum capture_result capture_next(struct capture *capture,
	struct packet *ret_packet, const char **ret_why);

/* How many frames were passed over. */
uint64_t capture_skipped(const struct capture *capture);

/* A live one only: how many came faster than they were read. */
uint64_t capture_missed(const struct capture *capture);

void capture_close(struct capture *capture);

#endif
