/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each seed message spoilt in every small way: cut after each octet, each bit
 * turned over, each 16-bit field with every value; the message target of the
 * fuzzer (fuzz_message.c) decodes all of them.
 *
 *	variants                a sample of the values
 *	CAMPAIGN=1 variants     all of them: takes some 20 minutes
 *
 * The fields are those of the header, and of each question and record: type,
 * class, both halves of the TTL, RDLENGTH, and the first two octets of the
 * name and of the RDATA, where compression pointers are. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/message.h"
#include "tests/fuzz/fuzz.h"

#define SEEDS_LEAST 200
#define FIELDS_MAX 512

/* Of 65536 values, in a sample: those with few bits, and every so many. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifdef SANITIZED
#define SAMPLE_STEP 4093
#else
#define SAMPLE_STEP 251
#endif

static unsigned long long cuts, flips, values;

/* Of just that size, for the sanitizers. */
static void decode(const uint8_t *octets, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	if (!exact)
		abort();
	memcpy(exact, octets, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static void cut(const uint8_t *octets, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		decode(octets, i);
		cuts++;
	}
}

static void flip(uint8_t *octets, size_t size)
{
	size_t i;

	for (i = 0; i < size * 8; i++) {
		octets[i / 8] ^= (uint8_t)(1u << i % 8);
		decode(octets, size);
		octets[i / 8] ^= (uint8_t)(1u << i % 8);
		flips++;
	}
}

/* Where the fields are. */
static unsigned find_fields(
	const uint8_t *octets, size_t size, size_t field[FIELDS_MAX])
{
	struct mdns_reader reader;
	struct mdns_question question;
	struct mdns_record record;
	unsigned count = 0;
	size_t start;

	mdns_reader_init(&reader, octets, size);
	for (start = 0; start + 2 <= size && start < MDNS_HEADER_SIZE;
		start += 2)
		field[count++] = start;
	for (start = reader.pos; count + 7 < FIELDS_MAX; start = reader.pos) {
		if (mdns_reader_question(&reader, &question)) {
			field[count++] = start;
			field[count++] = reader.pos - 4;
			field[count++] = reader.pos - 2;
			continue;
		}
		if (!mdns_reader_record(&reader, &record))
			break;
		field[count++] = start;
		field[count++] = record.rdata - 10u;
		field[count++] = record.rdata - 8u;
		field[count++] = record.rdata - 6u;
		field[count++] = record.rdata - 4u;
		field[count++] = record.rdata - 2u;
		if (record.rdlength >= 2)
			field[count++] = record.rdata;
	}
	return count;
}

static void set_value(
	uint8_t *octets, size_t size, size_t field, unsigned value)
{
	octets[field] = (uint8_t)(value >> 8);
	octets[field + 1] = (uint8_t)value;
	decode(octets, size);
	values++;
}

static void set_values(uint8_t *octets, size_t size, bool all)
{
	size_t field[FIELDS_MAX];
	unsigned count = find_fields(octets, size, field), i, value;

	for (i = 0; i < count; i++) {
		uint8_t high = octets[field[i]], low = octets[field[i] + 1];

		for (value = i % 2; value <= UINT16_MAX;
			value += all ? 1 : SAMPLE_STEP)
			set_value(octets, size, field[i], value);
		/* What stands beside an edge. */
		for (value = 0; value < 16; value++) {
			set_value(octets, size, field[i], 1u << value);
			set_value(octets, size, field[i], UINT16_MAX >> value);
		}
		/* Pointers and lengths to everywhere in the message. */
		for (value = 0; !all && value <= size; value += 7) {
			set_value(octets, size, field[i], value);
			set_value(octets, size, field[i], 0xc000 | value);
		}
		octets[field[i]] = high;
		octets[field[i] + 1] = low;
	}
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(void)
{
	static uint8_t octets[UINT16_MAX];
	const char *srcdir = getenv("srcdir");
	bool all = getenv("CAMPAIGN") != NULL;
	struct dirent **list;
	char folder[4096], path[8192];
	int seeds, i;

	snprintf(folder, sizeof(folder), "%s/tests/fuzz/seeds",
		srcdir ? srcdir : ".");
	seeds = scandir(folder, &list, is_visible, alphasort);
	for (i = 0; i < seeds; i++) {
		FILE *file;
		size_t size;

		snprintf(path, sizeof(path), "%s/%s", folder, list[i]->d_name);
		free(list[i]);
		file = fopen(path, "rb");
		if (!file) {
			perror(path);
			return 1;
		}
		size = fread(octets, 1, sizeof(octets), file);
		fclose(file);
		/* The last line before an end tells which one it was. */
		printf("%s\n", path);
		fflush(stdout);
		decode(octets, size);
		cut(octets, size);
		flip(octets, size);
		set_values(octets, size, all);
	}
	if (seeds > 0)
		free(list);
	printf("%d seeds: %llu cut, %llu with a bit turned over, %llu with "
	       "another field%s\n",
		seeds, cuts, flips, values, all ? "" : " (a sample)");
	return seeds < SEEDS_LEAST;
}
