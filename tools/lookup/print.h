/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What mdns-lookup writes: answers on standard output, all else on standard
 * error. No octet of a name or an operand reaches the terminal unchecked. */
#ifndef LOOKUP_PRINT_H
#define LOOKUP_PRINT_H

#include "resolver/answer.h"
#include "resolver/cache.h"
#include "resolver/lookup.h"
#include "tools/lookup/options.h"

/* "mdns-lookup: SUBJECT: ...", with control characters taken out of the
 * subject (which may be NULL) and the rest. */
void print_problem(const char *subject, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A line for each address, or for the name of an address. Of those whose way
 * is MDNS_WAYS it says that they are mdns-helper's word. */
void print_answer(
	const struct options_query *query, const struct mdns_answer *answer);

/* What an answer tells beyond its addresses, for -v. */
void print_remarks(
	const struct options_query *query, const struct mdns_answer *answer);

/* For struct mdns_lookup's observe; context is not used. */
void print_event(void *context, const struct mdns_lookup_event *event);

/* The same with the time of day, for those who watch. */
void print_event_now(const struct mdns_lookup_event *event);

/* A line for a record of the query that has come or gone: the time of day, +
 * or -, what was asked, what was found, and the name of the link. False, and
 * nothing printed, if the record is not of a kind that was asked for. */
bool print_change(const struct options_query *query, bool added,
	const struct mdns_cached *record, const char *link);

#endif
