/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* names: is a name with its labels' offsets root first, a folded copy and a
 * hash quicker than the plain wire form that resolver/name.h has? Prints what
 * equality, order and subdomain tests cost in either form, and what it costs
 * to make the first from the second. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "resolver/name.h"
#include "resolver/random.h"

enum { PAIRS = 512, ROUNDS = 400, REPEATS = 7 };

/* ---- the other form ---- */

struct rooted {
	uint32_t hash;
	uint16_t len;
	uint8_t labels;
	uint8_t offset[127]; /* offset[0] is the label next to the root */
	uint8_t folded[MDNS_NAME_MAX];
	uint8_t wire[MDNS_NAME_MAX]; /* case as it was given */
};

static uint8_t fold(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet | 0x20) : octet;
}

static void rooted_make(const struct mdns_name *name, struct rooted *ret_rooted)
{
	uint32_t hash = 2166136261u;
	uint8_t front[127];
	unsigned count = 0;
	size_t pos = 0;

	while (pos + 1 < name->len) {
		front[count++] = (uint8_t)pos;
		pos += (size_t)name->wire[pos] + 1;
	}
	for (unsigned i = 0; i < count; i++)
		ret_rooted->offset[i] = front[count - 1 - i];
	for (size_t i = 0; i < name->len; i++) {
		ret_rooted->folded[i] = fold(name->wire[i]);
		hash = (hash ^ ret_rooted->folded[i]) * 16777619u;
	}
	memcpy(ret_rooted->wire, name->wire, name->len);
	ret_rooted->labels = (uint8_t)count;
	ret_rooted->len = name->len;
	ret_rooted->hash = hash;
}

static bool rooted_equal(const struct rooted *a, const struct rooted *b)
{
	return a->hash == b->hash && a->len == b->len &&
	       memcmp(a->folded, b->folded, a->len) == 0;
}

static int rooted_compare(const struct rooted *a, const struct rooted *b)
{
	for (unsigned i = 0; i < a->labels && i < b->labels; i++) {
		const uint8_t *x = a->folded + a->offset[i];
		const uint8_t *y = b->folded + b->offset[i];
		int order = memcmp(x + 1, y + 1, x[0] < y[0] ? x[0] : y[0]);

		if (order == 0)
			order = (int)x[0] - y[0];
		if (order != 0)
			return order;
	}
	return (int)a->labels - b->labels;
}

static bool rooted_is_under(
	const struct rooted *name, const struct rooted *zone)
{
	size_t start;

	if (zone->labels > name->labels)
		return false;
	start = zone->labels ? name->offset[zone->labels - 1] : name->len - 1u;
	return name->len - start == zone->len &&
	       memcmp(name->folded + start, zone->folded, zone->len) == 0;
}

/* ---- the names ---- */

struct pair {
	struct mdns_name plain[2];
	struct rooted rooted[2];
};

enum kind {
	KIND_EQUAL,
	KIND_CASE,
	KIND_FIRST_LABEL,
	KIND_LENGTH,
	KIND_ZONE,
	KINDS
};

static const char kinds[KINDS][40] = {
	"the same",
	"the same, other case",
	"first label differs",
	"of another length",
	"a name and its zone",
};

/* Formats of a name with a number in its first label, and its zone. */
static const struct {
	const char *title, *format, *zone;
} shapes[] = {
	{"host", "printer-%06u.local", "local"},
	{"service", "Laser Printer %06u (2nd floor)._ipp._tcp.local",
		"_ipp._tcp.local"},
	{"reverse",
		"%06u.4.3.2.1.0.9.8.7.6.5.4.3.2.1.0.0.0.0.0.0.0.0.0.0.0.0.8.e."
		"f.ip6.arpa",
		"8.e.f.ip6.arpa"},
};

/* A name of that text, without escapes. */
static struct mdns_name name_of(const char *text)
{
	struct mdns_name name = {0};

	while (*text) {
		size_t len = strcspn(text, ".");

		name.wire[name.len] = (uint8_t)len;
		memcpy(name.wire + name.len + 1, text, len);
		name.len = (uint16_t)(name.len + 1 + len);
		text += len + (text[len] == '.');
	}
	name.wire[name.len++] = 0;
	return name;
}

static struct mdns_name name_numbered(unsigned shape, unsigned number)
{
	char text[256];

	snprintf(text, sizeof(text), shapes[shape].format, number);
	return name_of(text);
}

static void pair_make(
	unsigned shape, enum kind kind, unsigned number, struct pair *ret_pair)
{
	struct mdns_name *a = &ret_pair->plain[0], *b = &ret_pair->plain[1];

	*a = name_numbered(shape, number);
	*b = *a;
	switch (kind) {
	case KIND_CASE:
		for (size_t i = 0; i < b->len; i++)
			if (b->wire[i] >= 'a' && b->wire[i] <= 'z')
				b->wire[i] = (uint8_t)(b->wire[i] - 0x20);
		break;
	case KIND_FIRST_LABEL:
		*b = name_numbered(shape, number + 1);
		break;
	case KIND_LENGTH:
		*b = name_numbered(shape, number + 1000000);
		break;
	case KIND_ZONE:
		*b = name_of(shapes[shape].zone);
		break;
	default:
		break;
	}
	rooted_make(a, &ret_pair->rooted[0]);
	rooted_make(b, &ret_pair->rooted[1]);
}

