/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The entry points that are called while things fail: how, and what each may
 * say. */
#ifndef TESTS_FAULTS_ENTRIES_H
#define TESTS_FAULTS_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>

/* What was seen of one call. */
enum verdict {
	ANSWERED, /* as if nothing had failed */
	HONEST,   /* "not now", with the reason */
	SILENT,   /* "there is no such name" of one that there is */
	WRONG,    /* anything else: the text says what */
};

/* In which state of the process. */
enum before {
	COLD,  /* its first lookup */
	BARE,  /* the same, with descriptors 0 to 2 closed */
	WARM,  /* the same again */
	STALE, /* the same again, after 1.5 s */
};

enum expect {
	FOUND,
	MISSING, /* nobody has it */
	DEEP,    /* nobody has y.x.local: ask the next service */
	FOREIGN, /* not ours */
	NO_DATA_THERE,
	TOO_SMALL, /* a buffer of 8 octets */
};

struct entry {
	const char *label;
	/* One call; it says what is wrong in complaint (200 octets). */
	enum verdict (*call)(const struct entry *entry, char *complaint);
	const char *text; /* name or address */
	int af;
	enum before before;
	enum expect expect;
	unsigned how; /* of that function */
	bool frail;   /* there is one way only */
};

/* label NULL: the end. */
extern const struct entry entries[];

#endif
