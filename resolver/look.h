/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The links as this process saw them last. There is no descriptor that stays
 * open to be told of changes by, so a look is trusted for a moment, and after
 * that the kernel is asked again. */
#ifndef MDNS_LOOK_H
#define MDNS_LOOK_H

#include "resolver/clock.h"
#include "resolver/links.h"

/* What is answered from memory may be that much behind the truth. */
#define MDNS_LOOK_TRUST (250 * MDNS_MSEC)

/* now is boottime in all of these. */

/* True if there is a look that is fresh, and it saw a link; ret_links is what
 * it saw. Otherwise ret_links holds garbage. */
bool mdns_look_recall(mdns_time now, struct mdns_links *ret_links);

/* Keeps what was seen at `now`, all links that the settings allow. */
void mdns_look_keep(const struct mdns_links *links, mdns_time now);

/* True if the links are still those of that fingerprint. Asks the kernel if the
 * last look is not fresh. */
bool mdns_look_confirms(uint64_t fingerprint, mdns_time now);

#endif
