/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* scale: what cache and querier cost from 10 to 100,000 records and from 1 to
 * 10,000 questions, in time and in memory, and how fast messages are decoded.
 * Exit status 1 if a figure misses its goal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "resolver/querier.h"
#include "resolver/rr.h"
#include "tests/memory.h"

enum {
	REPEATS =
		7, /* the best of them counts: the machine does other things */
	CALLS = 20000,
	HOT = 16, /* names that are used again and again */
	LINK = 3,
	TTL = 4500,
	PAYLOAD = 1452,
};

#define START (INT64_C(987654321) * MDNS_MSEC)

/* The goals. */
#define FLAT 2.0     /* the dearest to the cheapest */
#define OCTETS 200.0 /* of a typical address record */
#define DECODE 1e6   /* records a second */

static const uint32_t sizes[] = {10, 100, 1000, 10000, 100000};
static const uint32_t askings[] = {1, 10, 100, 1000, 10000};
enum { ROWS = sizeof(sizes) / sizeof(sizes[0]) };

static unsigned missed;
static volatile uint64_t sink; /* so that nothing is left out */

static void die(const char *what)
{
	fprintf(stderr, "scale: %s\n", what);
	exit(1);
}

static double clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void keep_best(double *best, double value)
{
	if (*best == 0 || value < *best)
		*best = value;
}

/* host-NNNNNN.local, made without printf: it is inside what is measured. */
static void name_make(uint32_t number, struct mdns_name *ret_name)
{
	memcpy(ret_name->wire, "\13host-000000\5local", 19);
	ret_name->len = 19;
	for (unsigned i = 11; number > 0; number /= 10)
		ret_name->wire[i--] = (uint8_t)('0' + number % 10);
}

static void nothing(void *context, enum mdns_change change,
	const struct mdns_cached *record, mdns_time now)
{
	(void)context;
	(void)change;
	(void)record;
	(void)now;
}

/* ---- the cache ---- */

static void put(struct mdns_cache *cache, uint32_t number, mdns_time now)
{
	const uint8_t rdata[4] = {10, (uint8_t)(number >> 16),
		(uint8_t)(number >> 8), (uint8_t)number};
	struct mdns_name name;
	struct mdns_heard heard = {
		.name = &name,
		.type = MDNS_TYPE_A,
		.rclass = MDNS_CLASS_IN,
		.cache_flush = true,
		.ttl = TTL + number % 1000,
		.rdata = rdata,
		.rdlength = sizeof(rdata),
	};

	name_make(number, &name);
	if (mdns_cache_put(cache, &heard, now) < 0)
		die("no room in the cache");
}

static void get(const struct mdns_cache *cache, uint32_t number, bool there)
{
	const struct mdns_rrset *set;
	struct mdns_name name;

	name_make(number, &name);
	set = mdns_cache_find(cache, &name, MDNS_TYPE_A, MDNS_CLASS_IN);
	if ((set != NULL) != there)
		die("the cache is wrong");
	if (set)
		sink += set->first->rdata[3];
}

/* What no table can do without: a bucket, a set and a record, read one after
 * another, somewhere in as much memory as the cache takes. */
static double bare_run(size_t octets)
{
	size_t lines = octets / 64 + 3;
	uint64_t(*memory)[8] = malloc(lines * sizeof(*memory));
	struct mdns_random random;
	uint64_t sum = 0;
	double start;

	if (!memory)
		die("no memory");
	mdns_random_init(&random, octets);
	for (size_t i = 0; i < lines; i++)
		memory[i][0] = mdns_random_below(&random, (uint32_t)lines);
	start = clock_ns();
	for (unsigned i = 0; i < CALLS; i++) {
		/* Where to, is known when the one before is done. */
		uint64_t at =
			(mdns_random_below(&random, (uint32_t)lines) + sum) %
			lines;

		sum = memory[memory[memory[at][0]][0]][0];
	}
	start = (clock_ns() - start) / CALLS;
	sink += sum;
	free(memory);
	return start;
}

