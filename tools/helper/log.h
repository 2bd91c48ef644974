/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What mdns-helper has to say: to the journal, with fields, when it is
 * connected to that; to stderr otherwise. */
#ifndef HELPER_LOG_H
#define HELPER_LOG_H

#include <stdbool.h>
#include <syslog.h> /* the LOG_ priorities only */

/* Connects, so that it works after the sandbox has closed. debug: LOG_DEBUG is
 * said as well. */
void log_open(bool debug);

/* link: an interface's name, or NULL. Goes out as MESSAGE, PRIORITY and
 * MDNS_LINK. */
void log_say(int priority, const char *link, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
