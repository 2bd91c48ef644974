# SPDX-License-Identifier: LGPL-2.1-or-later
# Unit tests, and the programs that the tests in namespaces use. make check runs
# all that needs no namespace, tests/run everything.
noinst_PROGRAMS += \
	tests/bench/names \
	tests/bench/scale \
	tests/mdns-bench \
	tests/mdns-test-responder \
	tests/nss/glibc \
	tests/nss/nsscall \
	tests/nss/storm
tests_mdns_bench_SOURCES = tests/bench/bench.c
tests_mdns_bench_LDADD = -ldl
tests_bench_names_LDADD = libmdns-core.la
tests_bench_scale_SOURCES = tests/bench/scale.c tests/memory.h
tests_bench_scale_LDADD = libmdns-core.la
tests_mdns_test_responder_SOURCES = tests/net/responder.c
tests_mdns_test_responder_LDADD = libmdns-core.la
tests_nss_glibc_LDADD =
tests_nss_nsscall_LDADD = -ldl
tests_nss_storm_LDADD = -ldl -lpthread

# Each unit test is one program.
unit_tests = \
	tests/nss/test_pack \
	tests/resolver/test_answer \
	tests/resolver/test_cache \
	tests/resolver/test_cache_early \
	tests/resolver/test_cache_full \
	tests/resolver/test_cache_refresh \
	tests/resolver/test_direct \
	tests/resolver/test_direct_answers \
	tests/resolver/test_heap \
	tests/resolver/test_message \
	tests/resolver/test_message_names \
	tests/resolver/test_message_write \
	tests/resolver/test_name \
	tests/resolver/test_querier \
	tests/resolver/test_querier_heard \
	tests/resolver/test_querier_known \
	tests/resolver/test_querier_silence \
	tests/resolver/test_recent \
	tests/resolver/test_response \
	tests/resolver/test_response_addresses \
	tests/resolver/test_response_names \
	tests/resolver/test_rr \
	tests/resolver/test_settings \
	tests/resolver/test_zone \
	tests/sim/test_stories \
	tests/sim/test_stories_cache \
	tests/sim/test_stories_traffic
# By automake's rules a program's source is its own name with .c, and it is
# linked with LDADD; what follows are the exceptions.
LDADD = tests/libunit.la libmdns-sys.la libmdns-core.la $(CHECK_LIBS)
tests_libunit_la_SOURCES = tests/unit.c tests/unit.h tests/memory.h
tests_nss_test_pack_SOURCES = tests/nss/test_pack.c nss/pack.c nss/status.c

# What the tests of one thing share: how its world is set up.
cache_world = tests/resolver/cache_world.c tests/resolver/cache_world.h
tests_resolver_test_cache_SOURCES = \
	tests/resolver/test_cache.c $(cache_world)
tests_resolver_test_cache_early_SOURCES = \
	tests/resolver/test_cache_early.c $(cache_world)
tests_resolver_test_cache_full_SOURCES = \
	tests/resolver/test_cache_full.c $(cache_world)
tests_resolver_test_cache_refresh_SOURCES = \
	tests/resolver/test_cache_refresh.c $(cache_world)
direct_world = tests/resolver/direct_world.c tests/resolver/direct_world.h
tests_resolver_test_direct_SOURCES = \
	tests/resolver/test_direct.c $(direct_world)
tests_resolver_test_direct_answers_SOURCES = \
	tests/resolver/test_direct_answers.c $(direct_world)
message_world = tests/resolver/message_world.c tests/resolver/message_world.h
tests_resolver_test_message_SOURCES = \
	tests/resolver/test_message.c $(message_world)
tests_resolver_test_message_names_SOURCES = \
	tests/resolver/test_message_names.c $(message_world)
tests_resolver_test_message_write_SOURCES = \
	tests/resolver/test_message_write.c $(message_world)
querier_world = tests/resolver/querier_world.c tests/resolver/querier_world.h
tests_resolver_test_querier_SOURCES = \
	tests/resolver/test_querier.c $(querier_world)
tests_resolver_test_querier_heard_SOURCES = \
	tests/resolver/test_querier_heard.c $(querier_world)
tests_resolver_test_querier_known_SOURCES = \
	tests/resolver/test_querier_known.c $(querier_world)
tests_resolver_test_querier_silence_SOURCES = \
	tests/resolver/test_querier_silence.c $(querier_world)
response_world = tests/resolver/response_world.c tests/resolver/response_world.h
tests_resolver_test_response_SOURCES = \
	tests/resolver/test_response.c $(response_world)
tests_resolver_test_response_addresses_SOURCES = \
	tests/resolver/test_response_addresses.c $(response_world)
tests_resolver_test_response_names_SOURCES = \
	tests/resolver/test_response_names.c $(response_world)
stories_world = tests/sim/stories_world.c tests/sim/stories_world.h
tests_sim_test_stories_SOURCES = \
	tests/sim/test_stories.c $(stories_world)
tests_sim_test_stories_LDADD = tests/sim/libsim.la $(LDADD)
tests_sim_test_stories_cache_SOURCES = \
	tests/sim/test_stories_cache.c $(stories_world)
tests_sim_test_stories_cache_LDADD = tests/sim/libsim.la $(LDADD)
tests_sim_test_stories_traffic_SOURCES = \
	tests/sim/test_stories_traffic.c $(stories_world)
tests_sim_test_stories_traffic_LDADD = tests/sim/libsim.la $(LDADD)

# The simulator: a virtual clock, lossy links, scripted hosts.
check_LTLIBRARIES += tests/sim/libsim.la
tests_sim_libsim_la_SOURCES = \
	tests/sim/host.c tests/sim/host.h \
	tests/sim/invariants.c \
	tests/sim/sim.c tests/sim/sim.h \
	tests/sim/view.c tests/sim/view.h \
	tests/sim/wire.c
tests_sim_test_sim_LDADD = tests/sim/libsim.la libmdns-core.la
check_PROGRAMS += tests/sim/test_sim
TESTS += tests/sim/test_sim

if HAVE_CHECK
check_PROGRAMS += $(unit_tests)
check_LTLIBRARIES += tests/libunit.la
TESTS += $(unit_tests)
else
check-local:
	@echo "The unit tests need the library check: install it" \
		"(Debian, Ubuntu: apt-get install check), then run" \
		"configure again." >&2; exit 1
endif

script_tests = tests/lookup/options.sh
TESTS += $(script_tests)

if SANITIZE
sanitize = yes
else
sanitize = no
endif
AM_TESTS_ENVIRONMENT = \
	NM='$(NM)'; export NM; \
	READELF='$(READELF)'; export READELF; \
	STRIP='$(STRIP)'; export STRIP; \
	SANITIZE='$(sanitize)'; export SANITIZE;

# For tests/run.
list-tests:
	@echo $(TESTS)
list-unit-tests:
	@echo $(unit_tests)
.PHONY: list-tests list-unit-tests

EXTRA_DIST += $(script_tests) \
	tests/run \
	tests/bench/run \
	tests/lookup/test_answers.py \
	tests/lookup/test_watch.py \
	tests/net/calls.py \
	tests/net/lab.py \
	tests/net/peer.py \
	tests/net/peers \
	tests/net/sandbox \
	tests/net/scripted.py \
	tests/net/test_config.py \
	tests/net/test_direct.py \
	tests/net/test_firewall.py \
	tests/net/test_guest.py \
	tests/net/test_peers.py \
	tests/net/test_table.py \
	tests/net/test_trust.py \
	tests/net/wire.py \
	tests/sim/test_seeds.py
