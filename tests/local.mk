# SPDX-License-Identifier: LGPL-2.1-or-later
# Unit tests, and the programs that the tests in namespaces use. make check runs
# all that needs no namespace, tests/run everything.
noinst_PROGRAMS += \
	tests/bench/compare \
	tests/bench/growth \
	tests/bench/names \
	tests/bench/scale \
	tests/faults/faults \
	tests/helper/load \
	tests/helper/many \
	tests/mdns-bench \
	tests/mdns-test-responder \
	tests/net/flood \
	tests/net/relay \
	tests/nss/glibc \
	tests/nss/nsscall \
	tests/nss/storm \
	tests/process/allocate \
	tests/process/pressure \
	tests/process/threads \
	tests/resolver/rr_print
bench_measure = tests/bench/measure.c tests/bench/measure.h
bench_floor = tests/bench/floor.c tests/bench/floor.h
# Each call to the kernel that resolver/sys.c makes may fail.
tests_faults_faults_SOURCES = \
	tests/faults/entries.c tests/faults/entries.h \
	tests/faults/faults.c \
	tests/faults/kernel.c tests/faults/kernel.h \
	nss/module.c nss/pack.c nss/status.c
faults_wrap = \
	-Wl,--wrap=bind,--wrap=clock_gettime,--wrap=close,--wrap=connect \
	-Wl,--wrap=fcntl,--wrap=getrandom,--wrap=getsockopt,--wrap=ioctl \
	-Wl,--wrap=lseek,--wrap=mmap,--wrap=open,--wrap=ppoll,--wrap=read \
	-Wl,--wrap=recvmsg,--wrap=sendmsg,--wrap=setsockopt,--wrap=socket \
	-Wl,--wrap=stat
tests_faults_faults_LDFLAGS = $(AM_LDFLAGS) $(faults_wrap)
tests_faults_faults_LDADD = libmdns-sys.la libmdns-core.la
tests_helper_load_LDADD = -ldl -lpthread
tests_helper_many_LDADD = -ldl -lpthread
tests_net_flood_LDADD =
tests_net_relay_LDADD =
tests_mdns_bench_SOURCES = \
	tests/bench/bench.c $(bench_measure) $(bench_floor)
tests_mdns_bench_LDADD = -ldl
tests_bench_compare_SOURCES = \
	tests/bench/compare.c $(bench_measure) $(bench_floor) \
	tests/bench/found.c tests/bench/found.h
tests_bench_compare_LDADD = -ldl -lpthread
tests_bench_growth_SOURCES = tests/bench/growth.c $(bench_measure)
tests_bench_growth_LDADD = -ldl -lpthread
tests_bench_names_LDADD = libmdns-core.la
tests_bench_scale_SOURCES = tests/bench/scale.c tests/memory.h
tests_bench_scale_LDADD = libmdns-core.la
tests_mdns_test_responder_SOURCES = tests/net/responder.c
tests_mdns_test_responder_LDADD = libmdns-core.la
tests_nss_glibc_LDADD =
tests_nss_nsscall_LDADD = -ldl
tests_nss_storm_LDADD = -ldl -lpthread
process_guest = tests/process/guest.c tests/process/guest.h
tests_process_allocate_SOURCES = tests/process/allocate.c $(process_guest)
tests_process_allocate_LDADD = -ldl
tests_process_pressure_SOURCES = tests/process/pressure.c $(process_guest)
tests_process_pressure_LDADD = -ldl -lpthread
# The module's objects in a program, for ThreadSanitizer and valgrind.
tests_process_threads_SOURCES = tests/process/threads.c $(process_guest) \
	nss/module.c nss/pack.c nss/status.c
tests_process_threads_LDADD = \
	libmdns-sys.la libmdns-core.la -ldl -lpthread

