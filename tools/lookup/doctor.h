/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-lookup --doctor: walks the whole way of a lookup, and says in plain words
 * what is right, what is wrong, and the line to type to mend it. */
#ifndef LOOKUP_DOCTOR_H
#define LOOKUP_DOCTOR_H

#include "tools/lookup/options.h"

enum doctor_level {
	DOCTOR_GOOD,    /* as it should be */
	DOCTOR_NOTE,    /* worth knowing; nothing is wrong by it */
	DOCTOR_UNKNOWN, /* could not be found out, why, and it matters: what
			   does not is a NOTE */
	DOCTOR_BAD,     /* names are not resolved, or slowly, because of it */
};

#define DOCTOR_DNS_FIRST \
	"dns stands before dotlocal in the hosts line of /etc/nsswitch.conf: " \
	"each .local name is sent to name servers first, which takes time " \
	"and gives it away"

#define DOCTOR_TEXT_MAX 1024 /* with the NUL; longer ones are cut */

struct doctor {
	const struct options *options;
	const struct mdns_settings *settings;
	const struct options_query *query; /* the NAME, or NULL */
	int signals; /* readable: stop; -1: nobody will say so */
	unsigned count[DOCTOR_BAD + 1];
	/* The first that is BAD, or else UNKNOWN. */
	char first[DOCTOR_TEXT_MAX];
	/* What one part finds out and a later one needs. */
	char behind[DOCTOR_TEXT_MAX]; /* with --unicast-soa, if dns stands
			before dotlocal: the hosts line with it behind, which
			is said when it is known whether it has a zone local;
			else empty */
	char before[DOCTOR_TEXT_MAX]; /* the hosts line with dns before */
	bool links;                   /* there is a link to ask on */
	bool helper;                  /* mdns-helper answers */
	bool deaf; /* on no link a query leaves and anything comes back: what
			stands in the way was said */
};

/* One finding, at once: id is a word or two with hyphens, the same for ever,
 * for scripts and tests ("nsswitch-order"); remedy is a line to type (or text
 * to put into a file), NULL if there is none; the text is one sentence. JSON:
 * "kind":"finding", "id", "level" ("good", "note", "unknown", "bad"), "text",
 * "remedy". Nothing any more once it was interrupted: what was not waited for
 * is not known. */
void doctor_say(struct doctor *doctor, enum doctor_level level, const char *id,
	const char *remedy, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* The same, with a line that is not typed but put into that file. */
void doctor_say_edit(struct doctor *doctor, enum doctor_level level,
	const char *id, const char *file, const char *line, const char *format,
	...) __attribute__((format(printf, 6, 7)));

/* SIGINT or SIGTERM has come: whatever takes time ends at once. */
bool doctor_is_interrupted(const struct doctor *doctor);

/* The parts, in this order. */
void doctor_check_switch(struct doctor *doctor);   /* nsswitch.conf */
void doctor_check_module(struct doctor *doctor);   /* found, same version */
void doctor_check_settings(struct doctor *doctor); /* dotlocal.conf */
void doctor_check_links(struct doctor *doctor);    /* which, why not others */
void doctor_check_port(struct doctor *doctor);     /* who else has 5353 */
void doctor_check_helper(struct doctor *doctor);   /* there, current */
void doctor_check_ways(struct doctor *doctor);     /* out, back, unicast */
void doctor_check_name(struct doctor *doctor);     /* the NAME, if any */
void doctor_check_unicast(struct doctor *doctor);  /* .local in unicast DNS */
void doctor_check_program(struct doctor *doctor);  /* getaddrinfo agrees */

/* All of it, and a last line that sums up. STATUS_FOUND if all is well (GOOD
 * and NOTE only), STATUS_NOT_FOUND if anything is BAD or UNKNOWN mattered, or
 * it was interrupted,
 * STATUS_NO_NETWORK if there is no link to ask on. */
enum options_status doctor_run(const struct options *options,
	const struct mdns_settings *settings,
	const struct options_query *query);

#endif
