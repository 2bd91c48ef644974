/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/helper/clients: those that hang up, do not read, or do
 * nothing. */
#include <linux/sockios.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "resolver/sys.h"
#include "tests/helper/clients_world.h"
#include "tools/helper/clients_private.h"

/* --- who hangs up --- */

START_TEST(test_hang_up_ends_everything)
{
	struct world *w = given_world();
	unsigned how, before = count_descriptors();

	for (how = 0; how < 3; how++) {
		int fd = dial(w);

		resolve(w, fd, "later.local", 1);
		resolve(w, fd, "other.local", 2);
		tell(w, fd, MDNS_REQUEST_WATCH, "a.local", MDNS_TYPE_A, 3);
		ck_assert_uint_eq(count_waiting_names(w), 2);
		ck_assert_uint_eq(w->querier.standing.count, 1);
		if (how == 0)
			close(fd);
		else
			shutdown(fd, how == 1 ? SHUT_WR : SHUT_RDWR);
		ck_assert_uint_le(loop(w), 2);
		ck_assert_uint_eq(count_waiting_names(w), 0);
		ck_assert_uint_eq(w->canceled, 2 * (how + 1));
		ck_assert_uint_eq(w->querier.standing.count, 0);
		ck_assert_uint_eq(clients_count(w->clients), 0);
		/* Nothing is left that could cost something. */
		ck_assert_uint_eq(loop_for(w, 20), 0);
		if (how > 0)
			close(fd);
		ck_assert_uint_eq(count_descriptors(), before);
	}
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_hang_up_at_once)
{
	struct world *w = given_world();
	unsigned how;

	/* With requests that nobody will read the answers to: the first, which
	 * is read with the connection, is for nothing, the others are not read
	 * at all. */
	for (how = 0; how < 2; how++) {
		int fd = dial(w);

		send_request(fd, MDNS_REQUEST_RESOLVE, "later.local", 0, 1);
		send_request(fd, MDNS_REQUEST_RESOLVE, "known.local", 0, 2);
		if (how == 0)
			close(fd);
		else
			shutdown(fd, SHUT_WR);
		ck_assert_uint_le(loop(w), 2);
		ck_assert_uint_eq(clients_count(w->clients), 0);
		ck_assert_uint_eq(count_waiting_names(w), 0);
		ck_assert_uint_eq(w->asked, how + 1);
		ck_assert_uint_eq(w->canceled, how + 1);
		ck_assert_uint_eq(w->known, 0);
		if (how > 0)
			close(fd);
	}
	then_nothing_is_left(w);
}
END_TEST

