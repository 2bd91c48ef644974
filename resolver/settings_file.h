/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings in force in this process: read from dotlocal.conf when first
 * needed, and again when the file has changed. */
#ifndef MDNS_SETTINGS_FILE_H
#define MDNS_SETTINGS_FILE_H

#include "resolver/clock.h"
#include "resolver/settings.h"

/* Copies the settings in force. Looks whether the file has changed at most
 * once a second (boottime now); reads it only if it exists and has. A file
 * that is missing or cannot be read means the defaults. */
void mdns_settings_current(
	mdns_time boottime, struct mdns_settings *ret_settings);

/* The same, if all one wants to know is whether suffixes are set. */
bool mdns_settings_have_suffixes(mdns_time boottime);

/* total_ms as this process saw it last, or 0: no system call. */
uint32_t mdns_settings_last_total(void);

/* Reads a file without keeping it. 0, or MDNS_ERR_NOT_FOUND, _DENIED,
 * _RESOURCE, _SPACE (longer than MDNS_SETTINGS_SIZE_MAX: the rest is not
 * read). */
int mdns_settings_load(const char *path, struct mdns_settings *ret_settings,
	mdns_settings_complaint *complain, void *context);

#endif
