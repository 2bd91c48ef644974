/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a lookup goes: is it ours, the helper's map, the process cache, the
 * helper, then the direct way. */
#ifndef MDNS_RESOLVE_H
#define MDNS_RESOLVE_H

#include "resolver/answer.h"

/* Addresses of a name in presentation form (as a program passes it to libc).
 * Foreign names and such as cannot exist cost no packet, and no system call
 * but a stat of the configuration file once a second. May block for the
 * configured total (1.25 s). Thread-safe, and safe in a forked child.
 *
 * 0, or MDNS_ERR_NOT_OURS, _NOT_FOUND, _PASS_ON, _NO_LINK, _DENIED,
 * _RESOURCE. A host that has no address of one family is a success here; look
 * at ret_answer->presence. MDNS_ERR_NO_DATA: it has neither. */
int mdns_resolve_name(const char *text, struct mdns_answer *ret_answer);

/* The name of an address: 4 or 16 octets in network order. ret_answer->name
 * is a well-formed host name in one of our zones. Errors as above. */
int mdns_resolve_address(
	const uint8_t *addr, size_t size, struct mdns_answer *ret_answer);

#endif
