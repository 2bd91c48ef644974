/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What glibc calls: the functions that the module exports. */
#ifndef NSS_MODULE_H
#define NSS_MODULE_H

#include <netdb.h>
#include <nss.h>
#include <stdint.h>
#include <sys/socket.h>

/* No header of glibc has these; the signatures are its own (nss/nss.h and
 * resolv/ in its sources call them so). */
enum nss_status _nss_dotlocal_gethostbyname4_r(const char *name,
	struct gaih_addrtuple **pat, char *buffer, size_t buflen, int *errnop,
	int *h_errnop, int32_t *ttlp);
enum nss_status _nss_dotlocal_gethostbyname3_r(const char *name, int af,
	struct hostent *host, char *buffer, size_t buflen, int *errnop,
	int *h_errnop, int32_t *ttlp, char **canonp);
enum nss_status _nss_dotlocal_gethostbyname2_r(const char *name, int af,
	struct hostent *host, char *buffer, size_t buflen, int *errnop,
	int *h_errnop);
enum nss_status _nss_dotlocal_gethostbyname_r(const char *name,
	struct hostent *host, char *buffer, size_t buflen, int *errnop,
	int *h_errnop);
enum nss_status _nss_dotlocal_gethostbyaddr2_r(const void *addr, socklen_t len,
	int af, struct hostent *host, char *buffer, size_t buflen, int *errnop,
	int *h_errnop, int32_t *ttlp);
enum nss_status _nss_dotlocal_gethostbyaddr_r(const void *addr, socklen_t len,
	int af, struct hostent *host, char *buffer, size_t buflen, int *errnop,
	int *h_errnop);
enum nss_status _nss_dotlocal_getcanonname_r(const char *name, char *buffer,
	size_t buflen, char **result, int *errnop, int *h_errnop);

#endif
