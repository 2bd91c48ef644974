/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which version this is, for mdns-lookup --doctor; glibc does not look at it. */
#include "config.h"

extern const char _nss_dotlocal_version[];

#define EXPORT __attribute__((visibility("default")))

EXPORT const char _nss_dotlocal_version[] = PACKAGE_VERSION;