# Each unit test is one program.
unit_tests = \
	tests/helper/test_names \
	tests/helper/test_names_alias \
	tests/helper/test_names_full \
	tests/helper/test_names_map \
	tests/helper/test_names_mended \
	tests/helper/test_names_random \
	tests/helper/test_names_told \
	tests/helper/test_names_waiting \
	tests/helper/test_names_warm \
	tests/nss/test_pack \
	tests/resolver/test_answer \
	tests/resolver/test_cache \
	tests/resolver/test_cache_bounds \
	tests/resolver/test_cache_early \
	tests/resolver/test_cache_full \
	tests/resolver/test_cache_refresh \
	tests/resolver/test_direct \
	tests/resolver/test_direct_answers \
	tests/resolver/test_direct_edges \
	tests/resolver/test_edges \
	tests/resolver/test_gather \
	tests/resolver/test_heap \
	tests/resolver/test_links \
	tests/resolver/test_map \
	tests/resolver/test_map_damage \
	tests/resolver/test_message \
	tests/resolver/test_message_names \
	tests/resolver/test_message_write \
	tests/resolver/test_name \
	tests/resolver/test_name_bounds \
	tests/resolver/test_name_wire \
	tests/resolver/test_protocol \
	tests/resolver/test_querier \
	tests/resolver/test_querier_edges \
	tests/resolver/test_querier_heard \
	tests/resolver/test_querier_keeps \
	tests/resolver/test_querier_known \
	tests/resolver/test_querier_silence \
	tests/resolver/test_querier_told \
	tests/resolver/test_recent \
	tests/resolver/test_response \
	tests/resolver/test_response_addresses \
	tests/resolver/test_response_names \
	tests/resolver/test_rr \
	tests/resolver/test_rr_text \
	tests/resolver/test_rr_text_parse \
	tests/resolver/test_rr_text_random \
	tests/resolver/test_rr_types \
	tests/resolver/test_rr_values \
	tests/resolver/test_service \
	tests/resolver/test_settings \
	tests/resolver/test_wounds \
	tests/resolver/test_zone \
	tests/sim/test_stories \
	tests/sim/test_stories_cache \
	tests/sim/test_stories_traffic
if LOOKUP
unit_tests += \
	tests/lookup/test_capture_frame \
	tests/lookup/test_chain \
	tests/lookup/test_options \
	tests/lookup/test_packet
lookup_test_libs = tests/libunit.la $(lookup_libs) $(CHECK_LIBS)
tests_lookup_test_capture_frame_CFLAGS = $(AM_CFLAGS) $(LOOKUP_CFLAGS)
tests_lookup_test_capture_frame_LDADD = $(lookup_test_libs)
tests_lookup_test_chain_CFLAGS = $(AM_CFLAGS) $(LOOKUP_CFLAGS)
tests_lookup_test_chain_LDADD = $(lookup_test_libs)
tests_lookup_test_options_CFLAGS = $(AM_CFLAGS) $(LOOKUP_CFLAGS)
tests_lookup_test_options_LDADD = $(lookup_test_libs)
tests_lookup_test_packet_CFLAGS = $(AM_CFLAGS) $(LOOKUP_CFLAGS)
tests_lookup_test_packet_LDADD = $(lookup_test_libs)
# mdns-lookup whose calls fail, the n-th at a time.
noinst_PROGRAMS += tests/lookup/refuse
tests_lookup_refuse_SOURCES = tests/lookup/refuse.c tools/lookup/main.c
tests_lookup_refuse_CFLAGS = $(AM_CFLAGS) $(LOOKUP_CFLAGS)
tests_lookup_refuse_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup \
	-Wl,--wrap=fopen,--wrap=fdopen,--wrap=popen,--wrap=open_memstream \
	-Wl,--wrap=fmemopen,--wrap=opendir,--wrap=pipe2,--wrap=fork \
	-Wl,--wrap=socket,--wrap=getsockname,--wrap=fstat,--wrap=stat \
	-Wl,--wrap=signalfd,--wrap=eventfd,--wrap=sigaction \
	-Wl,--wrap=if_indextoname,--wrap=if_nameindex,--wrap=__res_ninit \
	-Wl,--wrap=pthread_create,--wrap=dup,--wrap=dup2 \
	-Wl,--wrap=json_object_new_object,--wrap=json_object_new_array \
	-Wl,--wrap=json_object_new_string,--wrap=json_object_object_add \
	-Wl,--wrap=json_object_array_add,--wrap=open,--wrap=ioctl \
	-Wl,--wrap=asprintf,--wrap=__asprintf_chk
tests_lookup_refuse_LDADD = $(lookup_libs)
endif
if HELPER
unit_tests += \
	tests/helper/test_clients \
	tests/helper/test_clients_leave \
	tests/helper/test_clients_limits \
	tests/helper/test_clients_watch \
	tests/helper/test_sandbox_kernels
endif
# By automake's rules a program's source is its own name with .c, and it is
# linked with LDADD; what follows are the exceptions.
LDADD = tests/libunit.la libmdns-sys.la libmdns-core.la $(CHECK_LIBS)
tests_libunit_la_SOURCES = tests/unit.c tests/unit.h tests/memory.h
tests_nss_test_pack_SOURCES = tests/nss/test_pack.c nss/pack.c nss/status.c

