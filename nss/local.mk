# SPDX-License-Identifier: LGPL-2.1-or-later
# The NSS module that glibc loads.
nssdir = @nssdir@
nss_LTLIBRARIES += libnss_dotlocal.la

libnss_dotlocal_la_SOURCES = \
	nss/module.c nss/module.h \
	nss/pack.c nss/pack.h \
	nss/status.c nss/status.h \
	nss/version.c
EXTRA_libnss_dotlocal_la_DEPENDENCIES = nss/libnss_dotlocal.map
libnss_dotlocal_la_CFLAGS = $(AM_CFLAGS) $(MODULE_CFLAGS)
libnss_dotlocal_la_LIBADD = libmdns-sys.la libmdns-core.la
# File name and SONAME are libnss_dotlocal.so.2: glibc asks for exactly that.
libnss_dotlocal_la_LDFLAGS = $(AM_LDFLAGS) $(MODULE_LDFLAGS) \
	-module -avoid-version -shrext .so.2 \
	-Wl,--version-script=$(srcdir)/nss/libnss_dotlocal.map

EXTRA_DIST += nss/libnss_dotlocal.map
dist_man_MANS += nss/libnss_dotlocal.8 nss/dotlocal.conf.5
# An example that changes nothing; the file is optional.
dist_doc_DATA += nss/dotlocal.conf
# What a sandbox has to allow.
dist_doc_DATA += nss/syscalls.txt

# Nobody links against the module, so libtool's .la file only confuses; and
# without it libtool cannot uninstall.
install-data-hook:
	rm -f $(DESTDIR)$(nssdir)/libnss_dotlocal.la
uninstall-hook:
	rm -f $(DESTDIR)$(nssdir)/libnss_dotlocal.so.2
