/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A writer changes the map as fast as it can and is killed at some moment;
 * two readers never find anything that is wrong or older than what they know
 * of, and whoever looks then sees that the writer is dead.
 *
 *	map_storm                  for make check
 *	map_storm --rounds 200     more of them
 *	map_storm --threads 5      no kills, for that many seconds, in threads:
 *	                           for ThreadSanitizer */
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "resolver/err.h"
#include "resolver/map.h"

#define ROUNDS 60
#define READERS 2
#define NAMES 64
#define NOW (INT64_C(1000) * MDNS_SEC)
#define ID_LOW 0x89abcdefu /* always the same, so that the chains are too */
#define VERSION_MAX 0xffffffu
#define PATIENCE 120 /* seconds; who is not done by then hangs */

/* What the writer tells, besides the map. */
struct told {
	atomic_bool ready, stop;
	/* Nothing older than this version may be found any more. */
	_Atomic uint32_t oldest[NAMES];
	_Atomic uint32_t writes;
	_Atomic uint32_t hits, misses, wrong; /* of the readers */
};

static struct mdns_name names[NAMES];
static struct told *told;
static void *memory;
static uint64_t id;

static void fail(const char *what)
{
	printf("FAIL: %s\n", what);
	exit(EXIT_FAILURE);
}

static void *shared(size_t size)
{
	void *octets = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (octets == MAP_FAILED)
		fail("mmap");
	return octets;
}

static uint32_t random_word(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) +
		 UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 32);
}

static struct mdns_name parse(const char *format, unsigned a, unsigned b)
{
	struct mdns_name name;
	char text[64];
	int len = snprintf(text, sizeof(text), format, a, b);

	if (mdns_name_parse(text, (size_t)len, &name) != 0)
		fail(text);
	return name;
}

/* The index-th name's answer in that version; the version is its TTL too. */
static int make_answer(
	unsigned index, uint32_t version, struct mdns_answer *answer)
{
	const uint8_t bytes[4] = {(uint8_t)index, (uint8_t)(version >> 16),
		(uint8_t)(version >> 8), (uint8_t)version};

	mdns_answer_init(answer);
	answer->ttl = version;
	answer->dropped = (uint8_t)version;
	if (version % 7 == 0) {
		answer->presence[version % 2] = MDNS_ABSENT;
		return MDNS_ERR_NO_DATA;
	}
	answer->name = version % 3 == 0
			       ? parse("version-%u-of-%u.local", version, index)
			       : names[index];
	for (unsigned i = 0; i < 1 + version % 5; i++) {
		struct mdns_address address = {
			.family = (version + i) % 2,
			.ifindex = index * 8 + i,
		};

		for (unsigned at = 0; at < (address.family ? 16 : 4); at += 4)
			memcpy(address.bytes + at, bytes, 4);
		address.bytes[0] = (uint8_t)(0x20 + i);
		mdns_answer_add(answer, &address);
	}
	return 0;
}

static bool same(const struct mdns_answer *a, const struct mdns_answer *b)
{
	if (a->ttl != b->ttl || a->dropped != b->dropped ||
		a->count != b->count || a->name.len != b->name.len ||
		memcmp(a->presence, b->presence, sizeof(a->presence)) != 0 ||
		memcmp(a->name.wire, b->name.wire, a->name.len) != 0)
		return false;
	for (unsigned i = 0; i < a->count; i++) {
		const struct mdns_address *x = &a->address[i];
		const struct mdns_address *y = &b->address[i];

		if (memcmp(x->bytes, y->bytes, 16) != 0 ||
			x->ifindex != y->ifindex || x->family != y->family)
			return false;
	}
	return true;
}

/* Looks for that name; false if what was found is wrong. */
static bool read_name(unsigned index, bool *ret_found)
{
	uint32_t oldest = atomic_load(&told->oldest[index]);
	struct mdns_answer answer, right;
	int status;

	*ret_found =
		mdns_map_find(memory, id, &names[index], NOW, &status, &answer);
	return !*ret_found ||
	       (answer.ttl >= oldest &&
		       status == make_answer(index, answer.ttl, &right) &&
		       same(&answer, &right));
}