struct cache_row {
	double add, hot, any, bare, miss, again, tick, expire, octets;
};

/* Fills a cache with that many records, uses it, and lets it run empty. */
static void cache_run(uint32_t count, struct cache_row *row)
{
	struct test_memory counted = {0};
	struct mdns_memory memory = test_memory_of(&counted);
	struct mdns_cache_limits limits = {count, SIZE_MAX};
	static struct mdns_cache cache;
	struct mdns_random random;
	mdns_time now = START;
	uint32_t ticks = 0;
	double start;

	mdns_random_init(&random, count);
	mdns_cache_init(&cache, &memory, &limits, 1, nothing, NULL);
	start = clock_ns();
	for (uint32_t i = 0; i < count; i++)
		put(&cache, i, now);
	keep_best(&row->add, (clock_ns() - start) / count);
	row->octets = (double)counted.octets / count;

	start = clock_ns();
	for (unsigned i = 0; i < CALLS; i++)
		get(&cache, i % HOT * (count / HOT) % count, true);
	keep_best(&row->hot, (clock_ns() - start) / CALLS);

	start = clock_ns();
	for (unsigned i = 0; i < CALLS; i++)
		get(&cache, mdns_random_below(&random, count), true);
	keep_best(&row->any, (clock_ns() - start) / CALLS);

	keep_best(&row->bare, bare_run(counted.octets));

	start = clock_ns();
	for (unsigned i = 0; i < CALLS; i++)
		get(&cache, count + i, false);
	keep_best(&row->miss, (clock_ns() - start) / CALLS);

	start = clock_ns();
	for (unsigned i = 0; i < CALLS; i++)
		put(&cache, mdns_random_below(&random, count), now + i);
	keep_best(&row->again, (clock_ns() - start) / CALLS);

	start = clock_ns();
	for (unsigned i = 0; i < CALLS; i++) {
		now += MDNS_USEC;
		sink += (uint64_t)mdns_cache_expiry(&cache);
		mdns_cache_expire(&cache, now);
	}
	keep_best(&row->tick, (clock_ns() - start) / CALLS);
	if (cache.records != count)
		die("something expired too early");

	start = clock_ns();
	while (mdns_cache_expiry(&cache) != MDNS_TIME_NEVER) {
		now = mdns_cache_expiry(&cache);
		mdns_cache_expire(&cache, now);
		ticks++;
	}
	keep_best(&row->expire, (clock_ns() - start) / count);
	if (cache.records != 0 || ticks == 0)
		die("something did not expire");
	mdns_cache_close(&cache);
	if (counted.blocks != 0)
		die("not all memory was given back");
}

/* ---- the querier ---- */

static void told(void *context, uint32_t ifindex, enum mdns_change change,
	const struct mdns_cached *record, mdns_time now)
{
	(void)context;
	(void)ifindex;
	(void)change;
	(void)record;
	(void)now;
}

/* A response with one address. */
static size_t response_make(uint32_t number, uint8_t *buf, size_t size)
{
	const uint8_t rdata[4] = {10, (uint8_t)(number >> 16),
		(uint8_t)(number >> 8), (uint8_t)number};
	struct mdns_writer writer;
	struct mdns_name name;
	int len;

	name_make(number, &name);
	mdns_writer_init(&writer, buf, size, 0, MDNS_FLAG_QR | MDNS_FLAG_AA);
	mdns_writer_record(&writer, MDNS_SECTION_ANSWER, &name, MDNS_TYPE_A,
		MDNS_CLASS_IN | MDNS_CLASS_TOP_BIT, TTL);
	mdns_writer_bytes(&writer, rdata, sizeof(rdata));
	mdns_writer_record_end(&writer);
	len = mdns_writer_end(&writer);
	if (len < 0)
		die("a response does not fit");
	return (size_t)len;
}

