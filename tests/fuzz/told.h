/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules for an answer that was read from messages: nothing in it that must not
 * be handed to a program, and nothing that nobody said. */
#ifndef TESTS_FUZZ_TOLD_H
#define TESTS_FUZZ_TOLD_H

#include "resolver/response.h"

/* The octets are those of all messages that were read. */
void told_check_answer(const struct mdns_subject *subject,
	const struct mdns_origin *origin, const struct mdns_answer *answer,
	const uint8_t *octets, size_t size);

#endif