# What the tests of one thing share: how its world is set up.
cache_world = tests/resolver/cache_world.c tests/resolver/cache_world.h
tests_resolver_test_cache_SOURCES = \
	tests/resolver/test_cache.c $(cache_world)
tests_resolver_test_cache_bounds_SOURCES = \
	tests/resolver/test_cache_bounds.c $(cache_world)
tests_resolver_test_cache_early_SOURCES = \
	tests/resolver/test_cache_early.c $(cache_world)
tests_resolver_test_cache_full_SOURCES = \
	tests/resolver/test_cache_full.c $(cache_world)
tests_resolver_test_cache_refresh_SOURCES = \
	tests/resolver/test_cache_refresh.c $(cache_world)
# Each allocation of mdns-helper's connections may fail.
clients_world = tests/helper/clients_world.c tests/helper/clients_world.h
clients_ldflags = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc
tests_helper_test_clients_SOURCES = \
	tests/helper/test_clients.c $(clients_world)
tests_helper_test_clients_CFLAGS = $(AM_CFLAGS) $(HELPER_CFLAGS)
tests_helper_test_clients_LDFLAGS = $(clients_ldflags)
tests_helper_test_clients_LDADD = \
	tests/libunit.la $(helper_libs) $(CHECK_LIBS)
tests_helper_test_clients_leave_SOURCES = \
	tests/helper/test_clients_leave.c $(clients_world)
tests_helper_test_clients_leave_CFLAGS = $(AM_CFLAGS) $(HELPER_CFLAGS)
tests_helper_test_clients_leave_LDFLAGS = $(clients_ldflags)
tests_helper_test_clients_leave_LDADD = \
	tests/libunit.la $(helper_libs) $(CHECK_LIBS)
tests_helper_test_clients_limits_SOURCES = \
	tests/helper/test_clients_limits.c $(clients_world)
tests_helper_test_clients_limits_CFLAGS = $(AM_CFLAGS) $(HELPER_CFLAGS)
tests_helper_test_clients_limits_LDFLAGS = $(clients_ldflags)
tests_helper_test_clients_limits_LDADD = \
	tests/libunit.la $(helper_libs) $(CHECK_LIBS)
tests_helper_test_clients_watch_SOURCES = \
	tests/helper/test_clients_watch.c $(clients_world)
tests_helper_test_clients_watch_CFLAGS = $(AM_CFLAGS) $(HELPER_CFLAGS)
tests_helper_test_clients_watch_LDFLAGS = $(clients_ldflags)
tests_helper_test_clients_watch_LDADD = \
	tests/libunit.la $(helper_libs) $(CHECK_LIBS)
# The kernel and libseccomp are fakes in there.
tests_helper_test_sandbox_kernels_CFLAGS = $(AM_CFLAGS) $(HELPER_CFLAGS)
tests_helper_test_sandbox_kernels_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=syscall,--wrap=prctl,--wrap=open,--wrap=close \
	-Wl,--wrap=getrlimit,--wrap=setrlimit,--wrap=seccomp_init \
	-Wl,--wrap=seccomp_load,--wrap=seccomp_release \
	-Wl,--wrap=seccomp_rule_add_array \
	-Wl,--wrap=seccomp_syscall_resolve_name
tests_helper_test_sandbox_kernels_LDADD = \
	tests/libunit.la $(helper_libs) $(CHECK_LIBS)
direct_world = tests/resolver/direct_world.c tests/resolver/direct_world.h
tests_resolver_test_direct_SOURCES = \
	tests/resolver/test_direct.c $(direct_world)
tests_resolver_test_direct_answers_SOURCES = \
	tests/resolver/test_direct_answers.c $(direct_world)
tests_resolver_test_direct_edges_SOURCES = \
	tests/resolver/test_direct_edges.c $(direct_world)
# A writer comes between two loads of a reader.
tests_resolver_test_links_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mdns_shelf_load
tests_resolver_test_recent_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mdns_shelf_load
map_world = tests/resolver/map_world.c tests/resolver/map_world.h
tests_resolver_test_map_SOURCES = tests/resolver/test_map.c $(map_world)
tests_resolver_test_map_damage_SOURCES = \
	tests/resolver/test_map_damage.c $(map_world)
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
tests_resolver_test_querier_edges_SOURCES = \
	tests/resolver/test_querier_edges.c $(querier_world)
