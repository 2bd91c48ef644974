# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup: look, and find out what is wrong.
bin_PROGRAMS += mdns-lookup

mdns_lookup_SOURCES = \
	tools/lookup/main.c \
	tools/lookup/interfaces.c tools/lookup/interfaces.h \
	tools/lookup/options.c tools/lookup/options.h \
	tools/lookup/print.c tools/lookup/print.h \
	tools/lookup/status.c tools/lookup/status.h \
	tools/lookup/watch.c tools/lookup/watch.h \
	tools/memory.h
mdns_lookup_LDADD = libmdns-sys.la libmdns-core.la

dist_man_MANS += tools/lookup/mdns-lookup.1
