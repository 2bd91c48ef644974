/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of nss/pack: every buffer size at every alignment. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nss/pack.h"
#include "resolver/err.h"
#include "tests/unit.h"

#define ALIGNMENTS 16
#define SIZES 1024 /* more than any answer here needs */

static void add(struct mdns_answer *answer, const char *text, uint32_t ifindex)
{
	struct mdns_address a = {.ifindex = ifindex};

	a.family = unit_address(text, a.bytes) == 4 ? MDNS_IPV4 : MDNS_IPV6;
	mdns_answer_add(answer, &a);
}

static void given(struct mdns_answer *answer)
{
	mdns_answer_init(answer);
	answer->name = unit_name("Printer.local");
	answer->ttl = 120;
}

static void given_four(struct mdns_answer *answer)
{
	given(answer);
	add(answer, "10.0.0.1", 7);
	add(answer, "2001:db8::1", 7);
	add(answer, "169.254.1.2", 7);
	add(answer, "fe80::1", 7);
}

/* A buffer of that size that starts at that alignment, and ends where the heap
 * block does, so that a sanitizer sees a write behind it. */
struct buffer {
	char *block;
	char *at;
	size_t size;
};

static struct buffer buffer_make(size_t alignment, size_t size)
{
	struct buffer b = {malloc(alignment + size), NULL, size};

	unit_assert(b.block);
	memset(b.block, 0x5a, alignment + size);
	b.at = b.block + alignment;
	return b;
}

static void buffer_drop(struct buffer *b, size_t alignment)
{
	for (size_t i = 0; i < alignment; i++)
		unit_assert(b->block[i] == 0x5a);
	free(b->block);
}

static bool inside(const struct buffer *b, const void *p, size_t size)
{
	const char *at = p;

	return at >= b->at && size <= b->size &&
	       (size_t)(at - b->at) <= b->size - size;
}

static bool text_inside(const struct buffer *b, const char *text)
{
	return inside(b, text, 1) && inside(b, text, strlen(text) + 1);
}

static bool aligned(const void *p, size_t alignment)
{
	return (uintptr_t)p % alignment == 0;
}

/* Once it fits it fits in any larger buffer, and it fits in the largest. */
static void note_fit(int r, size_t size, bool *fits)
{
	unit_assert(r == 0 || r == MDNS_ERR_SPACE);
	unit_assert(!(*fits && r != 0));
	*fits = r == 0;
	unit_assert(size < SIZES || *fits);
}

START_TEST(test_tuples)
{
	static const struct {
		const char *address;
		int family;
		uint32_t scope;
	} want[] = {
		{"10.0.0.1", AF_INET, 0},
		{"2001:db8::1", AF_INET6, 0},
		{"169.254.1.2", AF_INET, 0},
		/* RFC 4007: fe80::/10 alone means something with a link only */
		{"fe80::1", AF_INET6, 7},
	};
	struct mdns_answer answer;

	given_four(&answer);
	for (unsigned preset = 0; preset < 2; preset++)
		for (size_t al = 0; al < ALIGNMENTS; al++) {
			bool fits = false;

			for (size_t size = 0; size <= SIZES; size++) {
				struct buffer b = buffer_make(al, size);
				struct gaih_addrtuple first, before;
				struct gaih_addrtuple *pat, *tuple;
				int r;

				memset(&first, 0x77, sizeof(first));
				before = first;
				pat = preset ? &first : NULL;
				r = nss_pack_tuples(&answer, b.at, size, &pat);
				note_fit(r, size, &fits);
				if (r) {
					/* all or nothing */
					unit_assert(pat ==
						    (preset ? &first : NULL));
					unit_assert(!memcmp(&first, &before,
						sizeof(first)));
					buffer_drop(&b, al);
					continue;
				}
				unit_assert(!preset || pat == &first);
				tuple = pat;
				for (unsigned i = 0; i < 4; i++) {
					uint8_t bytes[16];
					size_t n = unit_address(
						want[i].address, bytes);

					unit_assert(tuple);
					if (i > 0 || !preset)
						unit_assert(inside(&b, tuple,
							sizeof(*tuple)));
					unit_assert(aligned(tuple,
						_Alignof(struct
							gaih_addrtuple)));
					unit_assert(tuple->family ==
						    want[i].family);
					unit_assert(tuple->scopeid ==
						    want[i].scope);
					unit_assert(
						!memcmp(tuple->addr, bytes, n));
					if (i == 0) {
						unit_assert(text_inside(
							&b, tuple->name));
						unit_assert(!strcmp(tuple->name,
							"Printer.local"));
					}
					tuple = tuple->next;
				}
				unit_assert(!tuple);
				buffer_drop(&b, al);
			}
		}
}
END_TEST