static void read_until_stopped(uint64_t random)
{
	uint32_t hits = 0, misses = 0;
	bool found;

	while (!atomic_load(&told->stop)) {
		if (!read_name(random_word(&random) % NAMES, &found))
			atomic_fetch_add(&told->wrong, 1);
		hits += found;
		misses += !found;
	}
	atomic_fetch_add(&told->hits, hits);
	atomic_fetch_add(&told->misses, misses);
}

static void write_until_stopped(struct mdns_map_writer *writer, uint64_t random)
{
	uint32_t version = 0;

	while (!atomic_load(&told->stop) && version < VERSION_MAX) {
		unsigned index = random_word(&random) % NAMES;
		struct mdns_map_entry entry = {.fresh = MDNS_TIME_NEVER};
		struct mdns_answer answer;

		version++;
		entry.status = make_answer(index, version, &answer);
		entry.expiry = NOW + version * MDNS_SEC;
		if (random_word(&random) % 4 == 0)
			mdns_map_drop(writer, &names[index]);
		else if (mdns_map_put(writer, &names[index], &entry, &answer))
			atomic_fetch_add(&told->wrong, 1);
		atomic_store(&told->oldest[index], version);
		atomic_store(&told->writes, version);
	}
}

/* --- processes ------------------------------------------------------------ */

static struct robust_list node;
static struct robust_list_head robust;

/* The kernel marks the word when this thread ends, however it ends. */
static void register_owner(struct mdns_map_writer *writer)
{
	uint32_t *word = mdns_map_own(writer, (uint32_t)gettid());

	robust.list.next = &node;
	node.next = &robust.list;
	robust.futex_offset = (long)((uintptr_t)word - (uintptr_t)&node);
	if (syscall(SYS_set_robust_list, &robust, sizeof(robust)) != 0)
		fail("set_robust_list");
}

static pid_t start(void)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static bool is_alive(void)
{
	return mdns_map_is_alive(memory, id, NOW);
}

/* True if the writer was killed while it wrote an entry. */
static bool is_torn(void)
{
	const struct mdns_map_slot *slots =
		(const void *)((uint8_t *)memory + MDNS_MAP_HEADER_SIZE +
			       MDNS_MAP_BUCKETS * 4);

	for (unsigned i = 0; i <= NAMES; i++)
		if (slots[i].shelf.sequence % 2 == 1)
			return true;
	return false;
}

static void run_round(uint64_t *random, unsigned *torn)
{
	useconds_t usec = random_word(random) % 20000;
	pid_t writer_pid, reader[READERS];
	int status;
	bool found;

	memory = shared(MDNS_MAP_SIZE);
	id = (uint64_t)random_word(random) << 32 | ID_LOW;
	memset(told->oldest, 0, sizeof(told->oldest));
	atomic_store(&told->ready, false);
	atomic_store(&told->stop, false);

	writer_pid = start();
	if (writer_pid == 0) {
		struct mdns_map_writer writer;

		mdns_map_init(&writer, memory, id);
		register_owner(&writer);
		mdns_map_promise(&writer, NOW, NOW + MDNS_SEC);
		atomic_store(&told->ready, true);
		write_until_stopped(&writer, *random);
		_exit(0);
	}
	for (unsigned i = 0; i < READERS; i++) {
		reader[i] = start();
		if (reader[i] == 0) {
			read_until_stopped(*random + i + 1);
			_exit(0);
		}
	}
	while (!atomic_load(&told->ready))
		usleep(100);
	if (!is_alive())
		fail("a writer that lives counts as dead");
	usleep(usec);
	kill(writer_pid, SIGKILL);
	if (waitpid(writer_pid, &status, 0) != writer_pid ||
		!WIFSIGNALED(status))
		fail("the writer ended by itself");
	if (is_alive())
		fail("a writer that was killed counts as alive");
	*torn += is_torn();

	/* What it has left behind is right as well, for all of them. */
	for (unsigned i = 0; i < NAMES; i++)
		if (!read_name(i, &found))
			fail("wrong answer from what a killed writer left");
	usleep(1000);
	atomic_store(&told->stop, true);
	for (unsigned i = 0; i < READERS; i++)
		if (waitpid(reader[i], &status, 0) != reader[i] || status != 0)
			fail("a reader died");
	munmap(memory, MDNS_MAP_SIZE);
}

