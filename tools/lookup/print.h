/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What mdns-lookup writes: answers on standard output, all else on standard
 * error. No octet of a name or an operand reaches the terminal unchecked. */
#ifndef LOOKUP_PRINT_H
#define LOOKUP_PRINT_H

#include "resolver/answer.h"
#include "tools/lookup/options.h"
#include "tools/lookup/packet.h"
#include "tools/lookup/record.h"

/* The way of a struct mdns_address that --unicast brought. */
#define PRINT_WAY_UNICAST (MDNS_WAYS + 1)

/* "mdns-lookup: SUBJECT: ...", with control characters taken out of the
 * subject (which may be NULL) and the rest. */
void print_problem(const char *subject, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Anything but printable ASCII becomes a question mark: for what comes out of
 * files and the kernel. */
void print_clean(char *text);

/* A name as mdns_name_print_safe has it, as a word of a line to type: in single
 * quotes if it has a backslash, which the shell would eat. Static memory, until
 * the next call. */
const char *print_word(const char *name);

/* A line, or an object of kind "answer", for each address, or for the name of an
 * address. Of those whose way is MDNS_WAYS it says that they are mdns-helper's
 * word. */
void print_found(enum options_format format, const struct options_query *query,
	const struct mdns_answer *answer);
/* A line as in a zone file, its data alone, or an object of kind "record". from:
 * where the record came from; with -v a comment behind it says that too. */
void print_record(const struct options *options,
	const struct options_query *query, const struct record *record,
	const struct packet *from);

/* Why there is nothing. */
enum print_reason {
	PRINT_SILENCE,
	PRINT_NO_DATA,
	PRINT_NO_NETWORK,
	PRINT_DENIED,
	PRINT_INTERRUPTED,
	PRINT_ERROR,
};
/* A complaint, unless quiet, and with FORMAT_JSON an object of kind "missing" as
 * well; type 0: of none in particular. */
void print_missing(enum options_format format,
	const struct options_query *query, uint16_t type,
	enum print_reason reason, bool quiet, const char *why, ...)
	__attribute__((format(printf, 6, 7)));

/* What an answer tells beyond its addresses, for -v. */
void print_remarks(
	const struct options_query *query, const struct mdns_answer *answer);

#endif
