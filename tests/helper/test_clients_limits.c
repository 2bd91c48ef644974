/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/helper/clients: limits, what runs out, and who does far too
 * much. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "resolver/sys.h"
#include "tests/helper/clients_world.h"

#define MANY 5000
#define LOOKS 100

static int many[MANY];

/* Descriptors for both ends; false if the system does not give as many. */
static bool may_open(unsigned count)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < count) {
		limit.rlim_cur = count;
		if (limit.rlim_max < count)
			limit.rlim_max = count;
		return setrlimit(RLIMIT_NOFILE, &limit) == 0;
	}
	return true;
}

/* --- limits --- */

static int keep_busy(
	sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	(void)source, (void)fd, (void)events, (void)userdata;
	mdns_sys_poll(NULL, 0, mdns_sys_now() + MDNS_MSEC);
	return 0;
}

/* Others that are always ready do not keep those out who connect. */
START_TEST(test_a_crowd_at_a_busy_loop)
{
	struct world *w = given_world();
	sd_event_source *source;
	int fds[LOOKS], ready = eventfd(1, EFD_CLOEXEC);
	unsigned i;

	ck_assert_int_ge(ready, 0);
	ck_assert_int_ge(sd_event_add_io(w->event, &source, ready, EPOLLIN,
				 keep_busy, NULL),
		0);
	for (i = 0; i < LOOKS; i++)
		fds[i] = dial(w);
	for (i = 0; i < 20; i++)
		ck_assert_int_ge(sd_event_run(w->event, 0), 0);
	ck_assert_uint_eq(clients_count(w->clients), LOOKS);
	sd_event_source_disable_unref(source);
	close(ready);
	close_all(fds, LOOKS);
	loop(w);
	then_nothing_is_left(w);
}
END_TEST

/* To watch and to doubt are questions as well: so many at once, and then so many
 * a second. */
START_TEST(test_questions_of_one_uid)
{
	static const enum mdns_request_op ops[] = {
		MDNS_REQUEST_WATCH, MDNS_REQUEST_RECONFIRM};

	for (unsigned i = 0; i < 2; i++) {
		struct world *w = given_world();
		mdns_time start = mdns_sys_boottime();
		unsigned asked = 0;
		uint64_t seconds;
		bool again = true;

		while (again) {
			int fd = dial(w);

			tell(w, fd, ops[i], "a.local", MDNS_TYPE_A, 1);
			again = strcmp(story(fd), "done 1") == 0;
			asked += again;
			close(fd);
			loop(w);
			ck_assert_uint_lt(asked, 5 * CLIENTS_ASKS_UID_MAX);
		}
		seconds = (uint64_t)((mdns_sys_boottime() - start) / MDNS_SEC) +
			  1;
		ck_assert_uint_ge(asked, CLIENTS_ASKS_UID_MAX);
		ck_assert_uint_le(
			asked, CLIENTS_ASKS_UID_MAX +
				       CLIENTS_ASKS_UID_SECOND * seconds);
		then_nothing_is_left(w);
	}
}
END_TEST

