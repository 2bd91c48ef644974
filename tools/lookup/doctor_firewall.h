/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The line to type so that a firewall lets Multicast DNS through. */
#ifndef LOOKUP_DOCTOR_FIREWALL_H
#define LOOKUP_DOCTOR_FIREWALL_H

#include <stddef.h>

#include "resolver/answer.h"

enum firewall_gap {
	FIREWALL_IN,      /* multicast to port 5353 */
	FIREWALL_REPLIES, /* unicast from port 5353 to an ephemeral port */
	FIREWALL_OUT,     /* queries to port 5353 */
	FIREWALL_GAPS
};

/* The rule in the words of the firewall that is installed here (ufw, firewalld,
 * nftables, iptables, in this order). buf, or NULL if none is, or if it has no
 * such rule. Of nftables root is told in which chain, as nft lists them. */
const char *firewall_remedy(enum firewall_gap gap, enum mdns_family transport,
	const char *link, char *buf, size_t size);

#endif
