/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* worst [SECONDS]: looks for the message of 9,000 octets that costs most to
 * read, by climbing from hand-made ones, and prints the worst for each reader.
 * Exit status 1 if one costs more than ten times what it may: the machine may
 * be doing other things. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "resolver/querier.h"
#include "resolver/rr.h"
#include "tests/memory.h"

#define MAY_COST 1e6 /* ns */
#define NOISE 10
#define LINK 3
#define START (INT64_C(987654321) * MDNS_MSEC)
/* As mdns-helper has them. */
#define RECORDS_MAX 32768
#define OCTETS_MAX (4u << 20)
#define QUESTIONS_MAX 8192

/* What a message is made from; each number is changed by the climb. */
enum shape {
	OWNER,     /* how records spell their names: enum spelling */
	HOPS,      /* pointers in a chain, 1 to 126 */
	TYPE,      /* of the records: index of types[] */
	OTHER,     /* of every second one */
	FILL,      /* RDATA: octets, strings or windows */
	TARGET,    /* how names in RDATA are spelt */
	QUESTIONS, /* eighths of the message */
	QUERY,     /* a query, with known answers; else a response */
	FLUSH,
	TTL,
	ALIASES, /* CNAME records from name to name at the front */
	ALIKE,   /* all records have the same RDATA */
	SHAPES,
};

enum spelling {
	POINTER,  /* to the name that is asked for */
	CHAIN,    /* of pointers to that */
	LONG,     /* to a name of 255 octets, 127 labels */
	LADDER,   /* the same name, a pointer after each label */
	NUMBERED, /* another name each, below .local */
	KNOWN,    /* another name each, which the cache has */
	SPELLINGS,
};

static const unsigned limits[SHAPES] = {
	[OWNER] = SPELLINGS,
	[HOPS] = 126,
	[TYPE] = 9,
	[OTHER] = 9,
	[FILL] = 64,
	[TARGET] = SPELLINGS,
	[QUESTIONS] = 9,
	[QUERY] = 2,
	[FLUSH] = 2,
	[TTL] = 3,
	[ALIASES] = 6,
	[ALIKE] = 2,
};

static const uint16_t types[9] = {MDNS_TYPE_A, MDNS_TYPE_AAAA, MDNS_TYPE_PTR,
	MDNS_TYPE_CNAME, MDNS_TYPE_TXT, MDNS_TYPE_NSEC, MDNS_TYPE_SRV,
	MDNS_TYPE_SOA, MDNS_TYPE_MX};

struct recipe {
	unsigned shape[SHAPES];
};

struct message {
	uint8_t octets[MDNS_MESSAGE_MAX];
	size_t size;
};

static volatile uint64_t sink;

static void die(const char *what)
{
	fprintf(stderr, "worst: %s\n", what);
	exit(2);
}

/* Of this process alone: whatever else the machine does. */
static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* --- messages --- */

struct maker {
	struct message *message;
	const struct recipe *recipe;
	size_t wanted, chain, longest, ladder; /* where those names begin */
	unsigned number;                       /* of the record */
	bool full;
};

static void put(struct maker *maker, const void *octets, size_t size)
{
	struct message *message = maker->message;

	if (maker->full || size > MDNS_MESSAGE_MAX - message->size) {
		maker->full = true;
		return;
	}
	memcpy(message->octets + message->size, octets, size);
	message->size += size;
}

