/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors of the resolver library, and their names. */
#include "resolver/err.h"

const char *mdns_err_text(int err)
{
	switch (err) {
	case 0:
		return "no error";
	case MDNS_ERR_NAME:
		return "not a domain name";
	case MDNS_ERR_FORMAT:
		return "malformed message";
	case MDNS_ERR_SPACE:
		return "buffer too small";
	case MDNS_ERR_NOT_OURS:
		return "not a name for Multicast DNS";
	case MDNS_ERR_NOT_FOUND:
		return "nobody answered";
	case MDNS_ERR_PASS_ON:
		return "nobody answered by Multicast DNS";
	case MDNS_ERR_NO_DATA:
		return "the name exists, but has no such record";
	case MDNS_ERR_NO_LINK:
		return "no network interface can be asked";
	case MDNS_ERR_DENIED:
		return "not permitted to use the network";
	case MDNS_ERR_RESOURCE:
		return "out of memory, descriptors or time";
	case MDNS_ERR_TAKEN:
		return "another program has UDP port 5353 for itself; "
		       "try: mdns-lookup --doctor";
	default:
		return "unknown error";
	}
}
