/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/helper/clients: what is asked and what is answered. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/sys.h"
#include "tests/helper/clients_world.h"

/* --- RESOLVE --- */

START_TEST(test_known_is_answered_at_once)
{
	struct world *w = given_world();
	int fd = dial(w);

	resolve(w, fd, "known.local", 7);
	then_next(fd, "answer 7 0 192.0.2.1");
	resolve(w, fd, "gone.local", 8);
	then_next(fd, "answer 8 -5 192.0.2.1");
	then_next(fd, "nothing");
	ck_assert_uint_eq(clients_count(w->clients), 1);
	close(fd);
	loop(w);
	ck_assert_uint_eq(clients_count(w->clients), 0);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_unknown_waits)
{
	struct world *w = given_world();
	int fd = dial(w);

	resolve(w, fd, "later.local", 7);
	then_next(fd, "wait 7");
	then_next(fd, "nothing");
	when_answered(w);
	then_next(fd, "answer 7 0 192.0.2.1");
	then_next(fd, "nothing");
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

/* Who is not told so for a while goes the direct way. */
START_TEST(test_who_waits_is_told_again)
{
	struct world *w = given_world();
	int fd = dial(w), other = dial(w);
	unsigned told;

	resolve(w, fd, "later.local", 7);
	loop_for(w, 50);
	resolve(w, other, "later.local", 8);
	loop_for(w, 500);
	when_all_are_answered(w);
	told = then_next_but(fd, "wait 7", "answer 7 0 192.0.2.1");
	ck_assert_uint_ge(told, 4);
	ck_assert_uint_le(told, 7);
	then_next_but(other, "wait 8", "answer 8 0 192.0.2.1");
	/* With nobody waiting that ends. */
	loop_for(w, 120);
	ck_assert_uint_eq(loop_for(w, 250), 0);
	then_next(fd, "nothing");
	close(fd);
	close(other);
	then_nothing_is_left(w);
}
END_TEST

/* Their links are not ours: see clients_world. */
START_TEST(test_another_network_namespace)
{
	struct world *w = given_world();
	static const struct {
		enum mdns_request_op op;
		const char *name, *reply;
		uint16_t type;
	} rows[] = {
		{MDNS_REQUEST_RESOLVE, "known.local", "refused 1 -8", 0},
		{MDNS_REQUEST_WATCH, "a.local", "refused 1 -8", 1},
		{MDNS_REQUEST_BROWSE, SERVICE, "refused 1 -8", 0},
		{MDNS_REQUEST_RECONFIRM, "a.local", "refused 1 -8", 1},
		{MDNS_REQUEST_STATUS, NULL, "status 1", 0},
	};
	socklen_t size = sizeof(w->asked_about.netns);
	int fd = dial(w);

	if (getsockopt(w->listener, SOL_SOCKET, SO_NETNS_COOKIE,
		    &w->asked_about.netns, &size) < 0)
		return;
	resolve(w, fd, "known.local", 1);
	then_next(fd, "answer 1 0 192.0.2.1");
	close(fd);
	w->asked_about.netns++;
	fd = dial(w);
	for (size_t i = 0; i < ROWS(rows); i++) {
		tell(w, fd, rows[i].op, rows[i].name, rows[i].type, 1);
		then_next(fd, rows[i].reply);
	}
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_ids_come_back)
{
	struct world *w = given_world();
	struct mdns_request first =
		request_of(MDNS_REQUEST_RESOLVE, "one.local", 1);
	struct mdns_request second =
		request_of(MDNS_REQUEST_RESOLVE, "two.local", 2);
	struct mdns_request known =
		request_of(MDNS_REQUEST_RESOLVE, "known.local", 3);
	int fd = dial(w), other = dial(w);

	ck_assert(ask(fd, &first) && ask(fd, &second) && ask(fd, &known));
	first.id = 4;
	ck_assert(ask(other, &first));
	loop(w);
	then_next(fd, "wait 1");
	then_next(fd, "wait 2");
	then_next(fd, "answer 3 0 192.0.2.1");
	then_next(other, "wait 4");
	when_answered(w);
	then_next(fd, "answer 1 0 192.0.2.1");
	then_next(other, "nothing");
	when_all_are_answered(w);
	then_next(fd, "answer 2 0 192.0.2.1");
	then_next(other, "answer 4 0 192.0.2.1");
	close(fd);
	close(other);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_one_batch_settles_once)
{
	struct world *w = given_world();
	struct mdns_request request =
		request_of(MDNS_REQUEST_RESOLVE, "known.local", 1);
	int fd = dial(w), i;

	loop(w);
	ck_assert_uint_eq(w->settled, 0);
	for (i = 0; i < 10; i++)
		ck_assert(ask(fd, &request));
	loop(w);
	ck_assert_uint_eq(w->settled, 1);
	/* Time may have passed: that is looked at first. */
	ck_assert_uint_ge(w->begun, 1);
	/* 16 a wake: one connection does not keep the others waiting. */
	for (i = 0; i < 40; i++)
		ck_assert(ask(fd, &request));
	loop(w);
	ck_assert_uint_eq(w->settled, 1 + 3);
	close(fd);
	loop(w);
	ck_assert_uint_eq(w->settled, 1 + 3);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_answers_inside_settle)
{
	struct world *w = given_world();
	struct mdns_request request =
		request_of(MDNS_REQUEST_RESOLVE, "later.local", 1);
	int fd = dial(w), gone = dial(w), reader;

	/* Given one who waits, and has just hung up, */
	resolve(w, gone, "later.local", 1);
	close(gone);
	w->answers_in_settle = true;
	/* when another one's request settles all, then he is told, */
	ck_assert(ask(fd, &request));
	loop(w);
	then_next(fd, "wait 1");
	then_next(fd, "answer 1 0 192.0.2.1");
	ck_assert_uint_eq(clients_count(w->clients), 1);
	/* and so is one who is answered from outside of the loop; who has hung
	 * up by then is no harm. */
	w->answers_in_settle = false;
	reader = dial(w);
	resolve(w, reader, "later.local", 2);
	resolve(w, fd, "later.local", 3);
	close(reader);
	when_all_are_answered(w);
	then_next(fd, "wait 3");
	then_next(fd, "answer 3 0 192.0.2.1");
	loop(w);
	ck_assert_uint_eq(clients_count(w->clients), 1);
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

/* Who is found to have gone while all is being settled costs nothing more. */
START_TEST(test_gone_inside_settle)
{
	struct world *w = given_world();
	int fd = dial(w), gone = dial(w);
	unsigned before;

	resolve(w, fd, "known.local", 1);
	then_next(fd, "answer 1 0 192.0.2.1");
	resolve(w, gone, "later.local", 1);
	before = count_descriptors();
	w->closes_in_settle = gone;
	w->answers_in_settle = true;
	resolve(w, fd, "known.local", 2);
	ck_assert_uint_eq(clients_count(w->clients), 1);
	ck_assert_uint_eq(count_descriptors(), before - 2);
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_deadlines)
{
	struct world *w = given_world();
	mdns_time now = mdns_sys_boottime();
	static const struct {
		mdns_time from_now;
		const char *reply;
	} rows[] = {
		{-MDNS_SEC, "refused 1 -5"},
		{0, "refused 1 -5"},
		{MDNS_SEC, "wait 1"},
	};
	struct mdns_request request;
	int fd = dial(w);

	for (size_t i = 0; i < ROWS(rows); i++) {
		request = request_of(MDNS_REQUEST_RESOLVE, "later.local", 1);
		request.deadline = now + rows[i].from_now;
		ck_assert(ask(fd, &request));
		loop(w);
		then_next(fd, rows[i].reply);
	}
	ck_assert_int_eq(w->deadline, now + MDNS_SEC);
	ck_assert_uint_eq(w->asked, 1);
	request = request_of(MDNS_REQUEST_RESOLVE, "known.local", 1);
	request.deadline = -1;
	ck_assert(ask(fd, &request));
	loop(w);
	then_next(fd, "refused 1 -5");
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_refusals)
{
	static const struct {
		enum mdns_request_op op;
		const char *name;
		uint16_t type;
		uint32_t ifindex;
		int why;
	} rows[] = {
		{MDNS_REQUEST_RESOLVE, "www.example.com", 0, 0,
			MDNS_ERR_NOT_OURS},
		{MDNS_REQUEST_RESOLVE, "full.local", 0, 0, MDNS_ERR_RESOURCE},
		{MDNS_REQUEST_WATCH, "www.example.com", 1, 0,
			MDNS_ERR_NOT_OURS},
		{MDNS_REQUEST_WATCH, "a.local", 1, 99, MDNS_ERR_NO_LINK},
		{MDNS_REQUEST_BROWSE, "_ipp._tcp.example.com", 0, 0,
			MDNS_ERR_NOT_OURS},
		{MDNS_REQUEST_BROWSE, SERVICE, 0, 99, MDNS_ERR_NO_LINK},
		{MDNS_REQUEST_RECONFIRM, "www.example.com", 1, 0,
			MDNS_ERR_NOT_OURS},
		{MDNS_REQUEST_RECONFIRM, "a.local", 1, 99, MDNS_ERR_NO_LINK},
	};
	struct world *w = given_world();
	int fd = dial(w);

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_request request =
			request_of(rows[i].op, rows[i].name, i);
		char expected[64];

		request.type = rows[i].type;
		request.ifindex = rows[i].ifindex;
		ck_assert(ask(fd, &request));
		loop(w);
		snprintf(expected, sizeof(expected), "refused %zu %d", i,
			rows[i].why);
		then_next(fd, expected);
	}
	/* It is still there, and nothing was begun for it. */
	ck_assert_uint_eq(questions(w, LINK), 0);
	resolve(w, fd, "known.local", 9);
	then_next(fd, "answer 9 0 192.0.2.1");
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

/* --- the map --- */

static int given_map(struct world *w)
{
	int fd = memfd_create("map", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	w->asked_about.map_fd = fd;
	w->asked_about.map_id = MAP_ID;
	return fd;
}

static bool is_same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino &&
	       x.st_dev == y.st_dev;
}

/* Asks with the id of a map; true if a descriptor came along. */
static bool gets_map(struct world *w, int fd, const char *text, uint64_t has)
{
	struct mdns_request request = request_of(MDNS_REQUEST_RESOLVE, text, 1);
	union mdns_reply reply;
	int passed, kind;

	request.map = has;
	ck_assert(ask(fd, &request));
	loop(w);
	kind = next_reply(fd, &reply, &passed);
	if (kind == MDNS_REPLY_WAIT) {
		ck_assert_int_eq(passed, -1);
		ck_assert_uint_eq(reply.head.map, 0);
		when_answered(w);
		kind = next_reply(fd, &reply, &passed);
	}
	ck_assert_int_eq(kind, MDNS_REPLY_ANSWER);
	ck_assert_uint_eq(reply.head.map, w->asked_about.map_id);
	if (passed < 0)
		return false;
	ck_assert(is_same_file(passed, w->asked_about.map_fd));
	close(passed);
	return true;
}

START_TEST(test_map_goes_to_who_has_another)
{
	struct world *w = given_world();
	int map = given_map(w), fd = dial(w), other;

	/* Once for each connection. */
	ck_assert(!gets_map(w, fd, "known.local", MAP_ID));
	ck_assert(gets_map(w, fd, "known.local", 0));
	ck_assert(!gets_map(w, fd, "known.local", 0));
	/* Also with an answer that comes later. */
	other = dial(w);
	ck_assert(gets_map(w, other, "later.local", 5));
	ck_assert(!gets_map(w, other, "later.local", 5));
	/* A new one is a new one. */
	w->asked_about.map_id = 78;
	ck_assert(gets_map(w, fd, "known.local", MAP_ID));
	/* And there may be none. */
	w->asked_about.map_fd = -1;
	w->asked_about.map_id = 0;
	ck_assert(!gets_map(w, fd, "known.local", MAP_ID));
	close(map);
	close(fd);
	close(other);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_descriptors_of_clients_are_not_taken)
{
	struct world *w = given_world();
	struct mdns_request request =
		request_of(MDNS_REQUEST_RESOLVE, "known.local", 1);
	int fd = dial(w), passed[8], i;
	union {
		struct cmsghdr align;
		uint8_t octets[CMSG_SPACE(sizeof(passed))];
	} control = {.octets = {0}};
	struct iovec iov = {&request, sizeof(request)};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	unsigned before;

	for (i = 0; i < 8; i++)
		passed[i] = w->listener;
	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(sizeof(passed));
	memcpy(CMSG_DATA(&control.align), passed, sizeof(passed));
	resolve(w, fd, "known.local", 1);
	then_next(fd, "answer 1 0 192.0.2.1");
	before = count_descriptors();
	ck_assert_int_gt(sendmsg(fd, &msg, 0), 0);
	loop(w);
	ck_assert_uint_eq(clients_count(w->clients), 0);
	ck_assert_uint_eq(count_descriptors(), before - 1);
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

/* --- RECONFIRM, FLUSH, STATUS --- */

START_TEST(test_reconfirm_asks_again)
{
	struct world *w = given_world();
	struct mdns_request request =
		request_of(MDNS_REQUEST_RECONFIRM, "a.local", 2);
	int fd = dial(w);

	tell(w, fd, MDNS_REQUEST_RECONFIRM, "a.local", MDNS_TYPE_A, 1);
	then_next(fd, "done 1");
	ck_assert_uint_eq(questions(w, LINK), 0);
	when_heard_address(w, LINK, "a.local", "192.0.2.7", 120);
	when_heard_address(w, OTHER_LINK, "a.local", "192.0.2.7", 120);
	request.type = MDNS_TYPE_A;
	request.ifindex = OTHER_LINK;
	ck_assert(ask(fd, &request));
	loop(w);
	then_next(fd, "done 2");
	ck_assert_uint_eq(questions(w, LINK), 0);
	ck_assert_uint_eq(questions(w, OTHER_LINK), 1);
	ck_assert_uint_eq(w->settled, 2);
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_flush_is_for_root_and_us)
{
	struct world *w = given_world();
	int fd = dial(w);

	tell(w, fd, MDNS_REQUEST_FLUSH, NULL, 0, 1);
	then_next(fd, "done 1");
	ck_assert_uint_eq(w->flushed, 1);
	close(fd);
	if (can_be_others()) {
		fd = dial_as(w, SOMEBODY);
		tell(w, fd, MDNS_REQUEST_FLUSH, NULL, 0, 2);
		then_next(fd, "refused 2 -9");
		ck_assert_uint_eq(w->flushed, 1);
		resolve(w, fd, "known.local", 3);
		then_next(fd, "answer 3 0 192.0.2.1");
		/* The helper is one of them now; root is root. */
		ck_assert_int_eq(seteuid(SOMEBODY), 0);
		tell(w, fd, MDNS_REQUEST_FLUSH, NULL, 0, 4);
		then_next(fd, "done 4");
		ck_assert_int_eq(seteuid(0), 0);
		close(fd);
		fd = dial(w);
		loop(w);
		ck_assert_int_eq(seteuid(SOMEBODY), 0);
		tell(w, fd, MDNS_REQUEST_FLUSH, NULL, 0, 5);
		then_next(fd, "done 5");
		ck_assert_int_eq(seteuid(0), 0);
		close(fd);
	}
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_status_counts)
{
	struct world *w = given_world();
	int fd = dial(w), other = dial(w), bad = dial(w);
	union mdns_reply reply;

	w->links_described = 2;
	resolve(w, other, "later.local", 1);
	resolve(w, other, "known.local", 2);
	resolve(w, other, "www.example.com", 3);
	tell(w, other, MDNS_REQUEST_WATCH, "a.local", MDNS_TYPE_A, 4);
	ck_assert(send_octets(bad, "?", 1));
	loop(w);
	tell(w, fd, MDNS_REQUEST_STATUS, NULL, 0, 7);
	then_next(fd, "link 7");
	ck_assert_int_eq(next_reply(fd, &reply, NULL), MDNS_REPLY_LINK);
	ck_assert_uint_eq(reply.link.ifindex, 2);
	ck_assert_int_eq(next_reply(fd, &reply, NULL), MDNS_REPLY_STATUS);
	ck_assert_uint_eq(reply.head.id, 7);
	ck_assert_uint_eq(reply.status.links, 2);
	ck_assert_uint_eq(reply.status.clients, 2);
	ck_assert_uint_eq(reply.status.names, 5);
	ck_assert_uint_eq(reply.status.waiting, 1);
	ck_assert_uint_eq(reply.status.watches, 1);
	ck_assert_uint_eq(reply.status.requests, 6);
	ck_assert_uint_eq(reply.status.refused, 2);
	ck_assert_uint_eq(reply.status.dropped, 0);
	then_next(fd, "nothing");
	close(fd);
	close(other);
	close(bad);
	then_nothing_is_left(w);
}
END_TEST

/* --- what is no request --- */

/* That one goes, with a word; another one is answered as ever. */
static void then_it_is_no_request(
	struct world *w, const void *octets, size_t size, const char *what)
{
	int fd = dial(w), other = dial(w);
	const char *reply;

	ck_assert(send_octets(fd, octets, size));
	/* What comes behind it is not read any more. */
	ck_assert(send_octets(fd, octets, size));
	loop(w);
	reply = story(fd);
	ck_assert_msg(
		strcmp(reply, "refused 0 -2") == 0, "%s: %s", what, reply);
	then_next(fd, "ended");
	ck_assert_uint_eq(clients_count(w->clients), 1);
	resolve(w, other, "known.local", 1);
	then_next(other, "answer 1 0 192.0.2.1");
	close(fd);
	close(other);
	loop(w);
}

START_TEST(test_every_other_length)
{
	struct world *w = given_world();
	uint8_t octets[2 * sizeof(struct mdns_request)] = {0};
	struct mdns_request good =
		request_of(MDNS_REQUEST_RESOLVE, "known.local", 1);
	size_t size;

	memcpy(octets, &good, sizeof(good));
	for (size = 1; size <= sizeof(octets); size++) {
		char what[32];

		snprintf(what, sizeof(what), "%zu octets", size);
		if (size != sizeof(good))
			then_it_is_no_request(w, octets, size, what);
	}
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_malformed)
{
	struct world *w = given_world();
	struct mdns_request good =
		request_of(MDNS_REQUEST_RESOLVE, "known.local", 1);
	struct mdns_request request;

#define MALFORMED(change) \
	do { \
		request = good; \
		change; \
		then_it_is_no_request(w, &request, sizeof(request), #change); \
	} while (0)
	MALFORMED(request.protocol++);
	MALFORMED(request.protocol = 0);
	MALFORMED(request.op = 0);
	MALFORMED(request.op = MDNS_REQUEST_STATUS + 1);
	MALFORMED(request.op = UINT16_MAX);
	MALFORMED(request.op = MDNS_REQUEST_STATUS); /* with a name */
	MALFORMED(request.op = MDNS_REQUEST_WATCH);  /* without a type */
	MALFORMED(request.type = 1);
	MALFORMED(request.once = 2);
	MALFORMED(request.name_len = 0);
	MALFORMED(request.name_len--);
	MALFORMED(request.name_len++);
	MALFORMED(request.name_len = MDNS_NAME_MAX + 1);
	MALFORMED(request.name_len = UINT16_MAX);
	MALFORMED(request.name[0] = 0xc0);
	MALFORMED(request.name[0] = 64);
	MALFORMED(request.name[MDNS_NAME_MAX - 1] = 1);
#undef MALFORMED
	then_nothing_is_left(w);
}
END_TEST

/* Whatever comes, there is a reply or an end, and the next one is served. */
START_TEST(test_random_octets)
{
	struct world *w = given_world();
	struct mdns_random random;
	unsigned i, j;

	mdns_random_init(&random, 4711);
	for (i = 0; i < 3000; i++) {
		struct mdns_request request =
			request_of((enum mdns_request_op)(1 + i % 6),
				i % 6 < 4 ? "known.local" : NULL, 1);
		uint8_t *octets = (uint8_t *)&request;
		unsigned flips = mdns_random_below(&random, 4);
		int fd = dial(w);

		for (j = 0; j < flips; j++)
			octets[mdns_random_below(&random, sizeof(request))] ^=
				(uint8_t)(1u << mdns_random_below(&random, 8));
		if (i % 3 == 0)
			for (j = 0; j < sizeof(request); j++)
				octets[j] = (uint8_t)mdns_random_below(
					&random, 256);
		ck_assert(ask(fd, &request));
		loop(w);
		unit_assert(strcmp(story(fd), "nothing") != 0);
		close(fd);
	}
	loop(w);
	ck_assert_uint_eq(clients_count(w->clients), 0);
	then_nothing_is_left(w);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("helper/clients");
	TCase *tcase = tcase_create("clients");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_known_is_answered_at_once);
	tcase_add_test(tcase, test_unknown_waits);
	tcase_add_test(tcase, test_who_waits_is_told_again);
	tcase_add_test(tcase, test_another_network_namespace);
	tcase_add_test(tcase, test_ids_come_back);
	tcase_add_test(tcase, test_one_batch_settles_once);
	tcase_add_test(tcase, test_answers_inside_settle);
	tcase_add_test(tcase, test_gone_inside_settle);
	tcase_add_test(tcase, test_deadlines);
	tcase_add_test(tcase, test_refusals);
	tcase_add_test(tcase, test_map_goes_to_who_has_another);
	tcase_add_test(tcase, test_descriptors_of_clients_are_not_taken);
	tcase_add_test(tcase, test_reconfirm_asks_again);
	tcase_add_test(tcase, test_flush_is_for_root_and_us);
	tcase_add_test(tcase, test_status_counts);
	tcase_add_test(tcase, test_every_other_length);
	tcase_add_test(tcase, test_malformed);
	tcase_add_test(tcase, test_random_octets);
	suite_add_tcase(suite, tcase);
	return suite;
}