static void answer(struct mdns_querier *querier, uint32_t number, mdns_time now)
{
	static const struct mdns_origin origin = {.ifindex = LINK,
		.port = MDNS_PORT,
		.to_group = true,
		.on_link = true};
	uint8_t buf[512];
	size_t size = response_make(number, buf, sizeof(buf));

	if (mdns_querier_read(querier, &origin, buf, size, now) !=
		MDNS_VERDICT_TAKEN)
		die("an answer was not taken");
}

/* One round of a driver's loop; how many packets. */
static unsigned tick(struct mdns_querier *querier, mdns_time now)
{
	uint8_t buf[PAYLOAD];
	uint32_t ifindex;
	unsigned packets = 0;

	sink += (uint64_t)mdns_querier_expiry(querier);
	mdns_querier_expire(querier, now);
	while (mdns_querier_write(querier, now, buf, sizeof(buf), &ifindex) > 0)
		packets++;
	return packets;
}

struct querier_row {
	double start, first, again, tick, busy, octets;
};

/* That many questions, each of which is asked, answered, refreshed until its
 * record goes, and stopped. */
static void querier_run(uint32_t count, struct querier_row *row)
{
	struct test_memory counted = {0};
	struct mdns_memory memory = test_memory_of(&counted);
	struct mdns_querier_limits limits = {count, {2 * count + 10, SIZE_MAX}};
	static struct mdns_querier querier;
	struct mdns_querier_link *link;
	struct mdns_random random;
	struct mdns_name name;
	mdns_time now = START;
	uint64_t asked;
	double start;
	size_t octets;

	mdns_random_init(&random, count);
	mdns_querier_init(&querier, &memory, &limits, 1, NULL, 0, told, NULL);
	if (mdns_querier_add_link(&querier, LINK, PAYLOAD, false, now) < 0)
		die("no link");
	link = mdns_querier_find_link(&querier, LINK);
	octets = counted.octets;
	start = clock_ns();
	for (uint32_t i = 0; i < count; i++) {
		name_make(i, &name);
		if (mdns_querier_start(
			    &querier, LINK, &name, MDNS_TYPE_A, now) < 0)
			die("a question was not taken");
	}
	keep_best(&row->start, (clock_ns() - start) / count);
	row->octets = (double)(counted.octets - octets) / count;

	now += 200 * MDNS_MSEC;
	if (tick(&querier, now) == 0)
		die("nothing was asked");
	start = clock_ns();
	for (uint32_t i = 0; i < count; i++)
		answer(&querier, i, now);
	keep_best(&row->first, (clock_ns() - start) / count);
	start = clock_ns();
	for (unsigned i = 0; i < CALLS; i++)
		answer(&querier, mdns_random_below(&random, count), now + i);
	keep_best(&row->again, (clock_ns() - start) / CALLS);

	/* The timers of the series are still there: let them find out. */
	now += 2 * MDNS_SEC;
	tick(&querier, now);
	asked = link->questions;
	start = clock_ns();
	for (unsigned i = 0; i < CALLS; i++)
		if (tick(&querier, now + i * MDNS_USEC) > 0)
			die("asked without a reason");
	keep_best(&row->tick, (clock_ns() - start) / CALLS);

	/* Four refreshes and the end of each record: what one costs. */
	start = clock_ns();
	while (link->cache.records > 0) {
		now = mdns_querier_expiry(&querier);
		tick(&querier, now);
	}
	asked = link->questions - asked;
	if (asked < 4 * (uint64_t)count)
		die("not all was refreshed");
	keep_best(&row->busy, (clock_ns() - start) / (double)(asked + count));
	mdns_querier_close(&querier);
	if (counted.blocks != 0)
		die("not all memory was given back");
}

/* ---- decoding ---- */

/* What a responder says of itself: a pointer, service, text, two addresses and
 * the NSEC record, again and again until the packet is full. */
