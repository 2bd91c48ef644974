/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RDATA to text and back on standard input, for test_rr_decoders.py. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr_text.h"
#include "resolver/rr_types.h"
#include "tests/resolver/rr_world.h"

static char line[MDNS_RR_TEXT_MAX(65535)];
static char text[MDNS_RR_TEXT_MAX(65535)];
static uint8_t rdata[65535];

static void print_hex(uint16_t type, const uint8_t *bytes, size_t size)
{
	size_t i;

	printf("%u ", type);
	for (i = 0; i < size; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
}

/* "TYPE HEX" to the text. */
static void print_line(uint16_t type, const char *hex)
{
	size_t size = 0;
	int n;

	while (isxdigit((unsigned char)hex[0]) && size < sizeof(rdata)) {
		unsigned octet;

		if (sscanf(hex, "%2x%n", &octet, &n) != 1)
			break;
		rdata[size++] = (uint8_t)octet;
		hex += n;
	}
	n = mdns_rr_print(type, rdata, size, text, sizeof(text));
	puts(n < 0 ? mdns_err_text(n) : text);
}

/* "TYPE TEXT" to hex. */
static void parse_line(uint16_t type, const char *words)
{
	const char *why = "longer than 65535 octets";
	int n = mdns_rr_parse(
		type, words, strlen(words), rdata, sizeof(rdata), &why);

	if (n < 0)
		printf("%s\n", why);
	else
		print_hex(type, rdata, (size_t)n);
}

static void print_vectors(void)
{
	const struct rr_vector *vector;
	size_t i;

	for (i = 0; (vector = rr_vector_at(i)); i++)
		printf("%u %s\n", vector->type, vector->hex);
}

/* So many of each type that has a row. */
static void print_random(uint64_t seed, unsigned long count)
{
	struct rr_random random = {seed};
	const struct mdns_rr_type *type;
	uint8_t buf[RR_RANDOM_MAX];
	unsigned long n;
	size_t i;

	for (i = 0; (type = mdns_rr_type_at(i)); i++)
		for (n = 0; n < count; n++)
			print_hex(type->type, buf,
				rr_random_rdata(&random, type->type, buf));
}

int main(int argc, char **argv)
{
	bool parse = argc == 2 && strcmp(argv[1], "--parse") == 0;

	if (argc == 2 && strcmp(argv[1], "--vectors") == 0) {
		print_vectors();
		return 0;
	}
	if (argc == 4 && strcmp(argv[1], "--random") == 0) {
		print_random(
			strtoull(argv[2], NULL, 0), strtoul(argv[3], NULL, 0));
		return 0;
	}
	if (argc != 1 && !parse) {
		fprintf(stderr, "usage: rr_print [--parse | --vectors | "
				"--random SEED COUNT]\n");
		return 2;
	}
	while (fgets(line, sizeof(line), stdin)) {
		char *rest;
		unsigned long type = strtoul(line, &rest, 10);

		rest += *rest == ' ';
		rest[strcspn(rest, "\n")] = '\0';
		if (parse)
			parse_line((uint16_t)type, rest);
		else
			print_line((uint16_t)type, rest);
	}
	return 0;
}
