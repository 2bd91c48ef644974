/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of resolver/response share: a message and what it says. */
#include <stdlib.h>
#include <string.h>

#include "tests/resolver/response_world.h"

const uint16_t only_a[2] = {1, 0};

void given(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	scene->subject.name = unit_name("printer.local");
	scene->subject.id = ID;
	scene->origin.ifindex = 3;
	scene->origin.port = 5353;
	scene->origin.transport = MDNS_IPV4;
	scene->origin.way = MDNS_WAY_ONE_SHOT;
	scene->origin.on_link = true;
	unit_message_init(&scene->message, ID, 0x8400);
	mdns_answer_init(&scene->answer);
}

void given_reverse(struct scene *scene)
{
	given(scene);
	scene->subject.name = unit_name("2.1.254.169.in-addr.arpa");
	scene->subject.reverse = true;
}

enum mdns_verdict when_octets(
	struct scene *scene, const uint8_t *bytes, size_t size)
{
	uint8_t *copy = unit_copy(bytes, size);
	enum mdns_verdict verdict;

	scene->alias = unit_name("garbage");
	verdict = mdns_response_read(&scene->subject, &scene->origin, copy,
		size, 777, &scene->answer, &scene->alias);
	free(copy);
	return verdict;
}

enum mdns_verdict when_read(struct scene *scene)
{
	return when_octets(scene, scene->message.bytes, scene->message.size);
}

void a(struct scene *scene, const char *name, const char *address)
{
	unit_message_address(&scene->message, ANSWER, name, address, 120);
}

void cname(struct scene *scene, const char *name, const char *target)
{
	unit_message_name(&scene->message, ANSWER, name, 5, target, 120);
}

void ptr(struct scene *scene, const char *target)
{
	unit_message_name(&scene->message, ANSWER, "2.1.254.169.in-addr.arpa",
		12, target, 120);
}

void question(struct scene *scene, const char *name, uint16_t type)
{
	unit_message_question(&scene->message, name, type, 1);
}

bool has(const struct scene *scene, const char *address)
{
	uint8_t bytes[16];
	size_t size = unit_address(address, bytes);
	uint8_t family = size == 4 ? MDNS_IPV4 : MDNS_IPV6;

	for (unsigned i = 0; i < scene->answer.count; i++)
		if (scene->answer.address[i].family == family &&
			!memcmp(scene->answer.address[i].bytes, bytes, 16))
			return true;
	return false;
}

bool nothing_learnt(const struct scene *scene)
{
	return scene->answer.count == 0 && scene->answer.name.len == 0 &&
	       scene->answer.presence[MDNS_IPV4] == MDNS_OPEN &&
	       scene->answer.presence[MDNS_IPV6] == MDNS_OPEN;
}

bool is_name(const struct mdns_name *name, const char *text)
{
	struct mdns_name want = unit_name(text);

	return name->len > 0 && mdns_name_equal(name, &want);
}
