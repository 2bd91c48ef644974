# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup: look, and find out what is wrong; only if configure found the
# libraries.
if LOOKUP
bin_PROGRAMS += mdns-lookup
noinst_LTLIBRARIES += liblookup.la

# All but main.c, for the tests.
liblookup_la_SOURCES = \
	tools/lookup/ask.c tools/lookup/ask.h tools/lookup/ask_private.h \
	tools/lookup/ask_read.c \
	tools/lookup/ask_unicast.c \
	tools/lookup/capture.c tools/lookup/capture.h \
	tools/lookup/capture_frame.c tools/lookup/capture_frame.h \
	tools/lookup/capture_write.c \
	tools/lookup/chain.c tools/lookup/chain.h \
	tools/lookup/doctor.c tools/lookup/doctor.h \
	tools/lookup/doctor_child.c tools/lookup/doctor_child.h \
	tools/lookup/doctor_firewall.c tools/lookup/doctor_firewall.h \
	tools/lookup/doctor_helper.c \
	tools/lookup/doctor_links.c \
	tools/lookup/doctor_module.c \
	tools/lookup/doctor_name.c tools/lookup/doctor_name.h \
	tools/lookup/doctor_port.c \
	tools/lookup/doctor_probe.c tools/lookup/doctor_probe.h \
	tools/lookup/doctor_program.c \
	tools/lookup/doctor_said.c tools/lookup/doctor_said.h \
	tools/lookup/doctor_settings.c \
	tools/lookup/doctor_switch.c \
	tools/lookup/doctor_unicast.c \
	tools/lookup/doctor_ways.c \
	tools/lookup/interfaces.c tools/lookup/interfaces.h \
	tools/lookup/json.c tools/lookup/json.h \
	tools/lookup/lookup.c tools/lookup/lookup.h \
	tools/lookup/lookup_plain.c tools/lookup/lookup_private.h \
	tools/lookup/lookup_typed.c \
	tools/lookup/monitor.c tools/lookup/monitor.h \
	tools/lookup/monitor_names.c tools/lookup/monitor_names.h \
	tools/lookup/operands.c tools/lookup/operands.h \
	tools/lookup/options.c tools/lookup/options.h \
	tools/lookup/packet.c tools/lookup/packet.h \
	tools/lookup/packet_event.c \
	tools/lookup/packet_json.c \
	tools/lookup/packet_line.c tools/lookup/packet_private.h \
	tools/lookup/print.c tools/lookup/print.h \
	tools/lookup/record.c tools/lookup/record.h \
	tools/lookup/services.c tools/lookup/services.h \
	tools/lookup/services_hear.c tools/lookup/services_private.h \
	tools/lookup/services_known.c tools/lookup/services_known.h \
	tools/lookup/services_print.c tools/lookup/services_print.h \
	tools/lookup/services_rows.c tools/lookup/services_rows.h \
	tools/lookup/services_screen.c tools/lookup/services_screen.h \
	tools/lookup/services_tell.c \
	tools/lookup/services_types.c tools/lookup/services_types.h \
	tools/lookup/services_unicast.c tools/lookup/services_unicast.h \
	tools/lookup/services_unicast_ask.c \
	tools/lookup/services_unicast_ask.h \
	tools/lookup/station.c tools/lookup/station.h \
	tools/lookup/station_links.c tools/lookup/station_private.h \
	tools/lookup/status.c tools/lookup/status.h \
	tools/lookup/table.c tools/lookup/table.h \
	tools/lookup/terminal.c tools/lookup/terminal.h \
	tools/lookup/watch.c tools/lookup/watch.h \
	tools/memory.h
liblookup_la_CFLAGS = $(AM_CFLAGS) $(LOOKUP_CFLAGS)
# Before glibc 2.34 res_nquery and dlopen are not in libc.
lookup_libs = liblookup.la libmdns-sys.la libmdns-core.la $(LOOKUP_LIBS) \
	-lresolv -ldl

mdns_lookup_SOURCES = tools/lookup/main.c
mdns_lookup_CFLAGS = $(AM_CFLAGS) $(LOOKUP_CFLAGS)
mdns_lookup_LDADD = $(lookup_libs)

man_MANS += tools/lookup/mdns-lookup.1
bashcompletion_DATA = tools/lookup/completion/bash/mdns-lookup
fishcompletion_DATA = tools/lookup/completion/fish/mdns-lookup.fish
zshcompletion_DATA = tools/lookup/completion/zsh/_mdns-lookup
endif

# Always: dist_ inside the condition would depend on it.
EXTRA_DIST += tools/lookup/mdns-lookup.1 \
	tools/lookup/completion/bash/mdns-lookup \
	tools/lookup/completion/fish/mdns-lookup.fish \
	tools/lookup/completion/zsh/_mdns-lookup
