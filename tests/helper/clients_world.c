/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The world of the tests of tools/helper/clients. */
#include "tests/helper/clients_world.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "resolver/sys.h"
#include "resolver/zone.h"

static struct world *the_world;

/* --- memory: linked with --wrap=malloc,--wrap=calloc --- */

unsigned allocation_that_fails;
unsigned allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_malloc(size_t size)
{
	return ++allocations == allocation_that_fails ? NULL
						      : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return ++allocations == allocation_that_fails
		       ? NULL
		       : __real_calloc(count, size);
}

/* For the querier: it may be the one whose allocation fails. */
static void *take(void *context, size_t size)
{
	unsigned *blocks = context;
	void *memory = malloc(size);

	if (memory)
		++*blocks;
	return memory;
}

static void give(void *context, void *memory, size_t size)
{
	unsigned *blocks = context;

	(void)size;
	unit_assert(memory);
	--*blocks;
	free(memory);
}

/* --- names, as their labels say --- */

static bool begins(const struct mdns_name *name, const char *label)
{
	return memcmp(name->wire + 1, label, strlen(label)) == 0;
}

static void fill_answer(struct mdns_answer *answer)
{
	struct mdns_address address = {.ifindex = LINK};

	mdns_answer_init(answer);
	answer->ttl = 120;
	answer->name = unit_name("known.local");
	answer->presence[MDNS_IPV4] = MDNS_PRESENT;
	unit_address("192.0.2.1", address.bytes);
	mdns_answer_add(answer, &address);
}

int names_ask(struct names *names, const struct mdns_name *name, mdns_time now,
	mdns_time deadline, struct asker *asker, int *ret_status,
	struct mdns_answer *ret_answer)
{
	(void)names;
	(void)now;
	unit_assert(!asker->name);
	if (mdns_zone_of(name, NULL, 0) == MDNS_ZONE_NONE)
		return MDNS_ERR_NOT_OURS;
	if (begins(name, "full"))
		return MDNS_ERR_RESOURCE;
	the_world->deadline = deadline;
	if (begins(name, "known") || begins(name, "gone")) {
		the_world->known++;
		fill_answer(ret_answer);
		*ret_status = begins(name, "gone") ? MDNS_ERR_NOT_FOUND : 0;
		return 1;
	}
	the_world->asked++;
	asker->name = (struct name *)the_world; /* not NULL: it waits */
	asker->next = the_world->waiting;
	the_world->waiting = asker;
	return 0;
}

static void unlink_asker(struct asker *asker)
{
	struct asker **at = &the_world->waiting;

	while (*at != asker)
		at = &(*at)->next;
	*at = asker->next;
	asker->name = NULL;
}

void names_cancel(struct names *names, struct asker *asker)
{
	(void)names;
	unit_assert(asker->name);
	unlink_asker(asker);
	the_world->canceled++;
}

void when_answered(struct world *w)
{
	struct asker *asker = w->waiting;
	struct mdns_answer answer;

	while (asker->next)
		asker = asker->next;
	unlink_asker(asker);
	fill_answer(&answer);
	clients_answer(w->clients, asker, 0, &answer);
}

void when_all_are_answered(struct world *w)
{
	while (w->waiting)
		when_answered(w);
}

unsigned count_waiting_names(const struct world *w)
{
	const struct asker *asker = w->waiting;
	unsigned count = 0;

	for (; asker; asker = asker->next)
		count++;
	return count;
}

/* --- what the main program does --- */

static void begin(void *context)
{
	struct world *w = context;

	w->begun++;
}

static void settle(void *context)
{
	struct world *w = context;

	w->settled++;
	if (w->closes_in_settle > 0)
		close(w->closes_in_settle);
	w->closes_in_settle = 0;
	if (w->answers_in_settle)
		when_all_are_answered(w);
}

static void flush(void *context)
{
	struct world *w = context;

	w->flushed++;
}

static bool describe_link(
	void *context, unsigned index, struct mdns_reply_link *link)
{
	struct world *w = context;

	if (index >= w->links_described)
		return false;
	link->ifindex = index + 1;
	return true;
}

static void describe(void *context, struct mdns_reply_status *status)
{
	(void)context;
	status->names = 5;
	status->clients = 999; /* not ours to say */
}

static void changed(void *context, uint32_t ifindex, enum mdns_change change,
	const struct mdns_cached *record, mdns_time now)
{
	struct world *w = context;

	clients_changed(w->clients, ifindex, change, record, now);
}

