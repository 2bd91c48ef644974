/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The services of one line of nsswitch.conf, read as glibc (2.33 and later)
 * reads them: no `#` and no `\` means anything there, and there is one pair of
 * brackets at most behind a service. */
#ifndef LOOKUP_CHAIN_H
#define LOOKUP_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

#define CHAIN_SERVICES_MAX 32 /* what stands behind them is not looked at */

enum chain_status {
	CHAIN_SUCCESS,
	CHAIN_NOTFOUND,
	CHAIN_UNAVAIL,
	CHAIN_TRYAGAIN,
	CHAIN_STATUSES
};

/* A piece of the text that was parsed. */
struct chain_word {
	const char *text;
	size_t len;
};

struct chain_service {
	struct chain_word name;
	struct chain_word actions; /* with its brackets; len 0: none */
	bool ends[CHAIN_STATUSES]; /* the search, when that is its result */
};

struct chain {
	bool refused;  /* glibc takes the line for wrong, and uses no other line
			 of the file either */
	unsigned used; /* of the services, those in front that glibc takes */
	unsigned count;
	struct chain_service service[CHAIN_SERVICES_MAX];
	struct chain_word bad; /* what it does not take; len 0: nothing */
};

/* text: what stands behind the colon; borrowed. What glibc does not understand
 * is left out, and the rest read on. */
void chain_parse(const char *text, struct chain *ret_chain);

/* In the same case of letters, as glibc does it. */
bool chain_is(const struct chain_service *service, const char *name);

/* Where that service stands; chain->count if it does not. */
unsigned chain_find(const struct chain *chain, const char *name);

#endif
