/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/heap: what falls due first is on top, whatever happens. */
#include <string.h>

#include "resolver/err.h"
#include "resolver/heap.h"
#include "resolver/random.h"
#include "tests/memory.h"
#include "tests/unit.h"

#define NODES 300

struct world {
	struct test_memory counted;
	struct mdns_memory memory;
	struct mdns_heap heap;
	struct mdns_heap_node node[NODES];
};

static void given(struct world *w, uint32_t room)
{
	memset(w, 0, sizeof(*w));
	w->memory = test_memory_of(&w->counted);
	mdns_heap_init(&w->heap);
	ck_assert_int_eq(mdns_heap_reserve(&w->heap, room, &w->memory), 0);
}

static void then_all_is_given_back(struct world *w)
{
	mdns_heap_close(&w->heap, &w->memory);
	ck_assert_uint_eq(w->counted.blocks, 0);
	ck_assert_uint_eq(w->counted.octets, 0);
	ck_assert(!w->counted.wrong);
}

/* Each node knows its place, and none is due before the one above it. */
static void then_it_is_a_heap(const struct mdns_heap *heap)
{
	for (uint32_t i = 1; i <= heap->count; i++) {
		unit_assert(heap->node[i]->place == i);
		unit_assert(
			i == 1 || heap->node[i / 2]->due <= heap->node[i]->due);
	}
	unit_assert(heap->count <= heap->room);
}

START_TEST(test_empty)
{
	struct test_memory counted = {0};
	struct mdns_memory memory = test_memory_of(&counted);
	struct mdns_heap heap;

	mdns_heap_init(&heap);
	ck_assert_ptr_null(mdns_heap_top(&heap));
	ck_assert(mdns_heap_due(&heap) == MDNS_TIME_NEVER);
	mdns_heap_close(&heap, &memory);
	ck_assert_uint_eq(counted.blocks, 0);
	ck_assert(!counted.wrong);
}
END_TEST

START_TEST(test_one_node_goes_in_moves_and_goes_out)
{
	struct world w;
	struct mdns_heap_node *node = &w.node[0];

	given(&w, 1);
	ck_assert_uint_eq(node->place, 0);

	mdns_heap_set(&w.heap, node, 500);
	ck_assert_ptr_eq(mdns_heap_top(&w.heap), node);
	ck_assert_int_eq(mdns_heap_due(&w.heap), 500);
	ck_assert_uint_eq(node->place, 1);

	mdns_heap_set(&w.heap, node, 700);
	ck_assert_int_eq(mdns_heap_due(&w.heap), 700);
	mdns_heap_set(&w.heap, node, 300);
	ck_assert_int_eq(mdns_heap_due(&w.heap), 300);
	ck_assert_uint_eq(w.heap.count, 1);

	mdns_heap_set(&w.heap, node, MDNS_TIME_NEVER);
	ck_assert_ptr_null(mdns_heap_top(&w.heap));
	ck_assert(mdns_heap_due(&w.heap) == MDNS_TIME_NEVER);
	ck_assert_uint_eq(node->place, 0);

	/* It may be taken out twice, and come back. */
	mdns_heap_set(&w.heap, node, MDNS_TIME_NEVER);
	ck_assert_uint_eq(node->place, 0);
	ck_assert_uint_eq(w.heap.count, 0);
	mdns_heap_set(&w.heap, node, 9);
	ck_assert_int_eq(mdns_heap_due(&w.heap), 9);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_times_at_both_ends)
{
	struct world w;

	given(&w, 3);
	mdns_heap_set(&w.heap, &w.node[0], MDNS_TIME_NEVER - 1);
	mdns_heap_set(&w.heap, &w.node[1], 0);
	mdns_heap_set(&w.heap, &w.node[2], INT64_MIN);
	ck_assert_ptr_eq(mdns_heap_top(&w.heap), &w.node[2]);
	mdns_heap_set(&w.heap, &w.node[2], MDNS_TIME_NEVER);
	ck_assert_ptr_eq(mdns_heap_top(&w.heap), &w.node[1]);
	mdns_heap_set(&w.heap, &w.node[1], MDNS_TIME_NEVER);
	ck_assert_ptr_eq(mdns_heap_top(&w.heap), &w.node[0]);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_they_come_out_in_order)
{
	static const char *const orders[] = {
		"up", "down", "equal", "random", "few values"};

	for (unsigned order = 0; order < 5; order++) {
		struct world w;
		struct mdns_random random;
		mdns_time last = INT64_MIN;

		given(&w, NODES);
		mdns_random_init(&random, order);
		for (unsigned i = 0; i < NODES; i++) {
			mdns_time due[] = {i, NODES - i, 7,
				mdns_random_below(&random, 1u << 31),
				mdns_random_below(&random, 5)};

			mdns_heap_set(&w.heap, &w.node[i], due[order]);
			then_it_is_a_heap(&w.heap);
		}
		for (unsigned i = 0; i < NODES; i++) {
			struct mdns_heap_node *top = mdns_heap_top(&w.heap);

			ck_assert_msg(top && top->due >= last, "%s: after %u",
				orders[order], i);
			last = top->due;
			mdns_heap_set(&w.heap, top, MDNS_TIME_NEVER);
			then_it_is_a_heap(&w.heap);
		}
		ck_assert_ptr_null(mdns_heap_top(&w.heap));
		then_all_is_given_back(&w);
	}
}
END_TEST