tests_resolver_test_querier_heard_SOURCES = \
	tests/resolver/test_querier_heard.c $(querier_world)
tests_resolver_test_gather_SOURCES = \
	tests/resolver/test_gather.c $(querier_world)
tests_resolver_test_querier_keeps_SOURCES = \
	tests/resolver/test_querier_keeps.c $(querier_world)
tests_resolver_test_querier_known_SOURCES = \
	tests/resolver/test_querier_known.c $(querier_world)
tests_resolver_test_querier_silence_SOURCES = \
	tests/resolver/test_querier_silence.c $(querier_world)
tests_resolver_test_querier_told_SOURCES = \
	tests/resolver/test_querier_told.c $(querier_world)
tests_resolver_test_wounds_SOURCES = \
	tests/resolver/test_wounds.c $(querier_world)
# Without the rest of mdns-helper: they need none of its libraries.
names_world = \
	tests/helper/names_world.c tests/helper/names_world.h $(querier_world) \
	tools/helper/names.c tools/helper/names.h \
	tools/helper/names_private.h tools/helper/names_question.c
tests_helper_test_names_SOURCES = \
	tests/helper/test_names.c $(names_world)
tests_helper_test_names_alias_SOURCES = \
	tests/helper/test_names_alias.c $(names_world)
tests_helper_test_names_full_SOURCES = \
	tests/helper/test_names_full.c $(names_world)
tests_helper_test_names_map_SOURCES = \
	tests/helper/test_names_map.c $(names_world)
tests_helper_test_names_mended_SOURCES = \
	tests/helper/test_names_mended.c $(names_world)
tests_helper_test_names_random_SOURCES = \
	tests/helper/test_names_random.c $(names_world)
tests_helper_test_names_told_SOURCES = \
	tests/helper/test_names_told.c $(names_world)
tests_helper_test_names_waiting_SOURCES = \
	tests/helper/test_names_waiting.c $(names_world)
tests_helper_test_names_warm_SOURCES = \
	tests/helper/test_names_warm.c $(names_world)
response_world = tests/resolver/response_world.c tests/resolver/response_world.h
tests_resolver_test_response_SOURCES = \
	tests/resolver/test_response.c $(response_world)
tests_resolver_test_response_addresses_SOURCES = \
	tests/resolver/test_response_addresses.c $(response_world)
tests_resolver_test_response_names_SOURCES = \
	tests/resolver/test_response_names.c $(response_world)
rr_world = tests/resolver/rr_world.c tests/resolver/rr_world.h
tests_resolver_rr_print_SOURCES = tests/resolver/rr_print.c $(rr_world)
tests_resolver_rr_print_LDADD = libmdns-core.la
tests_resolver_test_rr_text_SOURCES = \
	tests/resolver/test_rr_text.c $(rr_world)
tests_resolver_test_rr_text_parse_SOURCES = \
	tests/resolver/test_rr_text_parse.c $(rr_world)
tests_resolver_test_rr_text_random_SOURCES = \
	tests/resolver/test_rr_text_random.c $(rr_world)
tests_resolver_test_rr_types_SOURCES = \
	tests/resolver/test_rr_types.c $(rr_world)
tests_resolver_test_rr_values_SOURCES = \
	tests/resolver/test_rr_values.c $(rr_world)
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

# The message that costs most to read, as far as a short search finds it.
tests_bench_worst_SOURCES = tests/bench/worst.c tests/memory.h
tests_bench_worst_LDADD = libmdns-core.la
check_PROGRAMS += tests/bench/worst
TESTS += tests/bench/worst

# The map of answers: readers against a writer that is killed.
tests_resolver_map_storm_LDADD = libmdns-core.la -lpthread
check_PROGRAMS += tests/resolver/map_storm
TESTS += tests/resolver/map_storm

# Fuzz targets (tests/fuzz). Here a plain main runs each over its corpus; it is
# in a library, so that with LDFLAGS=-fsanitize=fuzzer libFuzzer's own comes
# first (tests/fuzz/run).
fuzz_targets = \
	tests/fuzz/fuzz_again \
	tests/fuzz/fuzz_direct \
	tests/fuzz/fuzz_map \
	tests/fuzz/fuzz_message \
	tests/fuzz/fuzz_name \
	tests/fuzz/fuzz_pack \
	tests/fuzz/fuzz_protocol \
	tests/fuzz/fuzz_querier \
	tests/fuzz/fuzz_response \
	tests/fuzz/fuzz_rr \
	tests/fuzz/fuzz_service \
	tests/fuzz/fuzz_settings
