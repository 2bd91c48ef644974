/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/links and resolver/look, without the kernel: what is on a
 * link, and the links as they were seen last. */
#include <string.h>

#include "resolver/links.h"
#include "resolver/look.h"
#include "resolver/shelf.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define START (INT64_C(123456) * MDNS_SEC)
#define ETH0 2
#define ETH1 3

/* --- what is on the link --- */

static void add_prefix(struct mdns_links *links, uint32_t ifindex,
	const char *text, unsigned length)
{
	struct mdns_prefix *prefix = &links->prefix[links->prefix_count++];

	memset(prefix, 0, sizeof(*prefix));
	prefix->ifindex = ifindex;
	prefix->length = (uint8_t)length;
	prefix->own = true;
	prefix->family =
		unit_address(text, prefix->bytes) == 4 ? MDNS_IPV4 : MDNS_IPV6;
}

static bool is_on_link(
	const struct mdns_links *links, uint32_t ifindex, const char *text)
{
	uint8_t bytes[16] = {0};
	enum mdns_family family =
		unit_address(text, bytes) == 4 ? MDNS_IPV4 : MDNS_IPV6;

	return mdns_links_is_on_link(links, ifindex, family, bytes);
}

START_TEST(test_prefixes_of_each_length)
{
	/* The last address inside, and the first one outside. */
	static const struct {
		const char *own;
		unsigned length;
		const char *inside;
		const char *outside;
	} rows[] = {
		{"10.0.0.1", 8, "10.255.255.255", "11.0.0.0"},
		{"10.0.0.1", 9, "10.127.255.255", "10.128.0.0"},
		{"10.0.0.1", 15, "10.1.255.255", "10.2.0.0"},
		{"10.0.0.1", 16, "10.0.255.255", "10.1.0.0"},
		{"10.0.0.1", 22, "10.0.3.255", "10.0.4.0"},
		{"10.0.3.254", 22, "10.0.0.0", "9.255.255.255"},
		{"10.0.0.1", 24, "10.0.0.255", "10.0.1.0"},
		{"10.0.0.1", 26, "10.0.0.63", "10.0.0.64"},
		{"10.0.0.1", 31, "10.0.0.0", "10.0.0.2"},
		{"10.0.0.1", 32, "10.0.0.1", "10.0.0.0"},
		{"fd00::1", 57, "fd00:0:0:7f::9", "fd00:0:0:80::9"},
		{"fd00::1", 62, "fd00:0:0:3::9", "fd00:0:0:4::9"},
		{"fd00::1", 64, "fd00::ffff:0:0:9", "fd00:0:0:1::9"},
		{"fd00::1", 65, "fd00::7fff:0:0:9", "fd00::8000:0:0:9"},
		{"fd00::1", 127, "fd00::", "fd00::2"},
		{"fd00::1", 128, "fd00::1", "fd00::"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_links links = {0};

		add_prefix(&links, ETH0, rows[i].own, rows[i].length);
		ck_assert_msg(is_on_link(&links, ETH0, rows[i].inside), "%s",
			rows[i].inside);
		ck_assert_msg(!is_on_link(&links, ETH0, rows[i].outside), "%s",
			rows[i].outside);
	}
}
END_TEST

START_TEST(test_prefixes_of_another_link_or_family)
{
	struct mdns_links links = {0};

	/* Given two links with a prefix each, 253.0/16 as octets, */
	add_prefix(&links, ETH0, "10.0.0.1", 24);
	add_prefix(&links, ETH1, "fd00::1", 16);

	/* then each covers its own link and its own family only. */
	ck_assert(is_on_link(&links, ETH0, "10.0.0.2"));
	ck_assert(!is_on_link(&links, ETH1, "10.0.0.2"));
	ck_assert(is_on_link(&links, ETH1, "fd00::2"));
	ck_assert(!is_on_link(&links, ETH0, "fd00::2"));
	ck_assert(!is_on_link(&links, ETH1, "253.0.0.2"));
	ck_assert(!is_on_link(&links, ETH0, "a00::2"));
}
END_TEST

START_TEST(test_link_local_needs_no_prefix)
{
	const struct mdns_links links = {0};

	ck_assert(is_on_link(&links, ETH0, "169.254.1.1"));
	ck_assert(is_on_link(&links, ETH0, "fe80::1"));
	ck_assert(is_on_link(&links, ETH0, "febf:ffff::1"));
	ck_assert(!is_on_link(&links, ETH0, "fec0::1"));
	ck_assert(!is_on_link(&links, ETH0, "169.255.1.1"));
}
END_TEST

/* --- the links as they were seen last --- */

/* A look whose every part says which one it is. */
static void keep(unsigned number)
{
	static struct mdns_links links;

	memset(&links, 0, sizeof(links));
	links.fingerprint = number;
	links.count = number;
	for (unsigned i = 0; i < number; i++)
		links.link[i].ifindex = number;
	add_prefix(&links, number, "10.0.0.1", 24);
	mdns_look_keep(&links, START);
}

/* Another thread keeps the second look, before the load of that number. */
static unsigned loads, second_comes;

void __real_mdns_shelf_load(void *to, const mdns_shelf_word *from, size_t size);
void __wrap_mdns_shelf_load(void *to, const mdns_shelf_word *from, size_t size);

void __wrap_mdns_shelf_load(void *to, const mdns_shelf_word *from, size_t size)
{
	if (++loads == second_comes)
		keep(2);
	__real_mdns_shelf_load(to, from, size);
}

START_TEST(test_a_look_is_one_look)
{
	static struct mdns_links links;
	unsigned seen = 0;

	for (second_comes = 1; second_comes < 6; second_comes++) {
		keep(1);
		loads = 0;
		if (!mdns_look_recall(START, &links))
			continue;
		seen++;
		ck_assert_uint_eq(links.count, (unsigned)links.fingerprint);
		ck_assert_uint_eq(links.link[0].ifindex, links.count);
		ck_assert_uint_eq(links.prefix[0].ifindex, links.count);
	}
	/* When nobody came in between it was there. */
	ck_assert_uint_gt(seen, 0);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/links");
	TCase *tcase = tcase_create("links");

	tcase_add_test(tcase, test_prefixes_of_each_length);
	tcase_add_test(tcase, test_prefixes_of_another_link_or_family);
	tcase_add_test(tcase, test_link_local_needs_no_prefix);
	tcase_add_test(tcase, test_a_look_is_one_look);
	suite_add_tcase(suite, tcase);
	return suite;
}
