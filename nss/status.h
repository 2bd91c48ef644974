/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the resolver's errors are called in the language of NSS. */
#ifndef NSS_STATUS_H
#define NSS_STATUS_H

#include <nss.h>

/* err is 0 or an enum mdns_err. Sets *h_errnop, and for a failure *errnop as
 * the very last thing; errno of a success is the caller's to keep. */
enum nss_status nss_status_set(int err, int *errnop, int *h_errnop);

#endif