# Seeds spoilt in every small way, and what dnspython is compared with.
check_PROGRAMS += $(fuzz_targets) tests/fuzz/variants
noinst_PROGRAMS += tests/fuzz/decode
TESTS += $(fuzz_targets) tests/fuzz/variants
tests_fuzz_decode_LDADD = libmdns-core.la
tests_fuzz_variants_SOURCES = tests/fuzz/variants.c tests/fuzz/fuzz_message.c
tests_fuzz_variants_LDADD = tests/fuzz/libfuzz.la libmdns-core.la
fuzz-targets: $(fuzz_targets)
.PHONY: fuzz-targets
check_LTLIBRARIES += tests/fuzz/libreplay.la tests/fuzz/libfuzz.la
tests_fuzz_libreplay_la_SOURCES = tests/fuzz/replay.c
tests_fuzz_libfuzz_la_SOURCES = \
	tests/fuzz/fuzz.c tests/fuzz/fuzz.h \
	tests/fuzz/told.c tests/fuzz/told.h
fuzz_libs = \
	tests/fuzz/libfuzz.la libmdns-core.la tests/fuzz/libreplay.la
tests_fuzz_fuzz_again_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_direct_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_map_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_message_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_name_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_protocol_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_response_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_rr_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_service_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_settings_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_pack_SOURCES = \
	tests/fuzz/fuzz_pack.c nss/pack.c nss/status.c
tests_fuzz_fuzz_pack_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_querier_LDADD = tests/sim/libsim.la $(fuzz_libs)

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

# The published defects of others, each with a test that is run.
TESTS += tests/wounds.sh
EXTRA_DIST += .clang-tidy tests/analyze tests/wounds.md tests/wounds.sh
EXTRA_DIST += tests/coverage tests/coverage.md tests/campaign.md

# Of mdns-lookup, where it is made.
script_tests = tests/lookup/options.sh
if LOOKUP
TESTS += $(script_tests)
endif

# Of mdns-helper, where it is made.
helper_script_tests = \
	tests/helper/options.sh \
	tests/helper/sandbox.sh \
	tests/helper/units.sh
if HELPER
TESTS += $(helper_script_tests)
check_PROGRAMS += tests/helper/sandbox_probe
tests_helper_sandbox_probe_SOURCES = \
	tests/helper/sandbox_probe.c tests/helper/sandbox_probe.h \
	tests/helper/sandbox_refused.c \
	tests/helper/sandbox_works.c
tests_helper_sandbox_probe_CFLAGS = $(AM_CFLAGS) $(HELPER_CFLAGS)
tests_helper_sandbox_probe_LDADD = $(helper_libs)
noinst_PROGRAMS += tests/bench/helper tests/process/sealed
tests_process_sealed_SOURCES = tests/process/sealed.c $(process_guest)
tests_process_sealed_CFLAGS = $(AM_CFLAGS) $(HELPER_CFLAGS)
tests_process_sealed_LDADD = $(HELPER_LIBS) -ldl
tests_bench_helper_SOURCES = \
	tests/bench/helper.c $(bench_measure) $(bench_floor) \
	tests/bench/busy.c tests/bench/busy.h \
	tests/bench/daemon.c tests/bench/daemon.h
tests_bench_helper_LDADD = libmdns-sys.la libmdns-core.la -ldl
noinst_PROGRAMS += tests/faults/daemon
tests_faults_daemon_SOURCES = \
	tests/faults/daemon.c tests/faults/daemon_main.c \
	tests/faults/entries.c tests/faults/entries.h \
	tests/faults/kernel.c tests/faults/kernel.h \
	nss/module.c nss/pack.c nss/status.c
tests_faults_daemon_CFLAGS = $(AM_CFLAGS) $(HELPER_CFLAGS)
tests_faults_daemon_LDFLAGS = $(AM_LDFLAGS) $(faults_wrap)
tests_faults_daemon_LDADD = $(helper_libs)
noinst_PROGRAMS += \
	tests/helper/asleep \
	tests/helper/links_watch tests/helper/log_say tests/helper/port_watch
