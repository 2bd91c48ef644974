#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The module shows glibc its seven functions and its version, and no program
# anything else.
. "${srcdir:-.}/tests/guest/common.sh"
skip_if_sanitized

expected='_nss_dotlocal_getcanonname_r
_nss_dotlocal_gethostbyaddr2_r
_nss_dotlocal_gethostbyaddr_r
_nss_dotlocal_gethostbyname2_r
_nss_dotlocal_gethostbyname3_r
_nss_dotlocal_gethostbyname4_r
_nss_dotlocal_gethostbyname_r'

# nm's columns: address, type, name. T is a function in .text.
exported=$($NM -D --defined-only "$module" | awk '{ print $3, $2 }' | sort)
echo "exported:"
echo "$exported"

# And the version, for mdns-lookup --doctor: R is constant data.
test "$exported" = "$(echo "$expected" | sed 's/$/ T/'
	echo '_nss_dotlocal_version R')" ||
	fail "expected exactly these, each as T, and the version:" $expected
exit $failed
