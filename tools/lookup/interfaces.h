/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which interfaces were asked, and why the others were not, in words. */
#ifndef LOOKUP_INTERFACES_H
#define LOOKUP_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>

#include "resolver/links.h"

/* The names of the interfaces that can be asked over these transports (mask of
 * 1 << enum mdns_family), as "eth0, wlan0"; cut short if there is no room,
 * "no interface" if there is none. */
void interfaces_print_asked(const struct mdns_link_filter *filter,
	unsigned transports, char *buf, size_t size);

/* Calls for each interface of this host, with its flags (IFF_UP ...), tunnels
 * as well, which getifaddrs leaves out. False if the kernel does not say. */
bool interfaces_each(void (*each)(void *context, const char *name,
			     unsigned index, unsigned flags),
	void *context);

/* True if it is part of a bridge or bond, which mdns_link_judge does not see. */
bool interfaces_is_port(const char *name);

/* True if there is an interface of that name, or if it is not known. */
bool interfaces_is_there(const char *glob);

/* A line on standard error for each interface of this host: why it is not
 * asked; and for each of `only` that there is not. */
void interfaces_print_reasons(
	const struct mdns_link_filter *filter, unsigned transports);

#endif