START_TEST(test_requests_of_one_connection)
{
	struct world *w = given_world();
	char expected[32];
	int fd = dial(w), i;

	for (i = 0; i < CLIENTS_REQUESTS_MAX; i++) {
		resolve(w, fd, "later.local", (uint64_t)i);
		snprintf(expected, sizeof(expected), "wait %d", i);
		then_next(fd, expected);
	}
	resolve(w, fd, "later.local", 99);
	then_next(fd, "refused 99 -10");
	ck_assert_uint_eq(count_waiting_names(w), CLIENTS_REQUESTS_MAX);
	/* Another connection of the same uid has its own, */
	resolve(w, many[0] = dial(w), "later.local", 1);
	then_next(many[0], "wait 1");
	/* and when one is over there is room for one. */
	when_answered(w);
	then_next(fd, "answer 0 0 192.0.2.1");
	resolve(w, fd, "later.local", 100);
	then_next(fd, "wait 100");
	resolve(w, fd, "later.local", 101);
	then_next(fd, "refused 101 -10");
	close(many[0]);
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

/* Fills the waiting requests of a uid; the connections are added to many. */
static unsigned fill_waiting(
	struct world *w, unsigned uid, unsigned requests, unsigned used)
{
	unsigned i;

	for (i = 0; i < requests; i++) {
		if (i % CLIENTS_REQUESTS_MAX == 0)
			many[used++] = dialled_as(w, uid);
		resolve(w, many[used - 1], "later.local", 1);
		then_next(many[used - 1], "wait 1");
	}
	return used;
}

START_TEST(test_requests_of_one_uid)
{
	struct world *w = given_world();
	unsigned used;
	int fd;

	if (!can_be_others())
		return;
	used = fill_waiting(w, SOMEBODY, CLIENTS_WAITING_UID_MAX, 0);
	fd = dialled_as(w, SOMEBODY);
	resolve(w, fd, "later.local", 1);
	then_next(fd, "refused 1 -10");
	close(fd);
	/* Another uid does not notice. */
	fd = dialled_as(w, SOMEBODY_ELSE);
	resolve(w, fd, "later.local", 1);
	then_next(fd, "wait 1");
	close(fd);
	/* Who hangs up makes room. */
	close(many[--used]);
	loop(w);
	fd = dialled_as(w, SOMEBODY);
	resolve(w, fd, "later.local", 1);
	then_next(fd, "wait 1");
	close(fd);
	close_all(many, used);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_requests_in_all)
{
	struct world *w = given_world();
	unsigned uids = CLIENTS_WAITING_MAX / CLIENTS_WAITING_UID_MAX;
	unsigned used = 0, i;
	int fd;

	if (!can_be_others())
		return;
	for (i = 0; i < uids; i++)
		used = fill_waiting(
			w, SOMEBODY + i, CLIENTS_WAITING_UID_MAX, used);
	ck_assert_uint_eq(count_waiting_names(w), CLIENTS_WAITING_MAX);
	fd = dialled_as(w, SOMEBODY + uids);
	resolve(w, fd, "later.local", 1);
	then_next(fd, "refused 1 -10");
	close_all(many, used);
	loop(w);
	ck_assert_uint_eq(count_waiting_names(w), 0);
	resolve(w, fd, "later.local", 1);
	then_next(fd, "wait 1");
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_watches)
{
	struct world *w = given_world();
	unsigned uids = CLIENTS_WATCHES_MAX / CLIENTS_WATCHES_UID_MAX;
	unsigned uid, i;
	int fd, other;

	if (!can_be_others())
		return;
	for (uid = 0; uid < uids; uid++) {
		many[uid] = dialled_as(w, SOMEBODY + uid);
		for (i = 0; i < CLIENTS_WATCHES_UID_MAX; i++) {
			tell(w, many[uid], MDNS_REQUEST_WATCH, "a.local", 1, 1);
			then_next(many[uid], "done 1");
		}
		if (uid > 0)
			continue;
		/* It is a limit of the uid, however many connections. */
		tell(w, many[0], MDNS_REQUEST_BROWSE, SERVICE, 0, 2);
		then_next(many[0], "refused 2 -10");
		fd = dialled_as(w, SOMEBODY);
		tell(w, fd, MDNS_REQUEST_WATCH, "a.local", 1, 3);
		then_next(fd, "refused 3 -10");
		close(fd);
	}
	fd = dialled_as(w, SOMEBODY + uids);
	tell(w, fd, MDNS_REQUEST_WATCH, "a.local", 1, 1);
	then_next(fd, "refused 1 -10");
	/* Who hangs up makes room, for its uid and for all. */
	other = dialled_as(w, SOMEBODY);
	close(many[0]);
	loop(w);
	tell(w, other, MDNS_REQUEST_WATCH, "a.local", 1, 1);
	then_next(other, "done 1");
	tell(w, fd, MDNS_REQUEST_WATCH, "a.local", 1, 1);
	then_next(fd, "done 1");
	close(other);
	close(fd);
	close_all(many + 1, uids - 1);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_connections_of_one_uid)
{
	struct world *w = given_world();
	unsigned i;
	int fd;

	if (!can_be_others())
		return;
	ck_assert(may_open(2 * CLIENTS_UID_MAX + 100));
	for (i = 0; i < CLIENTS_UID_MAX; i++)
		many[i] = dialled_as(w, SOMEBODY);
	ck_assert_uint_eq(clients_count(w->clients), CLIENTS_UID_MAX);
	/* One more is told why, even if it has asked already. */
	fd = dial_as(w, SOMEBODY);
	send_request(fd, MDNS_REQUEST_RESOLVE, "known.local", 0, 1);
	loop(w);
	then_next(fd, "refused 0 -10");
	then_next(fd, "ended");
	close(fd);
	ck_assert_uint_eq(clients_count(w->clients), CLIENTS_UID_MAX);
	resolve(w, fd = dialled_as(w, SOMEBODY_ELSE), "known.local", 1);
	then_next(fd, "answer 1 0 192.0.2.1");
	close(fd);
	close(many[--i]);
	loop(w);
	resolve(w, fd = dialled_as(w, SOMEBODY), "known.local", 1);
	then_next(fd, "answer 1 0 192.0.2.1");
	close(fd);
	close_all(many, i);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_connections_in_all)
{
	struct world *w = given_world();
	unsigned uids = CLIENTS_MAX / CLIENTS_UID_MAX, i;
	int fd;

	if (!can_be_others() || !may_open(2 * CLIENTS_MAX + 100))
		return;
	for (i = 0; i < CLIENTS_MAX; i++)
		many[i] = dialled_as(w, SOMEBODY + i / CLIENTS_UID_MAX);
	ck_assert_uint_eq(clients_count(w->clients), CLIENTS_MAX);
	fd = dialled_as(w, SOMEBODY + uids);
	then_next(fd, "refused 0 -10");
	then_next(fd, "ended");
	close(fd);
	/* All of them are served. */
	for (i = 0; i < CLIENTS_MAX; i++)
		send_request(
			many[i], MDNS_REQUEST_RESOLVE, "known.local", 0, i);
	loop(w);
	for (i = 0; i < CLIENTS_MAX; i++) {
		char expected[64];

		snprintf(
			expected, sizeof(expected), "answer %u 0 192.0.2.1", i);
		then_next(many[i], expected);
	}
	close_all(many, CLIENTS_MAX);
	loop(w);
	ck_assert_uint_eq(clients_count(w->clients), 0);
	then_nothing_is_left(w);
}
END_TEST

/* --- what runs out --- */

START_TEST(test_out_of_descriptors)
{
	struct world *w = given_world();
	struct rlimit limit, old;
	int first, second, third;
	unsigned rounds;

	/* Given one that is idle, one that waits, and no descriptor for one
	 * more, */
	first = dialled_as(w, 0);
	second = dialled_as(w, 0);
	resolve(w, second, "later.local", 1);
	third = dial(w);
	getrlimit(RLIMIT_NOFILE, &old);
	limit = old;
	limit.rlim_cur = (rlim_t)third + 1;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	/* then the idle one makes way. */
	loop(w);
	then_next(first, "ended");
	resolve(w, third, "later.local", 1);
	then_next(third, "wait 1");
	then_next(second, "wait 1");

	/* With none that is idle it looks again a little later. */
	setrlimit(RLIMIT_NOFILE, &old);
	close(first);
	first = dial(w);
	limit.rlim_cur = (rlim_t)first + 1;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	rounds = loop_for(w, 450);
	ck_assert_uint_ge(rounds, 4);
	ck_assert_uint_le(rounds, 20);
	ck_assert_uint_eq(clients_count(w->clients), 2);
	setrlimit(RLIMIT_NOFILE, &old);
	send_request(first, MDNS_REQUEST_RESOLVE, "known.local", 0, 1);
	loop_for(w, 150);
	then_next(first, "answer 1 0 192.0.2.1");
	close(first);
	close(second);
	close(third);
	then_nothing_is_left(w);
}
END_TEST

/* A life of several clients; what is said to each does not matter. */
static void live(struct world *w)
{
	struct mdns_request request =
		request_of(MDNS_REQUEST_BROWSE, "a.local", 1);
	int fd = dial(w), other = dial(w), i;

	loop(w);
	ask(fd, &request);
	request = request_of(MDNS_REQUEST_WATCH, "a.local", 1);
	request.type = MDNS_TYPE_A;
	ask(fd, &request);
	loop(w);
	send(other, "?", 1, MSG_NOSIGNAL);
	loop(w);
	for (i = 0; i < 400; i++)
		when_heard_number(w, (unsigned)i);
	loop(w);
	close(fd);
	close(other);
	loop(w);
}

START_TEST(test_each_allocation_fails_once)
{
	struct world *w = given_world();
	unsigned n, last;

	allocations = 0;
	live(w);
	last = allocations;
	ck_assert_uint_ge(last, 100);
	for (n = 1; n <= last; n++) {
		int fd;

		mdns_querier_drop_link(&w->querier, LINK, mdns_sys_boottime());
		mdns_querier_add_link(
			&w->querier, LINK, 1400, false, mdns_sys_boottime());
		allocations = 0;
		allocation_that_fails = n;
		live(w);
		allocation_that_fails = 0;
		ck_assert_uint_eq(clients_count(w->clients), 0);
		ck_assert_uint_eq(w->querier.standing.count, 0);
		/* The next one is served. */
		fd = dial(w);
		resolve(w, fd, "known.local", 1);
		then_next(fd, "answer 1 0 192.0.2.1");
		close(fd);
		loop(w);
	}
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_refused_for_want_of_memory)
{
	struct world *w = given_world();
	int fd = dialled_as(w, 0), other;

	/* No memory for a watch, */
	allocations = 0;
	allocation_that_fails = 1;
	tell(w, fd, MDNS_REQUEST_WATCH, "a.local", MDNS_TYPE_A, 1);
	then_next(fd, "refused 1 -10");
	/* and none for one more connection. */
	other = dial(w);
	allocations = 0;
	loop(w);
	then_next(other, "refused 0 -10");
	then_next(other, "ended");
	allocation_that_fails = 0;
	resolve(w, fd, "known.local", 2);
	then_next(fd, "answer 2 0 192.0.2.1");
	close(fd);
	close(other);
	then_nothing_is_left(w);
}
END_TEST

/* --- who does far too much --- */

START_TEST(test_two_thousand_connections)
{
	struct world *w = given_world();
	unsigned i, answered = 0, count = 2000;
	union mdns_reply reply;

	if (!can_be_others() || !may_open(2 * count + 100))
		return;
	for (i = 0; i < count; i++) {
		many[i] = dial_as(w, SOMEBODY + i % 4);
		ck_assert_int_ge(many[i], 0);
		send_request(
			many[i], MDNS_REQUEST_RESOLVE, "later.local", 0, i);
	}
	loop(w);
	ck_assert_uint_eq(clients_count(w->clients), count);
	ck_assert_uint_eq(count_waiting_names(w), 4 * CLIENTS_WAITING_UID_MAX);
	when_all_are_answered(w);
	for (i = 0; i < count; i++) {
		int kind = next_reply(many[i], &reply, NULL);

		ck_assert_uint_eq(reply.head.id, i);
		if (kind == MDNS_REPLY_REFUSED)
			continue;
		ck_assert_int_eq(kind, MDNS_REPLY_WAIT);
		while (kind == MDNS_REPLY_WAIT)
			kind = next_reply(many[i], &reply, NULL);
		ck_assert_int_eq(kind, MDNS_REPLY_ANSWER);
		answered++;
	}
	ck_assert_uint_eq(answered, 4 * CLIENTS_WAITING_UID_MAX);
	close_all(many, count);
	loop(w);
	ck_assert_uint_eq(clients_count(w->clients), 0);
	then_nothing_is_left(w);
}
END_TEST

/* Who has 500 connections that all have much to ask waits longer, and nobody
 * else does. */
START_TEST(test_turns)
{
	struct world *w = given_world();
	unsigned i, j, count = 500, before;
	int fd;

	if (!can_be_others() || !may_open(2 * count + 100))
		return;
	for (i = 0; i < count; i++)
		many[i] = dialled_as(w, SOMEBODY);
	for (i = 0; i < count; i++)
		for (j = 0; j < 20; j++)
			send_request(many[i], MDNS_REQUEST_RESOLVE,
				"known.local", 0, 1);
	fd = dial_as(w, SOMEBODY_ELSE);
	send_request(fd, MDNS_REQUEST_RESOLVE, "known.local", 0, 1);
	before = w->known;
	while (w->known - before < 20 * count) {
		struct pollfd poll_one = {fd, POLLIN, 0};

		sd_event_run(w->event, 0);
		if (poll(&poll_one, 1, 0) == 1)
			break;
	}
	then_next(fd, "answer 1 0 192.0.2.1");
	/* Two for each of them at most. */
	ck_assert_uint_le(w->known - before, 2 * count);
	close(fd);
	close_all(many, count);
	loop(w);
	then_nothing_is_left(w);
}
END_TEST

/* As many connections as it gets, all of them asking as fast as they can and
 * half of them never reading, and new ones all the time. */
static void flood(struct world *w)
{
	struct mdns_request request =
		request_of(MDNS_REQUEST_RESOLVE, "known.local", 1);
	struct mdns_request status = request_of(MDNS_REQUEST_STATUS, NULL, 1);
	unsigned i, n = 0;

	if (setresuid(SOMEBODY, SOMEBODY, SOMEBODY) < 0)
		_exit(1);
	for (;;)
		for (i = 0; i < 600; i++) {
			union mdns_reply reply;

			if (i >= n && (many[n] = dial(w)) >= 0)
				n++;
			if (i >= n)
				continue;
			if (!ask(many[i], i % 2 ? &status : &request) &&
				errno != EAGAIN) {
				close(many[i]);
				many[i] = many[--n];
			} else if (i % 2 == 0) {
				next_reply(many[i], &reply, NULL);
			}
		}
}

static mdns_time ask_one(struct world *w)
{
	struct mdns_request request =
		request_of(MDNS_REQUEST_RESOLVE, "known.local", 1);
	mdns_time start = mdns_sys_now();
	struct pollfd wait = {.events = POLLIN};
	union mdns_reply reply;
	int fd = dial(w);

	if (fd < 0)
		return -1; /* the backlog is full: the direct way is open */
	wait.fd = fd;
	if (!ask(fd, &request) || poll(&wait, 1, 5000) != 1 ||
		next_reply(fd, &reply, NULL) != MDNS_REPLY_ANSWER) {
		close(fd);
		return -2;
	}
	close(fd);
	return mdns_sys_now() - start;
}

/* By exit status: 0 all was well. How long it takes is another matter on a
 * machine that has other things to do. */
static void look_on(struct world *w)
{
	mdns_time end = mdns_sys_now() + 10 * MDNS_SEC, sum = 0, worst = 0;
	unsigned answered = 0, full = 0;

	if (setresuid(SOMEBODY_ELSE, SOMEBODY_ELSE, SOMEBODY_ELSE) < 0)
		_exit(1);
	while (answered < LOOKS && mdns_sys_now() < end) {
		mdns_time took = ask_one(w);

		if (took == -2)
			_exit(2);
		if (took == -1) {
			full++;
			usleep(1000);
			continue;
		}
		answered++;
		sum += took;
		worst = took > worst ? took : worst;
	}
	printf("beside a flood: %u answered, in %.2f ms, at worst %.2f; %u not "
	       "taken\n",
		answered, (double)sum / LOOKS / MDNS_MSEC,
		(double)worst / MDNS_MSEC, full);
	fflush(stdout);
	_exit(answered == LOOKS && full <= answered ? 0 : 3);
}

START_TEST(test_flood_of_another_uid)
{
	struct world *w = given_world();
	pid_t flooder, other;
	mdns_time end;
	int status;

	if (!can_be_others())
		return;
	may_open(4096);
	flooder = fork();
	ck_assert_int_ge(flooder, 0);
	if (flooder == 0)
		flood(w);
	loop_for(w, 300);
	ck_assert_uint_ge(clients_count(w->clients), 200);
	other = fork();
	ck_assert_int_ge(other, 0);
	if (other == 0)
		look_on(w);
	end = mdns_sys_now() + 20 * MDNS_SEC;
	while (waitpid(other, &status, WNOHANG) == 0) {
		unit_assert(mdns_sys_now() < end);
		sd_event_run(w->event, 1000);
	}
	kill(flooder, SIGKILL);
	waitpid(flooder, NULL, 0);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	loop(w);
	ck_assert_uint_eq(clients_count(w->clients), 0);
	then_nothing_is_left(w);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("helper/clients limits");
	TCase *tcase = tcase_create("limits");
	TCase *slow = tcase_create("takes time");

	tcase_set_timeout(tcase, 60);
	tcase_set_timeout(slow, 60);
	tcase_add_test(tcase, test_a_crowd_at_a_busy_loop);
	tcase_add_test(tcase, test_questions_of_one_uid);
	tcase_add_test(tcase, test_requests_of_one_connection);
	tcase_add_test(tcase, test_requests_of_one_uid);
	tcase_add_test(tcase, test_requests_in_all);
	tcase_add_test(tcase, test_watches);
	tcase_add_test(tcase, test_connections_of_one_uid);
	tcase_add_test(tcase, test_connections_in_all);
	tcase_add_test(slow, test_out_of_descriptors);
	tcase_add_test(tcase, test_each_allocation_fails_once);
	tcase_add_test(tcase, test_refused_for_want_of_memory);
	tcase_add_test(tcase, test_two_thousand_connections);
	tcase_add_test(tcase, test_turns);
	tcase_add_test(slow, test_flood_of_another_uid);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, slow);
	return suite;
}