static void listen_there(struct world *w)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	strcpy(w->folder, "/tmp/clients.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(w->folder));
	ck_assert_int_eq(chmod(w->folder, 0755), 0);
	snprintf(w->path, sizeof(w->path), "%s/socket", w->folder);
	strcpy(addr.sun_path, w->path);
	w->listener = socket(
		AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(w->listener, 0);
	ck_assert_int_eq(
		bind(w->listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(chmod(w->path, 0666), 0);
	ck_assert_int_eq(listen(w->listener, 4096), 0);
}

struct world *given_world(void)
{
	static const struct mdns_querier_limits limits = {64, {4096, 4u << 20}};
	static struct world world;
	struct world *w = &world;
	const struct mdns_memory memory = {take, give, &w->blocks};

	memset(w, 0, sizeof(*w));
	the_world = w;
	ck_assert_int_ge(sd_event_new(&w->event), 0);
	listen_there(w);
	mdns_querier_init(
		&w->querier, &memory, &limits, 1, NULL, 0, changed, w);
	mdns_querier_add_link(
		&w->querier, LINK, 1400, false, mdns_sys_boottime());
	mdns_querier_add_link(
		&w->querier, OTHER_LINK, 1400, false, mdns_sys_boottime());
	w->asked_about = (struct clients_world){
		.names = &w->names,
		.querier = &w->querier,
		.map_fd = -1,
		.begin = begin,
		.settle = settle,
		.flush = flush,
		.describe_link = describe_link,
		.describe = describe,
		.context = w,
	};
	ck_assert_int_eq(clients_open(&w->clients, w->event, w->listener,
				 &w->asked_about),
		0);
	return w;
}

void then_nothing_is_left(struct world *w)
{
	clients_close(w->clients);
	ck_assert_ptr_null(w->waiting);
	ck_assert_uint_eq(w->querier.standing.count, 0);
	mdns_querier_close(&w->querier);
	ck_assert_uint_eq(w->blocks, 0);
	sd_event_unref(w->event);
	close(w->listener);
	unlink(w->path);
	rmdir(w->folder);
}

/* --- the loop --- */

unsigned loop_for(struct world *w, unsigned ms)
{
	mdns_time end = mdns_sys_now() + ms * MDNS_MSEC;
	unsigned rounds = 0;

	for (;;) {
		mdns_time left = end - mdns_sys_now();
		int n = sd_event_run(w->event,
			left > 0 ? (uint64_t)(left / MDNS_USEC) + 1 : 0);

		unit_assert(n >= 0);
		rounds += n > 0;
		unit_assert(rounds < 1000000);
		if (left <= 0 && (n == 0 || ms > 0))
			break;
	}
	w->rounds += rounds;
	return rounds;
}

unsigned loop(struct world *w)
{
	return loop_for(w, 0);
}

/* --- clients --- */

bool can_be_others(void)
{
	return geteuid() == 0;
}

int dial(struct world *w)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(
		AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	unit_assert(fd >= 0);
	strcpy(addr.sun_path, w->path);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	unit_assert(errno == EAGAIN);
	close(fd);
	return -1;
}

int dial_as(struct world *w, unsigned uid)
{
	int fd;

	unit_assert(seteuid(uid) == 0);
	fd = dial(w);
	unit_assert(seteuid(0) == 0);
	return fd;
}

int dialled_as(struct world *w, unsigned uid)
{
	int fd = uid == 0 ? dial(w) : dial_as(w, uid);

	ck_assert_int_ge(fd, 0);
	loop(w);
	return fd;
}

void close_all(int *fds, unsigned count)
{
	while (count > 0)
		close(fds[--count]);
}

struct mdns_request request_of(
	enum mdns_request_op op, const char *text, uint64_t id)
{
	struct mdns_request request;
	struct mdns_name name;

	if (text)
		name = unit_name(text);
	mdns_request_init(&request, op, text ? &name : NULL);
	request.id = id;
	return request;
}

bool send_octets(int fd, const void *octets, size_t size)
{
	return send(fd, octets, size, MSG_NOSIGNAL) == (ssize_t)size;
}

bool ask(int fd, const struct mdns_request *request)
{
	return send_octets(fd, request, sizeof(*request));
}

void tell(struct world *w, int fd, enum mdns_request_op op, const char *text,
	uint16_t type, uint64_t id)
{
	struct mdns_request request = request_of(op, text, id);

	request.type = type;
	unit_assert(ask(fd, &request));
	loop(w);
}

void resolve(struct world *w, int fd, const char *text, uint64_t id)
{
	tell(w, fd, MDNS_REQUEST_RESOLVE, text, 0, id);
}

void send_request(int fd, enum mdns_request_op op, const char *text,
	uint16_t type, uint64_t id)
{
	struct mdns_request request = request_of(op, text, id);

	request.type = type;
	unit_assert(ask(fd, &request));
}

int next_reply(int fd, union mdns_reply *ret_reply, int *ret_fd)
{
	union {
		struct cmsghdr align;
		uint8_t octets[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct iovec iov = {ret_reply, sizeof(*ret_reply)};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *cmsg;

	if (ret_fd)
		*ret_fd = -1;
	if (n < 0 && errno == EAGAIN)
		return NOTHING;
	if (n <= 0)
		return ENDED;
	unit_assert(mdns_reply_check(ret_reply, (size_t)n));
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg) {
		int passed;

		unit_assert(cmsg->cmsg_len == CMSG_LEN(sizeof(int)));
		memcpy(&passed, CMSG_DATA(cmsg), sizeof(passed));
		if (ret_fd)
			*ret_fd = passed;
		else
			close(passed);
	}
	return ret_reply->head.kind;
}

static unsigned last_octet(const struct mdns_reply_event *event)
{
	return event->rdlength == 0 || event->rdlength > MDNS_EVENT_RDATA_MAX
		       ? 0
		       : event->rdata[event->rdlength - 1u];
}

const char *story(int fd)
{
	static char text[128];
	union mdns_reply reply;
	int kind = next_reply(fd, &reply, NULL);
	unsigned id = kind > 0 ? (unsigned)reply.head.id : 0;
	struct mdns_answer answer;
	int status = 0;

	if (kind > 0)
		unit_assert(reply.head.now > 0 &&
			    reply.head.now <= mdns_sys_boottime());
	switch (kind) {
	case NOTHING:
		return "nothing";
	case ENDED:
		return "ended";
	case MDNS_REPLY_WAIT:
		snprintf(text, sizeof(text), "wait %u", id);
		break;
	case MDNS_REPLY_ANSWER:
		unit_assert(mdns_reply_decode(
				    &reply.answer, &status, &answer) == 0);
		snprintf(text, sizeof(text), "answer %u %d %u.%u.%u.%u", id,
			status, answer.address[0].bytes[0],
			answer.address[0].bytes[1], answer.address[0].bytes[2],
			answer.address[0].bytes[3]);
		break;
	case MDNS_REPLY_DONE:
		snprintf(text, sizeof(text), "done %u", id);
		break;
	case MDNS_REPLY_EVENT:
		snprintf(text, sizeof(text), "%c %u %u %s %u",
			reply.event.change == MDNS_EVENT_ADDED ? '+' : '-', id,
			reply.event.ifindex,
			reply.event.type == MDNS_TYPE_A     ? "A"
			: reply.event.type == MDNS_TYPE_PTR ? "PTR"
							    : "other",
			last_octet(&reply.event));
		break;
	case MDNS_REPLY_LINK:
		snprintf(text, sizeof(text), "link %u", id);
		break;
	case MDNS_REPLY_STATUS:
		snprintf(text, sizeof(text), "status %u", id);
		break;
	default:
		snprintf(text, sizeof(text), "refused %u %d", id,
			reply.head.status);
	}
	return text;
}

/* True if the client has been told before that it waits: on a machine that has
 * other things to do that comes again. */
static bool is_told_again(int fd, const char *text)
{
	static struct {
		int fd;
		char text[24];
	} told[4096];
	static unsigned count;
	unsigned i;

	if (strncmp(text, "wait", 4) != 0)
		return false;
	for (i = 0; i < count; i++)
		if (told[i].fd == fd && strcmp(told[i].text, text) == 0)
			return true;
	unit_assert(count < ROWS(told));
	told[count].fd = fd;
	strncpy(told[count++].text, text, sizeof(told[0].text) - 1);
	return false;
}

void then_next(int fd, const char *expected)
{
	const char *seen = story(fd);

	while (strcmp(seen, expected) != 0 && is_told_again(fd, seen))
		seen = story(fd);
	if (strcmp(seen, expected) != 0)
		ck_abort_msg("%s, not %s", seen, expected);
	is_told_again(fd, seen);
}

unsigned then_next_but(int fd, const char *others, const char *expected)
{
	unsigned count = 0;
	const char *seen = story(fd);

	for (; strcmp(seen, others) == 0; count++)
		seen = story(fd);
	if (strcmp(seen, expected) != 0)
		ck_abort_msg("%s, not %s", seen, expected);
	return count;
}

/* --- the link --- */

void when_heard(struct world *w, uint32_t ifindex, const char *text,
	uint16_t type, const void *rdata, size_t size, uint32_t ttl)
{
	struct mdns_origin origin = {.ifindex = ifindex,
		.port = 5353,
		.way = MDNS_WAY_GROUP,
		.to_group = true,
		.on_link = true,
		.source = {192, 0, 2, 9}};
	struct unit_message message;

	unit_message_init(&message, 0, 0x8400);
	unit_message_record(
		&message, MDNS_SECTION_ANSWER, text, type, 1, ttl, rdata, size);
	mdns_querier_read(&w->querier, &origin, message.bytes, message.size,
		mdns_sys_boottime());
}

void when_heard_address(struct world *w, uint32_t ifindex, const char *text,
	const char *address, uint32_t ttl)
{
	uint8_t bytes[16];
	size_t size = unit_address(address, bytes);

	when_heard(w, ifindex, text, size == 4 ? MDNS_TYPE_A : MDNS_TYPE_AAAA,
		bytes, size, ttl);
}

void when_heard_number(struct world *w, unsigned number)
{
	static const char names[][8] = {
		"a.local", "b.local", "c.local", "d.local"};
	uint8_t address[4] = {10, (uint8_t)(number >> 16),
		(uint8_t)(number >> 8), (uint8_t)number};

	/* A set has no more than MDNS_RRSET_MAX. */
	when_heard(w, LINK, names[number < 2000 ? number / 500 : 3],
		MDNS_TYPE_A, address, 4, 120);
}

unsigned questions(const struct world *w, uint32_t ifindex)
{
	return mdns_querier_find_link(&w->querier, ifindex)->askings.count;
}

unsigned count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	ck_assert_ptr_nonnull(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}
