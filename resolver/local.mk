# SPDX-License-Identifier: LGPL-2.1-or-later
# The stub resolver, in two halves that are linked into whoever uses it.
noinst_LTLIBRARIES += libmdns-core.la libmdns-sys.la

# Pure: bytes, times and random numbers come in as arguments.
libmdns_core_la_SOURCES = \
	resolver/clock.h \
	resolver/err.c resolver/err.h \
	resolver/name.c resolver/name.h \
	resolver/message.c resolver/message.h \
	resolver/rr.c resolver/rr.h \
	resolver/rr_types.c resolver/rr_types.h \
	resolver/rr_values.c resolver/rr_values.h \
	resolver/rr_words.c resolver/rr_words.h \
	resolver/rr_text.c resolver/rr_text.h \
	resolver/rr_text_parse.c \
	resolver/zone.c resolver/zone.h \
	resolver/answer.c resolver/answer.h \
	resolver/shelf.c resolver/shelf.h \
	resolver/map.c resolver/map.h \
	resolver/protocol.c resolver/protocol.h \
	resolver/response.c resolver/response.h \
	resolver/settings.c resolver/settings.h \
	resolver/direct.c resolver/direct.h \
	resolver/memory.h resolver/random.h \
	resolver/heap.c resolver/heap.h \
	resolver/table.c resolver/table.h \
	resolver/cache.c resolver/cache.h \
	resolver/querier.c resolver/querier.h resolver/querier_link.c \
	resolver/querier_packet.c resolver/querier_private.h \
	resolver/gather.c resolver/gather.h \
	resolver/service.c resolver/service.h
libmdns_core_la_CFLAGS = $(AM_CFLAGS) $(MODULE_CFLAGS)

# All that touches the kernel.
libmdns_sys_la_SOURCES = \
	resolver/sys.c resolver/sys.h \
	resolver/links.c resolver/links.h \
	resolver/look.c resolver/look.h \
	resolver/sockets.c resolver/sockets.h \
	resolver/recent.c resolver/recent.h \
	resolver/settings_file.c resolver/settings_file.h \
	resolver/helper.c resolver/helper.h \
	resolver/lookup.c resolver/lookup.h \
	resolver/resolve.c resolver/resolve.h
libmdns_sys_la_CFLAGS = $(AM_CFLAGS) $(MODULE_CFLAGS)
