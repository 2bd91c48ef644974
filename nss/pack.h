/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Laying an answer out in the caller's buffer, as glibc wants it.
 *
 * All or nothing: MDNS_ERR_SPACE leaves every output as it was. Every pointer
 * in a result lies inside the buffer (or is NULL); no alignment of the buffer
 * is taken for granted. */
#ifndef NSS_PACK_H
#define NSS_PACK_H

#include <netdb.h>
#include <nss.h>
#include <stddef.h>

#include "resolver/answer.h"

/* A list of all addresses, both families, with scope ids; at least one. The
 * first is written to **pat if *pat is set (as nscd does), else to the buffer,
 * and then *pat points to it. */
int nss_pack_tuples(const struct mdns_answer *answer, char *buffer,
	size_t buflen, struct gaih_addrtuple **pat);

/* The addresses of one family; MDNS_ERR_NO_DATA if there is none. */
int nss_pack_host(const struct mdns_answer *answer, enum mdns_family family,
	char *buffer, size_t buflen, struct hostent *ret_host);

/* The name of an address of that family. */
int nss_pack_reverse(const struct mdns_answer *answer, enum mdns_family family,
	const void *addr, char *buffer, size_t buflen,
	struct hostent *ret_host);

/* Only the name. */
int nss_pack_name(const struct mdns_answer *answer, char *buffer, size_t buflen,
	char **ret_name);

#endif