static void check_host(const struct hostent *host, const struct buffer *b,
	const char *const *addresses, unsigned count, int family)
{
	size_t length = family == AF_INET ? 4 : 16;

	unit_assert(host->h_addrtype == family);
	unit_assert(host->h_length == (int)length);
	unit_assert(text_inside(b, host->h_name));
	unit_assert(!strcmp(host->h_name, "Printer.local"));
	unit_assert(inside(b, host->h_aliases, sizeof(char *)));
	unit_assert(aligned(host->h_aliases, _Alignof(char *)));
	unit_assert(!host->h_aliases[0]);
	unit_assert(inside(b, host->h_addr_list, (count + 1) * sizeof(char *)));
	unit_assert(aligned(host->h_addr_list, _Alignof(char *)));
	for (unsigned i = 0; i < count; i++) {
		uint8_t bytes[16];

		unit_assert(unit_address(addresses[i], bytes) == length);
		unit_assert(inside(b, host->h_addr_list[i], length));
		/* programs cast these to struct in_addr * */
		unit_assert(aligned(host->h_addr_list[i], 4));
		unit_assert(!memcmp(host->h_addr_list[i], bytes, length));
	}
	unit_assert(!host->h_addr_list[count]);
}

START_TEST(test_host)
{
	static const struct {
		enum mdns_family family;
		int af;
		unsigned count;
		const char *addresses[2];
	} want[] = {
		{MDNS_IPV4, AF_INET, 2, {"10.0.0.1", "169.254.1.2"}},
		/* fe80::1 cannot say its link here, and there is another */
		{MDNS_IPV6, AF_INET6, 1, {"2001:db8::1", NULL}},
	};
	struct mdns_answer answer;

	given_four(&answer);
	for (unsigned f = 0; f < 2; f++)
		for (size_t al = 0; al < ALIGNMENTS; al++) {
			bool fits = false;

			for (size_t size = 0; size <= SIZES; size++) {
				struct buffer b = buffer_make(al, size);
				struct hostent host, before;
				int r;

				memset(&host, 0x77, sizeof(host));
				before = host;
				r = nss_pack_host(&answer, want[f].family, b.at,
					size, &host);
				note_fit(r, size, &fits);
				if (r)
					unit_assert(!memcmp(
						&host, &before, sizeof(host)));
				else
					check_host(&host, &b, want[f].addresses,
						want[f].count, want[f].af);
				buffer_drop(&b, al);
			}
		}
}
END_TEST

START_TEST(test_host_of_one_family)
{
	struct mdns_answer answer;
	struct hostent host, before;
	char buffer[SIZES];

	memset(&host, 0x77, sizeof(host));
	before = host;
	given(&answer);
	add(&answer, "10.0.0.1", 7);
	ck_assert_int_eq(nss_pack_host(&answer, MDNS_IPV6, buffer,
				 sizeof(buffer), &host),
		MDNS_ERR_NO_DATA);
	/* Not "too small": glibc would come again with more, for ever. */
	ck_assert_int_eq(nss_pack_host(&answer, MDNS_IPV6, buffer, 0, &host),
		MDNS_ERR_NO_DATA);
	ck_assert_mem_eq(&host, &before, sizeof(host));
	ck_assert_int_eq(nss_pack_host(&answer, MDNS_IPV4, buffer,
				 sizeof(buffer), &host),
		0);

	/* Without its scope it is of no use beside IPv4. */
	add(&answer, "fe80::1", 7);
	ck_assert_int_eq(nss_pack_host(&answer, MDNS_IPV6, buffer,
				 sizeof(buffer), &host),
		MDNS_ERR_NO_DATA);

	/* Link-local alone is better than nothing. */
	given(&answer);
	add(&answer, "fe80::1", 7);
	ck_assert_int_eq(nss_pack_host(&answer, MDNS_IPV6, buffer,
				 sizeof(buffer), &host),
		0);
	ck_assert_ptr_null(host.h_addr_list[1]);
}
END_TEST

START_TEST(test_reverse_and_name)
{
	static const char *const address[] = {"169.254.1.2"};
	struct mdns_answer answer;
	uint8_t bytes[16];

	unit_address(address[0], bytes);
	given(&answer);
	for (size_t al = 0; al < ALIGNMENTS; al++) {
		bool host_fits = false, name_fits = false;

		for (size_t size = 0; size <= SIZES; size++) {
			struct buffer b = buffer_make(al, size);
			struct hostent host, before;
			char *name = NULL;
			int r;

			memset(&host, 0x77, sizeof(host));
			before = host;
			r = nss_pack_reverse(
				&answer, MDNS_IPV4, bytes, b.at, size, &host);
			note_fit(r, size, &host_fits);
			if (r)
				unit_assert(
					!memcmp(&host, &before, sizeof(host)));
			else
				check_host(&host, &b, address, 1, AF_INET);

			r = nss_pack_name(&answer, b.at, size, &name);
			note_fit(r, size, &name_fits);
			/* A name needs its octets and the NUL, no more. */
			unit_assert(
				(r == 0) == (size >= sizeof("Printer.local")));
			if (r)
				unit_assert(!name);
			else
				unit_assert(text_inside(&b, name) &&
					    !strcmp(name, "Printer.local"));
			buffer_drop(&b, al);
		}
	}
}
END_TEST

