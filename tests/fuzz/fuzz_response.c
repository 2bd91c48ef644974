/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz target: three octets say what is asked and how the message came, the
 * rest is the message. */
#include <string.h>

#include "resolver/rr.h"
#include "resolver/zone.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/told.h"

const char fuzz_target[] = "response";

static const struct mdns_name suffix = {9, "\7example"};

/* Mostly the name that the message speaks of first. */
static void choose_subject(uint8_t kind, struct fuzz_input *input,
	struct mdns_subject *ret_subject)
{
	struct mdns_reader reader;
	struct mdns_record record;
	size_t i;

	memset(ret_subject, 0, sizeof(*ret_subject));
	if (!(kind & 1))
		fuzz_name(input, &ret_subject->name);
	mdns_reader_init(&reader, input->at, input->left);
	for (i = 0; kind & 1 && i <= (kind >> 6); i++)
		if (mdns_reader_record(&reader, &record))
			ret_subject->name = record.name;
	if (ret_subject->name.len == 0)
		ret_subject->name = suffix;
	ret_subject->reverse = kind >> 1 & 1;
	ret_subject->unicast_wanted = kind >> 2 & 1;
	ret_subject->id = kind & 8 ? reader.header.id : 0x1234;
	ret_subject->suffixes = &suffix;
	ret_subject->suffix_count = kind >> 4 & 1;
}

static void choose_origin(uint8_t kind, struct mdns_origin *ret_origin)
{
	memset(ret_origin, 0, sizeof(*ret_origin));
	ret_origin->ifindex = 3;
	ret_origin->port = kind & 1 ? 5354 : MDNS_PORT;
	ret_origin->way = kind >> 1 & 1;
	ret_origin->to_group = kind >> 2 & 1;
	ret_origin->on_link = !(kind >> 3 & 1);
	ret_origin->transport = kind >> 4 & 1;
}

/* What must not be believed, by the contract and not by the code. */
static bool may_be_believed(const struct mdns_subject *subject,
	const struct mdns_origin *origin, const uint8_t *data, size_t size)
{
	bool one_shot = origin->way == MDNS_WAY_ONE_SHOT;

	return size >= MDNS_HEADER_SIZE && (data[2] & 0xf8) == 0x80 &&
	       (data[3] & 0x0f) == 0 && origin->port == MDNS_PORT &&
	       (origin->to_group || origin->on_link) &&
	       (one_shot ? data[0] << 8 == (subject->id & 0xff00) &&
				       data[1] == (subject->id & 0xff)
			 : origin->to_group || subject->unicast_wanted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	struct mdns_subject subject;
	struct mdns_origin origin;
	struct mdns_answer answer, before, again;
	struct mdns_name alias;
	enum mdns_verdict verdict;

	choose_origin(fuzz_u8(&input), &origin);
	choose_subject(fuzz_u8(&input), &input, &subject);
	memset(&answer, 0, sizeof(answer));
	mdns_answer_init(&answer);
	before = answer;
	verdict = mdns_response_read(
		&subject, &origin, input.at, input.left, 1234, &answer, &alias);
	FUZZ_CHECK(strcmp(mdns_verdict_text(verdict), "unknown") != 0);
	if (verdict != MDNS_VERDICT_TAKEN) {
		FUZZ_CHECK(memcmp(&answer, &before, sizeof(answer)) == 0);
		FUZZ_CHECK(alias.len == 0);
		FUZZ_CHECK(verdict == MDNS_VERDICT_OTHER ||
			   strlen(mdns_verdict_text(verdict)) > 0);
	}
	if (!may_be_believed(&subject, &origin, input.at, input.left)) {
		FUZZ_CHECK(verdict != MDNS_VERDICT_TAKEN);
		FUZZ_CHECK(verdict != MDNS_VERDICT_OTHER);
		return 0;
	}
	if (verdict != MDNS_VERDICT_TAKEN)
		return 0;
	told_check_answer(&subject, &origin, &answer, input.at, input.left);
	if (alias.len > 0) {
		enum mdns_zone zone = mdns_zone_of(
			&alias, subject.suffixes, subject.suffix_count);

		fuzz_check_name(&alias);
		FUZZ_CHECK(answer.count == 0 && !subject.reverse);
		FUZZ_CHECK(zone != MDNS_ZONE_NONE && zone != MDNS_ZONE_REVERSE);
		FUZZ_CHECK(!mdns_name_equal(&alias, &subject.name));
	}
	/* Heard twice, it says nothing more. */
	again = answer;
	verdict = mdns_response_read(
		&subject, &origin, input.at, input.left, 1234, &again, &alias);
	FUZZ_CHECK(
		verdict == MDNS_VERDICT_TAKEN || verdict == MDNS_VERDICT_OTHER);
	FUZZ_CHECK(again.count == answer.count && again.ttl == answer.ttl);
	FUZZ_CHECK(memcmp(again.address, answer.address,
			   answer.count * sizeof(answer.address[0])) == 0);
	return 0;
}