# mdns-helper on a clock that the test sets.
tests_helper_asleep_SOURCES = tests/helper/asleep.c tools/helper/main.c
tests_helper_asleep_CFLAGS = $(AM_CFLAGS) $(HELPER_CFLAGS)
tests_helper_asleep_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime
tests_helper_asleep_LDADD = $(helper_libs)
tests_helper_links_watch_CFLAGS = $(AM_CFLAGS) $(HELPER_CFLAGS)
tests_helper_links_watch_LDADD = $(helper_libs)
tests_helper_log_say_CFLAGS = $(AM_CFLAGS) $(HELPER_CFLAGS)
tests_helper_log_say_LDADD = $(helper_libs)
tests_helper_port_watch_CFLAGS = $(AM_CFLAGS) $(HELPER_CFLAGS)
tests_helper_port_watch_LDADD = $(helper_libs)
endif

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
	@echo $(unit_tests) $(fuzz_targets) tests/fuzz/variants
.PHONY: list-tests list-unit-tests

EXTRA_DIST += $(script_tests) $(helper_script_tests) \
	tests/run \
	tests/bench/bench.json \
	tests/bench/bench.svg \
	tests/bench/chart.py \
	tests/bench/compare.py \
	tests/bench/figures.py \
	tests/bench/growth.py \
	tests/bench/run \
	tests/bench/systems.py \
	tests/bench/test_growth.py \
	tests/bench/wires.py \
	tests/bench/test_compare.py \
	tests/faults/test_faults.py \
	tests/fuzz/corpus \
	tests/fuzz/crashes \
	tests/fuzz/record.py \
	tests/fuzz/run \
	tests/fuzz/seeds \
	tests/fuzz/test_decoder.py \
	tests/mutants.md \
	tests/mutants/rules.py \
	tests/mutants/run \
	tests/mutants/table \
	tests/helper/helper.py \
	tests/helper/hosts.py \
	tests/helper/run_units.py \
	tests/helper/test_helper.py \
	tests/helper/test_helper_failure.py \
	tests/helper/test_helper_fakes.py \
	tests/helper/test_helper_limits.py \
	tests/helper/test_helper_links.py \
	tests/helper/test_helper_loss.py \
	tests/helper/test_helper_map.py \
	tests/helper/test_helper_service.py \
	tests/helper/test_helper_soak.py \
	tests/helper/test_helper_start.py \
	tests/helper/test_links.py \
	tests/helper/test_log.py \
	tests/helper/test_port.py \
	tests/helper/test_wounds.py \
	tests/helper/watcher.py \
	tests/lookup/asking.py \
	tests/lookup/packets.py \
	tests/lookup/schema.py \
	tests/lookup/doctoring.py \
	tests/lookup/test_answers.py \
	tests/lookup/test_doctor_name.py \
	tests/lookup/test_doctor_network.py \
	tests/lookup/doctoring_system.py \
	tests/lookup/test_doctor_links.py \
	tests/lookup/test_doctor_system.py \
	tests/lookup/test_doctor_program.py \
	tests/lookup/test_ask.py \
	tests/lookup/test_capture.py \
	tests/lookup/test_completion.py \
	tests/lookup/test_corners.py \
	tests/lookup/test_monitor.py \
	tests/lookup/test_operands.py \
	tests/lookup/test_refused.py \
	tests/lookup/test_schema.py \
	tests/lookup/test_terminal.py \
	tests/lookup/test_types.py \
	tests/lookup/services.py \
	tests/lookup/test_resolve.py \
	tests/lookup/test_services.py \
	tests/lookup/test_services_unicast.py \
	tests/lookup/test_status.py \
	tests/lookup/test_table.py \
	tests/lookup/test_watch.py \
	tests/lookup/test_watch_alias.py \
	tests/lookup/test_watch_avahi.py \
	tests/lookup/test_watch_json.py \
	tests/lookup/test_watch_traffic.py \
	tests/lookup/watching.py \
	tests/net/calls.py \
	tests/net/hostile.py \
	tests/net/lab.py \
	tests/net/peer.py \
	tests/net/peers \
	tests/net/sandbox \
	tests/net/scripted.py \
	tests/net/test_32bit.py \
	tests/net/test_config.py \
	tests/net/test_direct.py \
	tests/net/test_firewall.py \
	tests/net/test_guest.py \
	tests/net/test_hostile.py \
	tests/net/test_many_links.py \
	tests/net/test_peers.py \
	tests/net/test_stopped.py \
	tests/net/test_table.py \
	tests/net/test_trust.py \
	tests/net/test_wounds.py \
	tests/net/wire.py \
	tests/process/surroundings.py \
	tests/process/test_memory.py \
	tests/process/test_pressure.py \
	tests/process/test_races.py \
	tests/process/test_sandboxes.py \
	tests/process/test_sealed.py \
	tests/resolver/test_rr_decoders.py \
	tests/sim/test_seeds.py
