/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors of the resolver library, and their names. */
#ifndef MDNS_ERR_H
#define MDNS_ERR_H

/* A function that can fail returns 0 or one of these, always negative.
 * nss/status.c has the one table that turns them into NSS codes. */
enum mdns_err {
	MDNS_ERR_NAME = -1,      /* not a domain name */
	MDNS_ERR_FORMAT = -2,    /* malformed message or record */
	MDNS_ERR_SPACE = -3,     /* the caller's buffer is too small */
	MDNS_ERR_NOT_OURS = -4,  /* no zone of ours: ask somebody else */
	MDNS_ERR_NOT_FOUND = -5, /* nobody answered, and nobody else will */
	MDNS_ERR_PASS_ON = -6,   /* nobody answered; another service may know */
	MDNS_ERR_NO_DATA = -7,   /* the name is there, this family is not */
	MDNS_ERR_NO_LINK = -8,   /* no link that could be asked */
	MDNS_ERR_DENIED = -9,    /* the kernel or a sandbox forbids it */
	MDNS_ERR_RESOURCE = -10, /* out of memory, descriptors, buffers or time */
	MDNS_ERR_TAKEN = -11,    /* port 5353 is somebody else's alone */
};

/* A short lower-case phrase in English, static; never NULL. */
const char *mdns_err_text(int err);

#endif
