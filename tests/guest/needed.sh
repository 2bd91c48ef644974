#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The module is found by its SONAME, brings no library but libc along, stays
# loaded, and has all its symbols bound before it runs.
. "${srcdir:-.}/tests/guest/common.sh"
skip_if_sanitized

dynamic=$($READELF -dW "$module")
echo "$dynamic"

# The loader is in every process; some machines keep the stack guard there.
needed=$(echo "$dynamic" | sed -n '/(NEEDED)/s/.*\[\(.*\)\]/\1/p' |
	grep -v '^ld-linux.*\.so\.[0-9]*$' || true)
test "$needed" = libc.so.6 || fail "NEEDED is not libc.so.6 alone:" $needed

soname=$(echo "$dynamic" | sed -n '/(SONAME)/s/.*\[\(.*\)\]/\1/p')
test "$soname" = libnss_dotlocal.so.2 || fail "SONAME is '$soname'"

echo "$dynamic" | grep -q '(FLAGS_1).*NODELETE' || fail "no NODELETE"
echo "$dynamic" | grep -q '(FLAGS_1).*NOW' || fail "no BIND_NOW"
echo "$dynamic" | grep -E '\((RPATH|RUNPATH)\)' && fail "it has a run path"
exit $failed
