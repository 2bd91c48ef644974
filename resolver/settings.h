/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What dotlocal.conf can set: defaults, and the parser of its text (pure). */
#ifndef MDNS_SETTINGS_H
#define MDNS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/name.h"

#define MDNS_SETTINGS_PATH "/etc/dotlocal.conf"
#define MDNS_SETTINGS_SIZE_MAX 8192 /* octets of the file that are read */
#define MDNS_RESENDS_MAX 4
#define MDNS_GLOBS_MAX 16
#define MDNS_GLOB_MAX 16 /* IFNAMSIZ: no interface name is longer */
#define MDNS_SUFFIXES_MAX 4
#define MDNS_SUFFIX_MAX 64

/* Plain data without pointers: it is copied as octets. About 1 KB. */
struct mdns_settings {
	uint32_t total_ms;      /* silence is the answer after this */
	uint32_t second_way_ms; /* 0: never */
	uint32_t grace_ms;      /* for the other family after the first */
	uint32_t resend_ms[MDNS_RESENDS_MAX]; /* ascending; 0 ends the list */
	uint8_t deep_not_found; /* silence for y.x.local: 0 pass on, 1 final */
	uint8_t allow_count;    /* 0: every eligible interface */
	uint8_t deny_count;
	uint8_t suffix_count;
	char allow[MDNS_GLOBS_MAX][MDNS_GLOB_MAX]; /* NUL-terminated */
	char deny[MDNS_GLOBS_MAX][MDNS_GLOB_MAX];
	char suffix[MDNS_SUFFIXES_MAX][MDNS_SUFFIX_MAX];
};

void mdns_settings_init(struct mdns_settings *ret_settings);

/* Called for each line that is not understood: its number from 1 and a static
 * text that says why. */
typedef void mdns_settings_complaint(
	void *context, unsigned line, const char *why);

/* `key = value` lines; `#` starts a comment; empty lines are fine. A bad line
 * is reported (if complain is not NULL) and has no effect; the rest counts.
 * settings must have been initialised. Keys: see dotlocal.conf(5). */
void mdns_settings_parse(struct mdns_settings *settings, const char *text,
	size_t size, mdns_settings_complaint *complain, void *context);

/* Interface name against a glob of `*` and `?`; no backtracking
 * beyond the last star. */
bool mdns_settings_glob(const char *glob, const char *name);

/* 1 allowed by name, 0 not mentioned (fine if the allow list is empty), -1
 * denied or missing from a list of allowed ones. Deny wins. */
int mdns_settings_interface(
	const struct mdns_settings *settings, const char *name);

#endif