static size_t announcement_make(uint8_t *buf, size_t size, unsigned *ret_count)
{
	static const struct mdns_name service = {17, "\4_ipp\4_tcp\5local"};
	struct mdns_writer writer, before;
	struct mdns_name host, instance;
	unsigned count = 0;
	const uint16_t unique = MDNS_CLASS_IN | MDNS_CLASS_TOP_BIT;

	mdns_writer_init(&writer, buf, size, 0, MDNS_FLAG_QR | MDNS_FLAG_AA);
	for (uint32_t i = 0;; i++) {
		before = writer;
		name_make(i, &host);
		memcpy(instance.wire, host.wire, 12);
		memcpy(instance.wire + 12, service.wire, service.len);
		instance.len = (uint16_t)(12 + service.len);
		mdns_writer_record(&writer, MDNS_SECTION_ANSWER, &service,
			MDNS_TYPE_PTR, MDNS_CLASS_IN, TTL);
		mdns_writer_name(&writer, &instance, true);
		mdns_writer_record_end(&writer);
		mdns_writer_record(&writer, MDNS_SECTION_ANSWER, &instance, 33,
			unique, 120);
		mdns_writer_bytes(&writer, "\0\0\0\0\2\167", 6);
		mdns_writer_name(&writer, &host, true);
		mdns_writer_record_end(&writer);
		mdns_writer_record(&writer, MDNS_SECTION_ANSWER, &instance, 16,
			unique, TTL);
		mdns_writer_bytes(&writer, "\11txtvers=1\10duplex=T", 19);
		mdns_writer_record_end(&writer);
		mdns_writer_record(&writer, MDNS_SECTION_ANSWER, &host,
			MDNS_TYPE_A, unique, 120);
		mdns_writer_u32(&writer, 0x0a000000 + i);
		mdns_writer_record_end(&writer);
		mdns_writer_record(&writer, MDNS_SECTION_ANSWER, &host,
			MDNS_TYPE_AAAA, unique, 120);
		mdns_writer_bytes(
			&writer, "\376\200\0\0\0\0\0\0\2\1\2\1\2\1\2", 16);
		mdns_writer_record_end(&writer);
		mdns_writer_record(&writer, MDNS_SECTION_ANSWER, &host,
			MDNS_TYPE_NSEC, unique, 120);
		mdns_writer_name(&writer, &host, true);
		mdns_writer_bytes(&writer, "\0\4\100\0\0\10", 6);
		mdns_writer_record_end(&writer);
		if (writer.err)
			break;
		count += 6;
	}
	*ret_count = count;
	return (size_t)mdns_writer_end(&before);
}

static void decode(const uint8_t *message, size_t size, unsigned count)
{
	struct mdns_reader reader, rdata;
	struct mdns_record record;
	struct mdns_name name;
	struct mdns_nsec nsec;
	uint8_t address[16];
	unsigned good = 0;

	mdns_reader_init(&reader, message, size);
	while (mdns_reader_record(&reader, &record)) {
		switch (record.type) {
		case MDNS_TYPE_A:
		case MDNS_TYPE_AAAA:
			good += !mdns_rr_read_address(
				&reader, &record, address);
			break;
		case MDNS_TYPE_PTR:
			good += !mdns_rr_read_name(&reader, &record, &name);
			break;
		case MDNS_TYPE_NSEC:
			good += !mdns_rr_read_nsec(&reader, &record, &nsec);
			break;
		case 33:
			mdns_reader_rdata(&reader, &record, &rdata);
			mdns_reader_bytes(&rdata, 6);
			mdns_reader_name(&rdata, &name);
			good += mdns_reader_done(&rdata);
			break;
		default:
			good++;
			break;
		}
	}
	if (good != count)
		die("a record was not decoded");
	sink += address[0];
}

static double decode_rate(size_t *ret_size, unsigned *ret_count)
{
	static uint8_t message[PAYLOAD];
	double best = 0;

	*ret_size = announcement_make(message, sizeof(message), ret_count);
	for (unsigned repeat = 0; repeat < REPEATS; repeat++) {
		double start = clock_ns();

		for (unsigned i = 0; i < CALLS / 4; i++)
			decode(message, *ret_size, *ret_count);
		keep_best(
			&best, (clock_ns() - start) / (CALLS / 4) / *ret_count);
	}
	return 1e9 / best;
}