static void run_processes(unsigned rounds)
{
	uint64_t random = (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
	uint64_t writes = 0;
	unsigned torn = 0;

	for (unsigned i = 0; i < rounds; i++) {
		run_round(&random, &torn);
		writes += atomic_load(&told->writes);
	}
	printf("%u writers killed, %u of them in an entry, after %llu writes\n",
		rounds, torn, (unsigned long long)writes);
}

/* --- threads -------------------------------------------------------------- */

static void *read_thread(void *number)
{
	read_until_stopped((uintptr_t)number);
	return NULL;
}

static void *write_thread(void *writer)
{
	write_until_stopped(writer, 99);
	return NULL;
}

static void run_threads(unsigned seconds)
{
	pthread_t thread[READERS + 1];
	struct mdns_map_writer writer;

	memory = shared(MDNS_MAP_SIZE);
	id = ID_LOW;
	mdns_map_init(&writer, memory, id);
	pthread_create(&thread[READERS], NULL, write_thread, &writer);
	for (unsigned i = 0; i < READERS; i++)
		pthread_create(&thread[i], NULL, read_thread,
			(void *)(uintptr_t)(i + 1));
	sleep(seconds);
	atomic_store(&told->stop, true);
	for (unsigned i = 0; i <= READERS; i++)
		pthread_join(thread[i], NULL);
	printf("%u writes in a thread\n", atomic_load(&told->writes));
}

/* Names that share chains of four and more. */
static void choose_names(void)
{
	void *scratch = shared(MDNS_MAP_SIZE);
	const uint32_t *bucket =
		(const void *)((uint8_t *)scratch + MDNS_MAP_HEADER_SIZE);
	const struct mdns_map_slot *slots =
		(const void *)(bucket + MDNS_MAP_BUCKETS);
	struct mdns_map_entry entry = {MDNS_ERR_NOT_FOUND, NOW, NOW};
	struct mdns_map_writer writer;
	struct mdns_answer answer;
	unsigned count = 0;

	mdns_map_init(&writer, scratch, ID_LOW);
	mdns_answer_init(&answer);
	for (unsigned i = 0; i < MDNS_MAP_SLOTS; i++) {
		struct mdns_name name = parse("host-%u.local", i, 0);

		if (mdns_map_put(&writer, &name, &entry, &answer) != 0)
			fail("no room for the names");
	}
	for (unsigned b = 0; b < MDNS_MAP_BUCKETS; b++) {
		uint32_t chain[MDNS_MAP_STEPS], next = bucket[b];
		unsigned len = 0;

		for (; next != 0; next = slots[next - 1].next)
			chain[len++] = next - 1;
		for (unsigned i = 0; len >= 4 && i < len && count < NAMES; i++)
			names[count++] = parse("host-%u.local", chain[i], 0);
	}
	if (count < NAMES)
		fail("no chains");
	munmap(scratch, MDNS_MAP_SIZE);
}

int main(int argc, char **argv)
{
	bool threads = argc == 3 && strcmp(argv[1], "--threads") == 0;
	unsigned number = argc == 3 ? (unsigned)atoi(argv[2]) : ROUNDS;

	if (argc != 1 &&
		!(threads || (argc == 3 && !strcmp(argv[1], "--rounds")))) {
		fprintf(stderr, "usage: map_storm [--rounds N | --threads "
				"SECONDS]\n");
		return 2;
	}
	alarm(PATIENCE);
	setvbuf(stdout, NULL, _IONBF, 0);
	told = shared(sizeof(*told));
	choose_names();
	if (threads)
		run_threads(number);
	else
		run_processes(number);
	printf("%u hits, %u misses, %u wrong\n", atomic_load(&told->hits),
		atomic_load(&told->misses), atomic_load(&told->wrong));
	if (atomic_load(&told->wrong) != 0)
		fail("wrong answers");
	if (atomic_load(&told->hits) == 0 || atomic_load(&told->misses) == 0)
		fail("nothing was tested");
	return 0;
}