START_TEST(test_as_many_as_there_are)
{
	/* glibc starts with 1024 octets and doubles; 32 tuples need more. */
	struct mdns_answer answer;
	struct gaih_addrtuple *pat = NULL;
	char small[1024], large[4096];
	unsigned count = 0;

	given(&answer);
	for (unsigned i = 0; i < MDNS_ADDRESSES_MAX; i++) {
		struct mdns_address a = {.family = MDNS_IPV4, .ifindex = 7};

		a.bytes[0] = 10;
		a.bytes[3] = (uint8_t)i;
		mdns_answer_add(&answer, &a);
	}
	ck_assert_int_eq(nss_pack_tuples(&answer, small, sizeof(small), &pat),
		MDNS_ERR_SPACE);
	ck_assert_int_eq(
		nss_pack_tuples(&answer, large, sizeof(large), &pat), 0);
	for (; pat; pat = pat->next) {
		const uint8_t *octets = (const uint8_t *)pat->addr;

		ck_assert_uint_eq(octets[3], count);
		count++;
	}
	ck_assert_uint_eq(count, MDNS_ADDRESSES_MAX);
}
END_TEST

/* The smallest size at which each fits, at an aligned address: its sum, and not
 * an octet more. "Too small" from a buffer that is not is a lie to glibc. */
START_TEST(test_no_more_than_it_takes)
{
	const size_t name = sizeof("Printer.local"), pointer = sizeof(char *);
	const size_t tuple = sizeof(struct gaih_addrtuple);
	/* Up to where a tuple may begin. */
	const size_t padded = (name + pointer - 1) / pointer * pointer;
	_Alignas(struct gaih_addrtuple) char buffer[SIZES];
	struct gaih_addrtuple first, *pat;
	struct mdns_answer answer, one;
	struct hostent host;
	size_t size = SIZES;

	given_four(&answer);
	do
		pat = NULL;
	while (nss_pack_tuples(&answer, buffer, --size, &pat) == 0);
	ck_assert_uint_eq(size + 1, padded + 4 * tuple);

	size = SIZES;
	do
		pat = &first;
	while (nss_pack_tuples(&answer, buffer, --size, &pat) == 0);
	ck_assert_uint_eq(size + 1, padded + 3 * tuple);

	/* Nothing but the name goes into the buffer. */
	given(&one);
	add(&one, "10.0.0.1", 7);
	pat = &first;
	ck_assert_int_eq(nss_pack_tuples(&one, buffer, padded, &pat), 0);
	ck_assert_str_eq(first.name, "Printer.local");

	/* Lists of no alias and of two addresses, the addresses, the name. */
	size = SIZES;
	while (nss_pack_host(&answer, MDNS_IPV4, buffer, --size, &host) == 0)
		;
	ck_assert_uint_eq(size + 1, pointer + 3 * pointer + 2 * 4 + name);

	size = SIZES;
	while (nss_pack_reverse(&answer, MDNS_IPV6, "0123456789abcdef", buffer,
		       --size, &host) == 0)
		;
	ck_assert_uint_eq(size + 1, pointer + 2 * pointer + 16 + name);
}
END_TEST

START_TEST(test_names_are_safe)
{
	/* What a program gets has no space and no dollar sign in it. */
	struct mdns_answer answer;
	char buffer[256];
	char *name = NULL;

	given(&answer);
	answer.name = unit_name_hex("05 6120242e62 05 6c6f63616c 00");
	ck_assert_int_eq(
		nss_pack_name(&answer, buffer, sizeof(buffer), &name), 0);
	ck_assert_str_eq(name, "a\\032\\036\\046b.local");
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("nss/pack");
	TCase *tcase = tcase_create("pack");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, test_tuples);
	tcase_add_test(tcase, test_host);
	tcase_add_test(tcase, test_host_of_one_family);
	tcase_add_test(tcase, test_reverse_and_name);
	tcase_add_test(tcase, test_as_many_as_there_are);
	tcase_add_test(tcase, test_no_more_than_it_takes);
	tcase_add_test(tcase, test_names_are_safe);
	suite_add_tcase(suite, tcase);
	return suite;
}
