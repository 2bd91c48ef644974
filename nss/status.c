/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the resolver's errors are called in the language of NSS. */
#include "nss/status.h"

#include <errno.h>
#include <netdb.h>

#include "resolver/err.h"

/* What getaddrinfo makes of these when no other service follows: NOTFOUND with
 * HOST_NOT_FOUND is EAI_NONAME, with NO_DATA EAI_NODATA; UNAVAIL goes on to
 * the next service, and is EAI_NONAME with NO_RECOVERY, EAI_AGAIN with
 * TRY_AGAIN. glibc asks again with a larger buffer for TRYAGAIN, ERANGE and
 * NETDB_INTERNAL, and for nothing less than all three. */
enum nss_status nss_status_set(int err, int *errnop, int *h_errnop)
{
	switch (err) {
	case 0:
		*h_errnop = NETDB_SUCCESS;
		return NSS_STATUS_SUCCESS;
	case MDNS_ERR_SPACE:
		*h_errnop = NETDB_INTERNAL;
		*errnop = ERANGE;
		return NSS_STATUS_TRYAGAIN;
	case MDNS_ERR_NO_DATA:
		*h_errnop = NO_DATA;
		*errnop = ENOENT;
		return NSS_STATUS_NOTFOUND;
	case MDNS_ERR_NOT_FOUND:
		*h_errnop = HOST_NOT_FOUND;
		*errnop = ENOENT;
		return NSS_STATUS_NOTFOUND;
	case MDNS_ERR_NO_LINK:
		*h_errnop = TRY_AGAIN;
		*errnop = ENETUNREACH;
		return NSS_STATUS_UNAVAIL;
	case MDNS_ERR_DENIED:
	case MDNS_ERR_TAKEN:
		*h_errnop = TRY_AGAIN;
		*errnop = EACCES;
		return NSS_STATUS_UNAVAIL;
	case MDNS_ERR_RESOURCE:
		*h_errnop = TRY_AGAIN;
		*errnop = ENOMEM;
		return NSS_STATUS_UNAVAIL;
	default: /* MDNS_ERR_NOT_OURS, MDNS_ERR_PASS_ON */
		*h_errnop = NO_RECOVERY;
		*errnop = ENOENT;
		return NSS_STATUS_UNAVAIL;
	}
}