/* ---- the clock ---- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

enum operation {
	EQUAL_PLAIN,
	EQUAL_ROOTED,
	ORDER_PLAIN,
	ORDER_ROOTED,
	UNDER_PLAIN,
	UNDER_ROOTED,
	HASH_PLAIN,
	MAKE_ROOTED,
	OPERATIONS
};

/* So that nothing is left out as not needed. */
static volatile unsigned sink;

static unsigned operate(enum operation operation, struct pair *pairs)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < PAIRS; i++) {
		struct pair *p = &pairs[i];

		switch (operation) {
		case EQUAL_PLAIN:
			sum += mdns_name_equal(&p->plain[0], &p->plain[1]);
			break;
		case EQUAL_ROOTED:
			sum += rooted_equal(&p->rooted[0], &p->rooted[1]);
			break;
		case ORDER_PLAIN:
			sum += mdns_name_compare(&p->plain[0], &p->plain[1]) >
			       0;
			break;
		case ORDER_ROOTED:
			sum += rooted_compare(&p->rooted[0], &p->rooted[1]) > 0;
			break;
		case UNDER_PLAIN:
			sum += mdns_name_is_under(&p->plain[0], &p->plain[1]);
			break;
		case UNDER_ROOTED:
			sum += rooted_is_under(&p->rooted[0], &p->rooted[1]);
			break;
		case HASH_PLAIN:
			sum += mdns_name_hash(&p->plain[0]);
			break;
		default:
			rooted_make(&p->plain[0], &p->rooted[0]);
			sum += p->rooted[0].hash;
			break;
		}
	}
	return sum;
}

/* ns for one, the best of several repeats: the machine does other things. */
static double measure(enum operation operation, struct pair *pairs)
{
	double best = 1e18;

	for (unsigned repeat = 0; repeat < REPEATS; repeat++) {
		double start = now(), took;

		for (unsigned round = 0; round < ROUNDS; round++)
			sink += operate(operation, pairs);
		took = (now() - start) / ROUNDS / PAIRS;
		if (took < best)
			best = took;
	}
	return best;
}

/* A benchmark of two things that do not do the same says nothing. */
static void check(const struct pair *p)
{
	int plain = mdns_name_compare(&p->plain[0], &p->plain[1]);
	int rooted = rooted_compare(&p->rooted[0], &p->rooted[1]);

	if (mdns_name_equal(&p->plain[0], &p->plain[1]) !=
			rooted_equal(&p->rooted[0], &p->rooted[1]) ||
		(plain > 0) - (plain < 0) != (rooted > 0) - (rooted < 0) ||
		mdns_name_is_under(&p->plain[0], &p->plain[1]) !=
			rooted_is_under(&p->rooted[0], &p->rooted[1])) {
		fprintf(stderr, "names: the two forms disagree\n");
		exit(1);
	}
}

int main(void)
{
	static struct pair pairs[PAIRS];
	struct mdns_random random;
	double ns[OPERATIONS];

	mdns_random_init(&random, 1);
	printf("ns each; plain is what resolver/name.h has (%zu octets at "
	       "most),"
	       "\nroot has offsets root first, a folded copy and a hash (%zu). "
	       "A "
	       "hit is a\nname from a packet or a client that is compared with "
	       "one in the cache:\nhash and equal, or make and equal.\n\n",
		sizeof(struct mdns_name), sizeof(struct rooted));
	printf("%-8s %-21s %13s %13s %13s %13s %13s\n", "", "", "equal",
		"order", "subdomain", "hash, make", "hit");
	printf("%-8s %-21s", "name", "compared with");
	for (unsigned i = 0; i < 5; i++)
		printf(" %6s %6s", "plain", "root");
	printf("\n");
	for (unsigned shape = 0; shape < sizeof(shapes) / sizeof(shapes[0]);
		shape++)
		for (unsigned kind = 0; kind < KINDS; kind++) {
			for (unsigned i = 0; i < PAIRS; i++) {
				pair_make(shape, kind,
					mdns_random_below(&random, 999998),
					&pairs[i]);
				check(&pairs[i]);
			}
			printf("%-8s %-21s", shapes[shape].title, kinds[kind]);
			for (unsigned o = 0; o < OPERATIONS; o++) {
				ns[o] = measure(o, pairs);
				printf(" %6.1f", ns[o]);
			}
			printf(" %6.1f %6.1f\n",
				ns[HASH_PLAIN] + ns[EQUAL_PLAIN],
				ns[MAKE_ROOTED] + ns[EQUAL_ROOTED]);
		}
	return 0;
}
