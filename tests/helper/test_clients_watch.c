/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/helper/clients: what those who watch are told. */
#include <string.h>
#include <unistd.h>

#include "resolver/sys.h"
#include "tests/helper/clients_world.h"

START_TEST(test_watch_tells_what_is_and_what_comes)
{
	struct world *w = given_world();
	int fd = dial(w);

	tell(w, fd, MDNS_REQUEST_WATCH, "a.local", MDNS_TYPE_A, 1);
	then_next(fd, "done 1");
	then_next(fd, "nothing");
	ck_assert_uint_eq(questions(w, LINK), 1);
	ck_assert_uint_eq(questions(w, OTHER_LINK), 1);
	ck_assert_uint_eq(w->settled, 1);
	when_heard_address(w, LINK, "a.local", "192.0.2.7", 120);
	when_heard_address(w, OTHER_LINK, "A.LOCAL", "192.0.2.8", 120);
	/* The same again is no news; others are none of its business. */
	when_heard_address(w, LINK, "a.local", "192.0.2.7", 120);
	when_heard_address(w, LINK, "a.local", "2001:db8::1", 120);
	when_heard_address(w, LINK, "b.local", "192.0.2.9", 120);
	then_next(fd, "+ 1 3 A 7");
	then_next(fd, "+ 1 4 A 8");
	then_next(fd, "nothing");

	/* A second one learns first what the first one knows. */
	tell(w, fd, MDNS_REQUEST_WATCH, "A.local", MDNS_TYPE_A, 2);
	then_next(fd, "done 2");
	then_next(fd, "+ 2 4 A 8");
	then_next(fd, "+ 2 3 A 7");
	then_next(fd, "nothing");
	when_heard_address(w, LINK, "a.local", "192.0.2.9", 120);
	then_next(fd, "+ 2 3 A 9");
	then_next(fd, "+ 1 3 A 9");
	mdns_querier_drop_link(&w->querier, LINK, mdns_sys_boottime());
	then_next(fd, "- 2 3 A 9");
	then_next(fd, "- 1 3 A 9");
	then_next(fd, "- 2 3 A 7");
	then_next(fd, "- 1 3 A 7");
	then_next(fd, "nothing");

	ck_assert_uint_eq(w->querier.standing.count, 1);
	close(fd);
	loop(w);
	ck_assert_uint_eq(w->querier.standing.count, 0);
	ck_assert_uint_eq(clients_count(w->clients), 0);
	ck_assert_uint_eq(w->settled, 3);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_browse_is_for_pointers)
{
	struct world *w = given_world();
	struct mdns_name name = unit_name("x._ipp._tcp.local");
	int fd = dial(w);

	tell(w, fd, MDNS_REQUEST_BROWSE, SERVICE, 0, 1);
	then_next(fd, "done 1");
	when_heard(w, LINK, SERVICE, MDNS_TYPE_PTR, name.wire, name.len, 120);
	then_next(fd, "+ 1 3 PTR 0");
	when_heard_address(w, LINK, SERVICE, "192.0.2.7", 120);
	then_next(fd, "nothing");
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_event_says_everything)
{
	struct world *w = given_world();
	struct mdns_name name = unit_name("X._ipp._tcp.local");
	struct mdns_name service = unit_name("_IPP._tcp.local");
	union mdns_reply reply;
	int fd = dial(w);

	tell(w, fd, MDNS_REQUEST_BROWSE, SERVICE, 0, 1);
	then_next(fd, "done 1");
	when_heard(w, LINK, "_IPP._tcp.local", MDNS_TYPE_PTR, name.wire,
		name.len, 120);
	ck_assert_int_eq(next_reply(fd, &reply, NULL), MDNS_REPLY_EVENT);
	ck_assert_uint_eq(reply.event.ifindex, LINK);
	ck_assert_uint_ge(reply.event.ttl, 118);
	ck_assert_uint_le(reply.event.ttl, 120);
	ck_assert_uint_eq(reply.event.type, MDNS_TYPE_PTR);
	ck_assert_uint_eq(reply.event.name_len, service.len);
	ck_assert_mem_eq(reply.event.name, service.wire, service.len);
	ck_assert_uint_eq(reply.event.rdlength, name.len);
	ck_assert_mem_eq(reply.event.rdata, name.wire, name.len);
	ck_assert_uint_eq(reply.head.map, 0);
	ck_assert_int_eq(reply.head.status, 0);
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_long_data_is_left_out)
{
	struct world *w = given_world();
	static uint8_t text[MDNS_EVENT_RDATA_MAX + 1];
	static const size_t sizes[] = {
		MDNS_EVENT_RDATA_MAX, MDNS_EVENT_RDATA_MAX + 1};
	union mdns_reply reply;
	int fd = dial(w);

	tell(w, fd, MDNS_REQUEST_WATCH, "a.local", 16, 1);
	then_next(fd, "done 1");
	for (size_t i = 0; i < 2; i++) {
		size_t at;

		/* Character strings of at most 255 octets (RFC 1035 3.3.14). */
		memset(text, 'x', sizeof(text));
		for (at = 0; at < sizes[i]; at += 256)
			text[at] = (uint8_t)(sizes[i] - at > 255
						     ? 255
						     : sizes[i] - at - 1);
		when_heard(w, LINK, "a.local", 16, text, sizes[i], 120);
		ck_assert_int_eq(
			next_reply(fd, &reply, NULL), MDNS_REPLY_EVENT);
		ck_assert_uint_eq(reply.event.rdlength, sizes[i]);
		ck_assert_uint_eq(reply.event.rdata[1], i == 0 ? 'x' : 0);
	}
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_watch_of_all_types)
{
	struct world *w = given_world();
	int fd = dial(w);

	when_heard_address(w, LINK, "a.local", "192.0.2.6", 120);
	tell(w, fd, MDNS_REQUEST_WATCH, "a.local", MDNS_TYPE_ANY, 1);
	then_next(fd, "done 1");
	then_next(fd, "+ 1 3 A 6");
	when_heard_address(w, LINK, "a.local", "192.0.2.7", 120);
	when_heard_address(w, LINK, "a.local", "2001:db8::8", 120);
	then_next(fd, "+ 1 3 A 7");
	then_next(fd, "+ 1 3 other 8");
	close(fd);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_watch_on_one_link)
{
	struct world *w = given_world();
	struct mdns_request request =
		request_of(MDNS_REQUEST_WATCH, "a.local", 1);
	mdns_time now = mdns_sys_boottime();
	int fd = dial(w), other = dial(w);

	when_heard_address(w, OTHER_LINK, "a.local", "192.0.2.6", 120);
	request.type = MDNS_TYPE_A;
	request.ifindex = LINK;
	ck_assert(ask(fd, &request));
	loop(w);
	then_next(fd, "done 1");
	ck_assert_uint_eq(questions(w, LINK), 1);
	ck_assert_uint_eq(questions(w, OTHER_LINK), 0);
	when_heard_address(w, OTHER_LINK, "a.local", "192.0.2.7", 120);
	when_heard_address(w, LINK, "a.local", "192.0.2.8", 120);
	then_next(fd, "+ 1 3 A 8");
	then_next(fd, "nothing");

	/* It ends with the link, and takes no other one's question along when
	 * the link is back. */
	tell(w, fd, MDNS_REQUEST_WATCH, "b.local", MDNS_TYPE_A, 2);
	then_next(fd, "done 2");
	mdns_querier_drop_link(&w->querier, LINK, now);
	clients_drop_link(w->clients, LINK);
	then_next(fd, "- 1 3 A 8");
	then_next(fd, "refused 1 -8");
	then_next(fd, "nothing");
	mdns_querier_add_link(&w->querier, LINK, 1400, false, now);
	ck_assert(ask(other, &request));
	loop(w);
	then_next(other, "done 1");
	ck_assert_uint_eq(questions(w, LINK), 2);
	close(fd);
	loop(w);
	ck_assert_uint_eq(questions(w, LINK), 1);
	close(other);
	loop(w);
	ck_assert_uint_eq(questions(w, LINK), 0);
	then_nothing_is_left(w);
}
END_TEST

START_TEST(test_watched_names)
{
	struct world *w = given_world();
	struct mdns_name name = unit_name("A.local");
	struct mdns_name other = unit_name("b.local");
	int fd = dial(w);

	ck_assert(!clients_watch(w->clients, &name));
	tell(w, fd, MDNS_REQUEST_WATCH, "a.local", MDNS_TYPE_A, 1);
	ck_assert(clients_watch(w->clients, &name));
	ck_assert(!clients_watch(w->clients, &other));
	close(fd);
	loop(w);
	ck_assert(!clients_watch(w->clients, &name));
	then_nothing_is_left(w);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("helper/clients watch");
	TCase *tcase = tcase_create("watch");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_watch_tells_what_is_and_what_comes);
	tcase_add_test(tcase, test_browse_is_for_pointers);
	tcase_add_test(tcase, test_event_says_everything);
	tcase_add_test(tcase, test_long_data_is_left_out);
	tcase_add_test(tcase, test_watch_of_all_types);
	tcase_add_test(tcase, test_watch_on_one_link);
	tcase_add_test(tcase, test_watched_names);
	suite_add_tcase(suite, tcase);
	return suite;
}
