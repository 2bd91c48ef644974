/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The entry points that glibc calls: look it up, pack it, say the status. */
#include <errno.h>
#include <netdb.h>
#include <nss.h>
#include <stdint.h>
#include <sys/socket.h>

#include "nss/module.h"
#include "nss/pack.h"
#include "nss/status.h"
#include "resolver/err.h"
#include "resolver/resolve.h"

#define EXPORT __attribute__((visibility("default")))

static void set_ttl(const struct mdns_answer *answer, int32_t *ttlp)
{
	if (ttlp)
		*ttlp = (int32_t)answer->ttl;
}

EXPORT enum nss_status _nss_dotlocal_gethostbyname4_r(const char *name,
	struct gaih_addrtuple **pat, char *buffer, size_t buflen, int *errnop,
	int *h_errnop, int32_t *ttlp)
{
	int saved = errno;
	struct mdns_answer answer;
	int err = mdns_resolve_name(name, &answer);

	if (err == 0)
		err = nss_pack_tuples(&answer, buffer, buflen, pat);
	if (err == 0)
		set_ttl(&answer, ttlp);
	errno = saved;
	return nss_status_set(err, errnop, h_errnop);
}

EXPORT enum nss_status _nss_dotlocal_gethostbyname3_r(const char *name, int af,
	struct hostent *host, char *buffer, size_t buflen, int *errnop,
	int *h_errnop, int32_t *ttlp, char **canonp)
{
	int saved = errno;
	struct mdns_answer answer;
	int err = MDNS_ERR_NOT_OURS;

	if (af == AF_INET || af == AF_INET6)
		err = mdns_resolve_name(name, &answer);
	if (err == 0)
		err = nss_pack_host(&answer,
			af == AF_INET ? MDNS_IPV4 : MDNS_IPV6, buffer, buflen,
			host);
	if (err == 0) {
		set_ttl(&answer, ttlp);
		if (canonp)
			*canonp = host->h_name;
	}
	errno = saved;
	return nss_status_set(err, errnop, h_errnop);
}

EXPORT enum nss_status _nss_dotlocal_gethostbyname2_r(const char *name, int af,
	struct hostent *host, char *buffer, size_t buflen, int *errnop,
	int *h_errnop)
{
	return _nss_dotlocal_gethostbyname3_r(
		name, af, host, buffer, buflen, errnop, h_errnop, NULL, NULL);
}

EXPORT enum nss_status _nss_dotlocal_gethostbyname_r(const char *name,
	struct hostent *host, char *buffer, size_t buflen, int *errnop,
	int *h_errnop)
{
	return _nss_dotlocal_gethostbyname3_r(name, AF_INET, host, buffer,
		buflen, errnop, h_errnop, NULL, NULL);
}

EXPORT enum nss_status _nss_dotlocal_gethostbyaddr2_r(const void *addr,
	socklen_t len, int af, struct hostent *host, char *buffer,
	size_t buflen, int *errnop, int *h_errnop, int32_t *ttlp)
{
	int saved = errno;
	enum mdns_family family = af == AF_INET ? MDNS_IPV4 : MDNS_IPV6;
	struct mdns_answer answer;
	int err = MDNS_ERR_NOT_OURS;

	if ((af == AF_INET || af == AF_INET6) &&
		len == mdns_family_size(family))
		err = mdns_resolve_address(addr, len, &answer);
	if (err == 0)
		err = nss_pack_reverse(
			&answer, family, addr, buffer, buflen, host);
	if (err == 0)
		set_ttl(&answer, ttlp);
	errno = saved;
	return nss_status_set(err, errnop, h_errnop);
}

EXPORT enum nss_status _nss_dotlocal_gethostbyaddr_r(const void *addr,
	socklen_t len, int af, struct hostent *host, char *buffer,
	size_t buflen, int *errnop, int *h_errnop)
{
	return _nss_dotlocal_gethostbyaddr2_r(
		addr, len, af, host, buffer, buflen, errnop, h_errnop, NULL);
}

EXPORT enum nss_status _nss_dotlocal_getcanonname_r(const char *name,
	char *buffer, size_t buflen, char **result, int *errnop, int *h_errnop)
{
	int saved = errno;
	struct mdns_answer answer;
	int err = mdns_resolve_name(name, &answer);

	if (err == 0)
		err = nss_pack_name(&answer, buffer, buflen, result);
	errno = saved;
	return nss_status_set(err, errnop, h_errnop);
}