/* The kernel forgets a socket only when the last one who has it closes it. */
START_TEST(test_hang_up_while_another_process_has_it)
{
	struct world *w = given_world();
	int fd = dialled_as(w, 0);
	pid_t other = fork();

	ck_assert_int_ge(other, 0);
	if (other == 0) {
		close(fd);
		for (;;)
			pause();
	}
	shutdown(fd, SHUT_RDWR);
	loop(w);
	ck_assert_uint_eq(clients_count(w->clients), 0);
	ck_assert_uint_eq(loop_for(w, 20), 0);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

/* What the answer meets is a connection that has just gone: the asker before
 * it and the one behind it are answered all the same. */
START_TEST(test_hang_up_while_answers_go_out)
{
	struct world *w = given_world();
	int before = dial(w), gone = dial(w), behind = dial(w);

	resolve(w, before, "later.local", 1);
	resolve(w, gone, "later.local", 2);
	resolve(w, gone, "later.local", 3);
	resolve(w, behind, "later.local", 4);
	close(gone);
	when_all_are_answered(w);
	then_next(before, "wait 1");
	then_next(before, "answer 1 0 192.0.2.1");
	then_next(behind, "wait 4");
	then_next(behind, "answer 4 0 192.0.2.1");
	loop(w);
	ck_assert_uint_eq(clients_count(w->clients), 2);
	ck_assert_uint_eq(w->canceled, 0);
	close(before);
	close(behind);
	then_nothing_is_left(w);
}
END_TEST

/* --- who does not read --- */

START_TEST(test_what_is_queued_is_read_in_order)
{
	struct world *w = given_world();
	union mdns_reply reply;
	int fd = dial(w), i, n = 0;

	tell(w, fd, MDNS_REQUEST_WATCH, "a.local", MDNS_TYPE_A, 1);
	then_next(fd, "done 1");
	tell(w, fd, MDNS_REQUEST_WATCH, "b.local", MDNS_TYPE_A, 1);
	then_next(fd, "done 1");
	for (i = 0; i < 900; i++)
		when_heard_number(w, (unsigned)i);
	ck_assert_uint_eq(clients_count(w->clients), 1);
	/* Nothing spins while it does not read. */
	ck_assert_uint_eq(loop_for(w, 20), 0);
	/* What comes next waits its turn, though the kernel had room for it. */
	for (; n < 3; n++)
		ck_assert_int_eq(
			next_reply(fd, &reply, NULL), MDNS_REPLY_EVENT);
	for (; i < 920; i++)
		when_heard_number(w, (unsigned)i);
	while (next_reply(fd, &reply, NULL) == MDNS_REPLY_EVENT) {
		const uint8_t *rdata = reply.event.rdata;

		ck_assert_uint_eq(reply.event.rdlength, 4);
		ck_assert_int_eq(rdata[0], 10);
		ck_assert_int_eq(rdata[2] << 8 | rdata[3], n);
		n++;
		loop(w);
	}
	ck_assert_int_eq(n, 920);
	/* And then it is as it was. */
	ck_assert_uint_eq(loop_for(w, 20), 0);
	when_heard_number(w, 950);
	then_next(fd, "+ 1 3 A 182");
	resolve(w, fd, "known.local", 2);
	then_next(fd, "answer 2 0 192.0.2.1");
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_who_does_not_read_is_dropped)
{
	struct world *w = given_world();
	int fd = dial(w), other = dial(w);
	unsigned i;

	tell(w, fd, MDNS_REQUEST_WATCH, "a.local", MDNS_TYPE_A, 1);
	tell(w, fd, MDNS_REQUEST_WATCH, "b.local", MDNS_TYPE_A, 1);
	tell(w, fd, MDNS_REQUEST_WATCH, "c.local", MDNS_TYPE_A, 1);
	tell(w, fd, MDNS_REQUEST_WATCH, "d.local", MDNS_TYPE_A, 1);
	for (i = 0; i < 2000 && clients_count(w->clients) == 2; i++)
		when_heard_number(w, i);
	ck_assert_uint_eq(clients_count(w->clients), 1);
	/* Its watches go when the loop comes round, not from inside. */
	ck_assert_uint_eq(w->querier.standing.count, 4);
	loop(w);
	ck_assert_uint_eq(w->querier.standing.count, 0);
	resolve(w, other, "known.local", 1);
	then_next(other, "answer 1 0 192.0.2.1");
	/* 360 octets an event, without the zeros at its end, and a few that
	 * the kernel holds. */
	ck_assert_uint_ge(i, CLIENTS_QUEUED_ONE_MAX / 400);
	ck_assert_uint_le(i, CLIENTS_QUEUED_ONE_MAX / 300);
	close(fd);
	close(other);
	then_nothing_is_left(w);
}
END_TEST

/* What the kernel holds for the helper's end of its one connection, and may. */
static int held_by_the_kernel(const struct world *w)
{
	int octets = 0;

	ck_assert_int_eq(ioctl(w->clients->first->fd, SIOCOUTQ, &octets), 0);
	return octets;
}

static int send_buffer(const struct world *w)
{
	socklen_t size = sizeof(int);
	int octets = 0;

	ck_assert_int_eq(getsockopt(w->clients->first->fd, SOL_SOCKET,
				 SO_SNDBUF, &octets, &size),
		0);
	return octets;
}

/* That is charged to the helper, and not counted by it. */
START_TEST(test_what_the_kernel_holds_is_little)
{
	struct world *w = given_world();
	int fd = dial(w);
	unsigned i;

	tell(w, fd, MDNS_REQUEST_WATCH, "a.local", MDNS_TYPE_A, 1);
	for (i = 0; i < 500; i++)
		when_heard_number(w, i);
	ck_assert_uint_eq(clients_count(w->clients), 1);
	ck_assert_int_gt(held_by_the_kernel(w), 0);
	ck_assert_int_le(held_by_the_kernel(w), 20 << 10);
	then_next(fd, "done 1");
	for (i = 0; next_reply(fd, &(union mdns_reply){0}, NULL) > 0; i++)
		loop(w);
	ck_assert_uint_eq(i, 500);
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

/* A lookup, even one over the network, is not to cost a system call more. */
START_TEST(test_one_lookup_is_sent_freely)
{
	struct world *w = given_world();
	int fd = dialled_as(w, 0), buffer = send_buffer(w);

	resolve(w, fd, "later.local", 1);
	when_answered(w);
	then_next(fd, "wait 1");
	then_next(fd, "answer 1 0 192.0.2.1");
	ck_assert_int_eq(send_buffer(w), buffer);
	resolve(w, fd, "known.local", 2);
	then_next(fd, "answer 2 0 192.0.2.1");
	ck_assert_int_lt(send_buffer(w), buffer);
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_who_asks_and_does_not_read_is_dropped)
{
	struct world *w = given_world();
	struct mdns_request request = request_of(MDNS_REQUEST_STATUS, NULL, 1);
	int fd = dial(w);
	unsigned i;

	w->links_described = 30;
	for (i = 0; i < 100000; i++) {
		if (!ask(fd, &request))
			break;
		loop(w);
	}
	ck_assert_uint_eq(clients_count(w->clients), 0);
	ck_assert_uint_lt(i, 1000);
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

/* Octets are counted for the uid as well: connections are no way round. */
START_TEST(test_queues_of_one_uid)
{
	struct world *w = given_world();
	unsigned i, count = 8;
	int fds[8];

	for (i = 0; i < count; i++) {
		fds[i] = dial(w);
		tell(w, fds[i], MDNS_REQUEST_WATCH, "a.local", MDNS_TYPE_A, 1);
		tell(w, fds[i], MDNS_REQUEST_WATCH, "b.local", MDNS_TYPE_A, 1);
		tell(w, fds[i], MDNS_REQUEST_WATCH, "c.local", MDNS_TYPE_A, 1);
	}
	/* 1300 events of 360 octets are nearly all that a connection may have:
	 * of 8 connections the uid's share is enough for 2. */
	for (i = 0; i < 1300; i++)
		when_heard_number(w, i);
	ck_assert_uint_eq(clients_count(w->clients), 2);
	loop(w);
	close_all(fds, count);
	then_nothing_is_left(w);
}
END_TEST

/* --- who does nothing --- */

START_TEST(test_idle_ones_are_dropped)
{
	struct world *w = given_world();
	int idle, waiting, watching, unread, busy, i;
	uint64_t rounds;

	w->asked_about.idle_time = 50 * MDNS_MSEC;
	idle = dial(w);
	waiting = dial(w);
	watching = dial(w);
	unread = dial(w);
	loop(w);
	resolve(w, waiting, "later.local", 1);
	tell(w, watching, MDNS_REQUEST_WATCH, "c.local", MDNS_TYPE_A, 1);
	tell(w, unread, MDNS_REQUEST_WATCH, "a.local", MDNS_TYPE_A, 1);
	tell(w, unread, MDNS_REQUEST_WATCH, "b.local", MDNS_TYPE_A, 1);
	for (i = 0; i < 1000; i++)
		when_heard_number(w, (unsigned)i);
	ck_assert_uint_eq(clients_count(w->clients), 4);
	/* The timer may take a second more. */
	loop_for(w, 1200);
	ck_assert_uint_eq(clients_count(w->clients), 2);
	then_next(idle, "ended");
	then_next(watching, "done 1");
	/* Who is no longer waiting is idle from then on. */
	when_all_are_answered(w);
	then_next_but(waiting, "wait 1", "answer 1 0 192.0.2.1");
	loop_for(w, 1200);
	then_next(waiting, "ended");
	ck_assert_uint_eq(clients_count(w->clients), 1);
	then_next(watching, "nothing");
	close(watching);
	loop_for(w, 1200);
	/* With nobody there the timer rests. */
	rounds = w->rounds;
	loop_for(w, 1500);
	ck_assert_uint_eq(w->rounds, rounds);
	/* Who says something now and then stays. */
	w->asked_about.idle_time = 1500 * MDNS_MSEC;
	busy = dial(w);
	for (i = 0; i < 4; i++) {
		loop_for(w, 700);
		resolve(w, busy, "known.local", 1);
		then_next(busy, "answer 1 0 192.0.2.1");
	}
	close(busy);
	close(idle);
	close(waiting);
	close(unread);
	then_nothing_is_left(w);
}
END_TEST

/* The timer goes on to the next one by itself. */
START_TEST(test_idle_ones_one_after_the_other)
{
	struct world *w = given_world();
	int first, second;

	w->asked_about.idle_time = 1200 * MDNS_MSEC;
	first = dialled_as(w, 0);
	loop_for(w, 1100);
	second = dialled_as(w, 0);
	/* A second more than its time at most, which is before the second's. */
	loop_for(w, 1150);
	then_next(first, "ended");
	then_next(second, "nothing");
	loop_for(w, 1150);
	then_next(second, "ended");
	close(first);
	close(second);
	then_nothing_is_left(w);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("helper/clients leave");
	TCase *tcase = tcase_create("leave");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_hang_up_ends_everything);
	tcase_add_test(tcase, test_hang_up_at_once);
	tcase_add_test(tcase, test_hang_up_while_another_process_has_it);
	tcase_add_test(tcase, test_hang_up_while_answers_go_out);
	tcase_add_test(tcase, test_what_is_queued_is_read_in_order);
	tcase_add_test(tcase, test_what_the_kernel_holds_is_little);
	tcase_add_test(tcase, test_one_lookup_is_sent_freely);
	tcase_add_test(tcase, test_who_does_not_read_is_dropped);
	tcase_add_test(tcase, test_who_asks_and_does_not_read_is_dropped);
	tcase_add_test(tcase, test_queues_of_one_uid);
	tcase_add_test(tcase, test_idle_ones_are_dropped);
	tcase_add_test(tcase, test_idle_ones_one_after_the_other);
	suite_add_tcase(suite, tcase);
	return suite;
}