/* ---- the report ---- */

static void judge(const char *what, double value, double goal, bool at_least,
	const char *unit)
{
	bool good = at_least ? value >= goal : value <= goal;

	printf("  %-44s %8.1f %s (%s %.0f)%s\n", what, value, unit,
		at_least ? "at least" : "at most", goal,
		good ? "" : "  MISSED");
	missed += !good;
}

/* How many times the cheapest the dearest is. */
static double spread(const double *first, size_t stride)
{
	double least = 0, most = 0;

	for (unsigned i = 0; i < ROWS; i++) {
		double value =
			*(const double *)((const char *)first + i * stride);

		keep_best(&least, value);
		if (value > most)
			most = value;
	}
	return most / least;
}

int main(void)
{
	static struct cache_row cache[ROWS];
	static struct querier_row querier[ROWS];
	double rate, octets = 0;
	unsigned records;
	size_t size;

	for (unsigned i = 0; i < ROWS; i++)
		for (unsigned repeat = 0; repeat < REPEATS; repeat++) {
			cache_run(sizes[i], &cache[i]);
			querier_run(askings[i], &querier[i]);
		}

	printf("cache: address records, one a name; ns each\n"
	       "  %8s %7s %9s %9s %6s %6s %7s %6s %8s %8s\n",
		"records", "added", "hit, few", "hit, any", "bare", "miss",
		"again", "tick", "expired", "octets");
	for (unsigned i = 0; i < ROWS; i++) {
		const struct cache_row *r = &cache[i];

		printf("  %8u %7.0f %9.0f %9.0f %6.0f %6.0f %7.0f %6.1f %8.0f "
		       "%8.0f\n",
			(unsigned)sizes[i], r->add, r->hot, r->any, r->bare,
			r->miss, r->again, r->tick, r->expire, r->octets);
		/* With ten records the tables' first size counts most. */
		if (sizes[i] >= 1000 && r->octets > octets)
			octets = r->octets;
	}
	printf("  hit, few: the same %u names over and over; any: at random, "
	       "and bare is\n"
	       "  what three reads somewhere in as much memory cost\n"
	       "  tick: expiry and expire when nothing is due\n\n",
		HOT);

	printf("querier: questions, each with an answer; ns each\n"
	       "  %9s %8s %7s %7s %6s %8s %8s\n",
		"questions", "started", "answer", "again", "tick", "refresh",
		"octets");
	for (unsigned i = 0; i < ROWS; i++) {
		const struct querier_row *r = &querier[i];

		printf("  %9u %8.0f %7.0f %7.0f %6.1f %8.0f %8.0f\n",
			(unsigned)askings[i], r->start, r->first, r->again,
			r->tick, r->busy, r->octets);
	}
	printf("  answer: a message with one, the first time and again\n"
	       "  tick: expiry, expire and write when nothing is due\n"
	       "  refresh: what a tick costs for each question that it sends "
	       "and "
	       "record that\n           it removes\n\n");

	rate = decode_rate(&size, &records);
	printf("decoding: a message of %zu octets, %u records\n\n", size,
		records);

	printf("goals\n");
	judge("hit, few: dearest to cheapest row",
		spread(&cache[0].hot, sizeof(cache[0])), FLAT, false, "times");
	printf("  %-44s %8.1f times (bare reads: %.1f)\n", "hit, any: the same",
		spread(&cache[0].any, sizeof(cache[0])),
		spread(&cache[0].bare, sizeof(cache[0])));
	judge("cache tick: dearest to cheapest row",
		spread(&cache[0].tick, sizeof(cache[0])), FLAT, false, "times");
	judge("querier tick: dearest to cheapest row",
		spread(&querier[0].tick, sizeof(querier[0])), FLAT, false,
		"times");
	judge("memory of a record", octets, OCTETS, false, "octets");
	judge("decoding", rate / 1e6, DECODE / 1e6, true,
		"million records a second");
	return missed > 0;
}
