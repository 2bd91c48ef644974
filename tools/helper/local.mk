# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-helper, its units and its manual page; all of it only if configure found
# the libraries.
if HELPER
libexec_PROGRAMS += mdns-helper
noinst_LTLIBRARIES += libhelper.la

# All but main.c, for the tests.
libhelper_la_SOURCES = \
	tools/memory.h \
	tools/helper/alarm.c tools/helper/alarm.h \
	tools/helper/clients.c tools/helper/clients.h \
	tools/helper/clients_private.h \
	tools/helper/clients_reply.c tools/helper/clients_request.c \
	tools/helper/links.c tools/helper/links.h \
	tools/helper/listen.c tools/helper/listen.h \
	tools/helper/log.c tools/helper/log.h \
	tools/helper/names.c tools/helper/names.h \
	tools/helper/names_private.h tools/helper/names_question.c \
	tools/helper/port.c tools/helper/port.h \
	tools/helper/publish.c tools/helper/publish.h \
	tools/helper/sandbox.c tools/helper/sandbox.h \
	tools/helper/service.c tools/helper/service.h
libhelper_la_CFLAGS = $(AM_CFLAGS) $(HELPER_CFLAGS)
helper_libs = libhelper.la libmdns-sys.la libmdns-core.la $(HELPER_LIBS)

mdns_helper_SOURCES = tools/helper/main.c
mdns_helper_CFLAGS = $(AM_CFLAGS) $(HELPER_CFLAGS)
mdns_helper_LDADD = $(helper_libs)

man_MANS += tools/helper/mdns-helper.8

# Units; their names are the installed ones. configure says where they go.
systemdsystemunit_DATA = \
	tools/helper/mdns-helper.service \
	tools/helper/mdns-helper.socket
sysusers_DATA = tools/helper/sysusers.d/mdns-helper.conf
tmpfiles_DATA = tools/helper/tmpfiles.d/mdns-helper.conf
CLEANFILES += tools/helper/mdns-helper.service \
	$(sysusers_DATA) $(tmpfiles_DATA)

tools/helper/mdns-helper.service: tools/helper/mdns-helper.service.in
	@$(MKDIR_P) tools/helper # [l]: not for configure
	$(AM_V_GEN)sed 's,@[l]ibexecdir@,$(libexecdir),g' \
		$(srcdir)/tools/helper/mdns-helper.service.in >$@.new && \
		mv $@.new $@
tools/helper/sysusers.d/mdns-helper.conf: tools/helper/mdns-helper.sysusers
	@$(MKDIR_P) tools/helper/sysusers.d
	$(AM_V_GEN)cp $(srcdir)/tools/helper/mdns-helper.sysusers $@
tools/helper/tmpfiles.d/mdns-helper.conf: tools/helper/mdns-helper.tmpfiles
	@$(MKDIR_P) tools/helper/tmpfiles.d
	$(AM_V_GEN)cp $(srcdir)/tools/helper/mdns-helper.tmpfiles $@
endif

# Always: dist_ inside the condition would depend on it.
EXTRA_DIST += \
	tools/helper/mdns-helper.8 \
	tools/helper/mdns-helper.service.in \
	tools/helper/mdns-helper.socket \
	tools/helper/mdns-helper.sysusers \
	tools/helper/mdns-helper.tmpfiles