static void put16(struct maker *maker, unsigned value)
{
	const uint8_t octets[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	put(maker, octets, 2);
}

static void put_pointer(struct maker *maker, size_t to)
{
	put16(maker, 0xc000u | (unsigned)to);
}

/* A label of eight digits, as the cache has them. */
static void number_label(unsigned number, uint8_t label[9])
{
	unsigned i;

	label[0] = 8;
	for (i = 8; i > 0; i--) {
		label[i] = (uint8_t)('0' + number % 10);
		number /= 10;
	}
}

static void put_name(struct maker *maker, unsigned spelling)
{
	uint8_t label[9];

	switch ((enum spelling)spelling) {
	case POINTER:
		put_pointer(maker, maker->wanted);
		return;
	case CHAIN:
		put_pointer(maker, maker->chain);
		return;
	case LONG:
		put_pointer(maker, maker->longest);
		return;
	case LADDER:
		put_pointer(maker, maker->ladder);
		return;
	case NUMBERED:
	case KNOWN:
	case SPELLINGS:
		number_label(maker->number + (spelling == KNOWN ? 0 : 10000000),
			label);
		put(maker, label, 9);
		put_pointer(maker, maker->wanted + 2); /* local */
	}
}

/* One record that nobody asks for has all the names that others point to. */
static void put_names(struct maker *maker)
{
	static const uint8_t wanted[] = "\1t\5local";
	size_t at = maker->message->size, before;
	unsigned i;

	maker->wanted = at;
	put(maker, wanted, sizeof(wanted));
	put16(maker, 65280);
	put16(maker, MDNS_CLASS_IN);
	put(maker, "\0\0\0\12", 4);
	before = maker->message->size;
	put16(maker, 0);
	maker->chain = maker->wanted;
	for (i = 0; i < maker->recipe->shape[HOPS]; i++) {
		at = maker->message->size;
		put_pointer(maker, maker->chain);
		maker->chain = at;
	}
	maker->longest = maker->message->size;
	for (i = 0; i < 123; i++)
		put(maker, "\1x", 2);
	put_pointer(maker, maker->wanted + 2);
	maker->ladder = maker->wanted + 2;
	for (i = 0; i < 123; i++) {
		at = maker->message->size;
		put(maker, "\1x", 2);
		put_pointer(maker, maker->ladder);
		maker->ladder = at;
	}
	at = maker->message->size - before - 2;
	maker->message->octets[before] = (uint8_t)(at >> 8);
	maker->message->octets[before + 1] = (uint8_t)at;
}

static void put_rdata(struct maker *maker, uint16_t type)
{
	const struct recipe *recipe = maker->recipe;
	unsigned number = recipe->shape[ALIKE] ? 0 : maker->number;
	unsigned i, fill = recipe->shape[FILL];
	uint8_t bytes[16] = {10, (uint8_t)(number >> 16),
		(uint8_t)(number >> 8), (uint8_t)number};

	switch (type) {
	case MDNS_TYPE_A:
		put(maker, bytes, 4);
		break;
	case MDNS_TYPE_AAAA:
		put(maker, bytes, 16);
		break;
	case MDNS_TYPE_TXT:
		put(maker, "\2", 1);
		put16(maker, number);
		for (i = 0; i < fill; i++)
			put(maker, "", 1);
		break;
	case MDNS_TYPE_NSEC:
		put_name(maker, recipe->shape[TARGET]);
		for (i = 0; i < 1 + fill; i++) {
			const uint8_t window[3] = {
				(uint8_t)i, 1, (uint8_t)(number | 1)};

			put(maker, window, 3);
		}
		break;
	case MDNS_TYPE_SOA:
		put_name(maker, recipe->shape[TARGET]);
		put_name(maker, recipe->shape[TARGET]);
		put(maker, bytes, 16);
		put(maker, bytes, 4);
		break;
	default:
		if (type == MDNS_TYPE_SRV)
			put(maker, "\0\0\0", 4);
		if (type == MDNS_TYPE_SRV || type == MDNS_TYPE_MX)
			put16(maker, number);
		put_name(maker, recipe->shape[TARGET]);
	}
}

static void put_record(struct maker *maker, unsigned owner, uint16_t type)
{
	static const uint8_t ttls[3][4] = {
		{0, 0, 0, 120}, {0, 0, 0, 0}, {0x80, 0, 0, 1}};
	const unsigned *shape = maker->recipe->shape;
	struct message *message = maker->message;
	size_t before, size;

	put_name(maker, owner);
	put16(maker, type);
	put16(maker, shape[FLUSH] ? 0x8001 : 1);
	put(maker, ttls[shape[TTL]], 4);
	before = message->size;
	put16(maker, 0);
	put_rdata(maker, type);
	if (maker->full)
		return;
	size = message->size - before - 2;
	message->octets[before] = (uint8_t)(size >> 8);
	message->octets[before + 1] = (uint8_t)size;
}

/* t.local is an alias of a number, that of the next one ... */
static void put_aliases(struct maker *maker)
{
	unsigned i;

	for (i = 0; i < maker->recipe->shape[ALIASES]; i++) {
		size_t before;

		maker->number = i;
		put_name(maker, i == 0 ? POINTER : NUMBERED);
		put16(maker, MDNS_TYPE_CNAME);
		put16(maker, MDNS_CLASS_IN);
		put(maker, "\0\0\0\170", 4);
		before = maker->message->size;
		put16(maker, 11);
		maker->number = i + 1;
		put_name(maker, NUMBERED);
		if (maker->message->size - before != 13)
			die("an alias of another size");
	}
}

static void make(const struct recipe *recipe, unsigned seed, unsigned id,
	struct message *message)
{
	struct maker maker = {.message = message, .recipe = recipe};
	unsigned counts[4] = {0, 0, 0, 0}, i;
	size_t questions_end = MDNS_MESSAGE_MAX / 8 * recipe->shape[QUESTIONS];

	memset(message, 0, sizeof(*message));
	message->size = MDNS_HEADER_SIZE;
	message->octets[0] = (uint8_t)(id >> 8);
	message->octets[1] = (uint8_t)id;
	if (!recipe->shape[QUERY])
		message->octets[2] = 0x84;
	/* A question may point back only: they spell the name out once. */
	maker.wanted = MDNS_HEADER_SIZE;
	put(&maker, "\1t\5local", 9);
	put16(&maker, types[recipe->shape[TYPE]]);
	put16(&maker, MDNS_CLASS_IN);
	counts[0]++;
	while (message->size + 20 < questions_end) {
		maker.number = seed + counts[0]++;
		put_name(&maker, recipe->shape[OWNER] < CHAIN ||
						 recipe->shape[OWNER] > LADDER
					 ? recipe->shape[OWNER]
					 : NUMBERED);
		put16(&maker, types[recipe->shape[TYPE]]);
		put16(&maker, MDNS_CLASS_IN);
	}
	if (message->size + 1200 < MDNS_MESSAGE_MAX) {
		put_names(&maker);
		counts[1]++;
		put_aliases(&maker);
		counts[1] += recipe->shape[ALIASES];
	}
	while (counts[1] > 0 && !maker.full) {
		size_t before = message->size;

		maker.number = seed + counts[1];
		put_record(&maker, recipe->shape[OWNER],
			types[recipe->shape[counts[1] % 2 ? TYPE : OTHER]]);
		if (maker.full)
			message->size = before;
		else
			counts[1]++;
	}
	for (i = 0; i < 4; i++) {
		message->octets[4 + 2 * i] = (uint8_t)(counts[i] >> 8);
		message->octets[5 + 2 * i] = (uint8_t)counts[i];
	}
}

/* --- what reads them --- */

static struct test_memory memory;
static struct mdns_querier querier;
static mdns_time now;
static struct mdns_name wanted;

static void changed(void *context, uint32_t ifindex, enum mdns_change change,
	const struct mdns_cached *record, mdns_time when)
{
	(void)context, (void)ifindex, (void)change, (void)record, (void)when;
	sink++;
}

static bool keeps(void *context, const struct mdns_name *name)
{
	(void)context;
	return mdns_name_equal(name, &wanted);
}

static void fill_cache(struct mdns_querier_link *link, uint16_t type,
	const struct mdns_name *name, unsigned first, unsigned count)
{
	unsigned i;

	for (i = first; i < first + count; i++) {
		const uint8_t rdata[16] = {
			10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
		const struct mdns_heard heard = {.name = name,
			.type = type,
			.rclass = MDNS_CLASS_IN,
			.wanted = true,
			.ttl = 4500,
			.rdata = rdata,
			.rdlength = type == MDNS_TYPE_A ? 4 : 16};

		mdns_cache_put(&link->cache, &heard, now);
	}
}

/* As many records of that name as one may have, questions for them, and other
 * names until nothing more is kept. */
static void open_querier(void)
{
	const struct mdns_memory from = test_memory_of(&memory);
	const struct mdns_querier_limits most = {
		QUESTIONS_MAX, {RECORDS_MAX, OCTETS_MAX}};
	struct mdns_querier_link *link;
	struct mdns_name name;
	unsigned i;

	now += 86400 * MDNS_SEC;
	mdns_querier_init(&querier, &from, &most, 1, NULL, 0, changed, NULL);
	querier.keeps = keeps;
	if (mdns_querier_add_link(&querier, LINK, 1452, false, now) < 0)
		die("no link");
	link = querier.links;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (mdns_querier_start(&querier, LINK, &wanted, types[i], now))
			die("no question");
		fill_cache(link, types[i], &wanted, 0, MDNS_RRSET_MAX);
	}
	if (mdns_querier_start(&querier, LINK, &wanted, MDNS_TYPE_ANY, now))
		die("no question");
	for (i = 0; i < RECORDS_MAX; i++) {
		memcpy(name.wire, "\10xxxxxxxx\5local", 16);
		name.len = 16;
		number_label(i, name.wire);
		if (i < QUESTIONS_MAX - 16)
			mdns_querier_start(
				&querier, LINK, &name, MDNS_TYPE_A, now);
		fill_cache(link, MDNS_TYPE_A, &name, i, 1);
	}
}

static struct mdns_origin origin = {.ifindex = LINK,
	.port = MDNS_PORT,
	.way = MDNS_WAY_GROUP,
	.to_group = true,
	.on_link = true};

static void read_direct(const struct message *message)
{
	struct mdns_subject subject = {.name = wanted, .unicast_wanted = true};
	struct mdns_answer answer;
	struct mdns_name alias;

	mdns_answer_init(&answer);
	sink += mdns_response_read(&subject, &origin, message->octets,
		message->size, 0, &answer, &alias);
}

static void read_querier(const struct message *message)
{
	now += 2 * MDNS_SEC;
	sink += mdns_querier_read(
		&querier, &origin, message->octets, message->size, now);
}

static void read_expand(const struct message *message)
{
	static uint8_t rdata[MDNS_MESSAGE_MAX];
	struct mdns_reader reader;
	struct mdns_record record;

	mdns_reader_init(&reader, message->octets, message->size);
	while (mdns_reader_record(&reader, &record))
		sink += (uint64_t)mdns_rr_expand(
			&reader, &record, rdata, sizeof(rdata));
}

static const struct {
	const char *name;
	void (*read)(const struct message *message);
} readers[] = {
	{"mdns_response_read", read_direct},
	{"mdns_querier_read", read_querier},
	{"mdns_rr_expand", read_expand},
};

#define READERS (sizeof(readers) / sizeof(readers[0]))

/* --- the climb --- */

/* The best of a few: what is slower is the machine. Each is of other records,
 * or the second would be read as one that is known. */
static double cost(unsigned reader, const struct recipe *recipe, unsigned tries)
{
	static struct message message;
	static unsigned seed;
	double best = 0;
	unsigned i;

	for (i = 0; i < tries; i++) {
		double before, took;

		/* Some of what the cache has, some that is new. */
		seed = recipe->shape[ALIKE] ? 0 : (seed + 300) % 1500;
		make(recipe, seed, reader == 0 ? 0 : i, &message);
		before = cpu_ns();
		readers[reader].read(&message);
		took = cpu_ns() - before;
		if (i == 0 || took < best)
			best = took;
	}
	return best;
}

static struct mdns_random dice;

static struct recipe roll(void)
{
	struct recipe recipe;
	unsigned i;

	for (i = 0; i < SHAPES; i++)
		recipe.shape[i] = mdns_random_below(&dice, limits[i]);
	if (mdns_random_below(&dice, 2))
		recipe.shape[QUESTIONS] = 0;
	return recipe;
}

static struct recipe change(const struct recipe *recipe)
{
	struct recipe other = *recipe;
	unsigned times = 1 + mdns_random_below(&dice, 2);

	while (times-- > 0) {
		unsigned i = mdns_random_below(&dice, SHAPES);

		other.shape[i] = mdns_random_below(&dice, limits[i]);
	}
	return other;
}

static void print_recipe(const struct recipe *recipe)
{
	static const char names[SHAPES][10] = {"owner", "hops", "type", "other",
		"fill", "target", "questions", "query", "flush", "ttl",
		"aliases", "alike"};
	unsigned i;

	for (i = 0; i < SHAPES; i++)
		printf(" %s=%u", names[i], recipe->shape[i]);
	printf("\n");
}

static bool climb(unsigned reader, double seconds)
{
	double end = cpu_ns() + seconds * 1e9, worst = 0;
	struct recipe top = roll();
	unsigned messages = 0;

	open_querier();
	while (cpu_ns() < end) {
		struct recipe here = roll();
		double height = cost(reader, &here, 3);
		unsigned misses = 0;

		while (misses < 60 && cpu_ns() < end) {
			struct recipe next = change(&here);
			double higher = cost(reader, &next, 3);

			messages += 3;
			misses++;
			if (higher <= height)
				continue;
			here = next;
			height = higher;
			misses = 0;
		}
		if (height > worst) {
			worst = height;
			top = here;
		}
	}
	worst = cost(reader, &top, 9);
	printf("%s: %.3f ms, the worst of %u messages:", readers[reader].name,
		worst / 1e6, messages);
	print_recipe(&top);
	mdns_querier_close(&querier);
	return worst <= MAY_COST * NOISE;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 3;
	bool good = true;
	unsigned i;

	if (seconds <= 0 || argc > 2) {
		fputs("usage: worst [SECONDS]\n", stderr);
		return 2;
	}
	if (mdns_name_parse("t.local", 7, &wanted) < 0)
		die("no name");
	now = START;
	mdns_random_init(&dice, 7);
	for (i = 0; i < READERS; i++)
		if (!climb(i, seconds / (double)READERS))
			good = false;
	return good ? 0 : 1;
}