/* Against the plainest thing that does the same: an array that is searched. */
START_TEST(test_random_against_a_list)
{
	struct world w;
	struct mdns_random random;
	mdns_time model[NODES];

	mdns_random_init(&random, (uint64_t)_i);
	given(&w, NODES);
	for (unsigned i = 0; i < NODES; i++)
		model[i] = MDNS_TIME_NEVER;
	for (unsigned step = 0; step < 3000; step++) {
		uint32_t i = mdns_random_below(&random, NODES);
		mdns_time due = mdns_random_below(&random, 1000);
		mdns_time first = MDNS_TIME_NEVER;
		uint32_t count = 0;

		if (mdns_random_below(&random, 3) == 0)
			due = MDNS_TIME_NEVER;
		model[i] = due;
		mdns_heap_set(&w.heap, &w.node[i], due);
		for (unsigned k = 0; k < NODES; k++) {
			if (model[k] < first)
				first = model[k];
			count += model[k] != MDNS_TIME_NEVER;
			unit_assert((w.node[k].place == 0) ==
				    (model[k] == MDNS_TIME_NEVER));
			unit_assert(w.node[k].place == 0 ||
				    w.node[k].due == model[k]);
		}
		unit_assert(w.heap.count == count);
		unit_assert(mdns_heap_due(&w.heap) == first);
		unit_assert(count == 0 || mdns_heap_top(&w.heap)->due == first);
		then_it_is_a_heap(&w.heap);
	}
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_reserved_room_needs_no_more_memory)
{
	struct world w;
	uint64_t takes;

	given(&w, NODES);
	takes = w.counted.takes;
	for (unsigned i = 0; i < NODES; i++)
		mdns_heap_set(&w.heap, &w.node[i], NODES - i);
	ck_assert_uint_eq(w.counted.takes, takes);
	/* That much, or less, is there already. */
	ck_assert_int_eq(mdns_heap_reserve(&w.heap, NODES, &w.memory), 0);
	ck_assert_int_eq(mdns_heap_reserve(&w.heap, 1, &w.memory), 0);
	ck_assert_uint_eq(w.counted.takes, takes);
	then_it_is_a_heap(&w.heap);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_growing_keeps_what_is_there)
{
	struct world w;

	given(&w, 0);
	for (uint32_t i = 0; i < NODES; i++) {
		ck_assert_int_eq(
			mdns_heap_reserve(&w.heap, i + 1, &w.memory), 0);
		mdns_heap_set(&w.heap, &w.node[i], 2 * NODES - i);
		then_it_is_a_heap(&w.heap);
		ck_assert_ptr_eq(mdns_heap_top(&w.heap), &w.node[i]);
	}
	ck_assert_uint_eq(w.heap.count, NODES);
	/* One array, and room that is asked for one by one does not cost one
	 * allocation each. */
	ck_assert_uint_eq(w.counted.blocks, 1);
	ck_assert_uint_lt(w.counted.takes, 40);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_no_memory_changes_nothing)
{
	struct world w;

	given(&w, 10);
	for (unsigned i = 0; i < 10; i++)
		mdns_heap_set(&w.heap, &w.node[i], 10 - i);
	w.counted.refuse = 1;
	ck_assert_int_eq(mdns_heap_reserve(&w.heap, 10000, &w.memory),
		MDNS_ERR_RESOURCE);
	then_it_is_a_heap(&w.heap);
	ck_assert_uint_eq(w.heap.count, 10);
	ck_assert_ptr_eq(mdns_heap_top(&w.heap), &w.node[9]);
	mdns_heap_set(&w.heap, &w.node[9], 100);
	ck_assert_ptr_eq(mdns_heap_top(&w.heap), &w.node[8]);
	then_all_is_given_back(&w);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/heap");
	TCase *tcase = tcase_create("heap");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_empty);
	tcase_add_test(tcase, test_one_node_goes_in_moves_and_goes_out);
	tcase_add_test(tcase, test_times_at_both_ends);
	tcase_add_test(tcase, test_they_come_out_in_order);
	tcase_add_loop_test(tcase, test_random_against_a_list, 0, 20);
	tcase_add_test(tcase, test_reserved_room_needs_no_more_memory);
	tcase_add_test(tcase, test_growing_keeps_what_is_there);
	tcase_add_test(tcase, test_no_memory_changes_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
