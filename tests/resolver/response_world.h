/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of resolver/response share: somebody who asks, a message that
 * comes in reply, and what it says. */
#ifndef TESTS_RESOLVER_RESPONSE_WORLD_H
#define TESTS_RESOLVER_RESPONSE_WORLD_H

#include "resolver/response.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define ID 0x1234
#define ANSWER MDNS_SECTION_ANSWER
#define MORE MDNS_SECTION_ADDITIONAL

extern const uint16_t only_a[2]; /* for unit_message_nsec */

/* Somebody who asks for printer.local and has sent a one-shot query; a message
 * that came in reply to it from where it should; and what became of it. */
struct scene {
	struct mdns_subject subject;
	struct mdns_origin origin;
	struct unit_message message;
	struct mdns_answer answer;
	struct mdns_name alias;
	struct mdns_name suffix;
};

void given(struct scene *scene);
/* The same, but the question is who 169.254.1.2 is. */
void given_reverse(struct scene *scene);

/* Adds to the message: records of the answer section, that live 120 seconds. */
void a(struct scene *scene, const char *name, const char *address);
void cname(struct scene *scene, const char *name, const char *target);
void ptr(struct scene *scene, const char *target);
void question(struct scene *scene, const char *name, uint16_t type);

/* The message arrives, or other octets do. */
enum mdns_verdict when_octets(
	struct scene *scene, const uint8_t *bytes, size_t size);
enum mdns_verdict when_read(struct scene *scene);

/* What was learnt. */
bool has(const struct scene *scene, const char *address);
bool nothing_learnt(const struct scene *scene);
bool is_name(const struct mdns_name *name, const char *text);

#endif
