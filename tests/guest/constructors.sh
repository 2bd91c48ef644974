#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Loading the module, and leaving the program, runs no code of it.
. "${srcdir:-.}/tests/guest/common.sh"
skip_if_sanitized

dynamic=$($READELF -dW "$module")
sections=$($READELF -SW "$module")
echo "$sections"

echo "$dynamic" | grep -E '\((INIT|FINI|(PREINIT|INIT|FINI)_ARRAY)\)' &&
	fail "the loader would run these"
echo "$sections" | grep -E ' \.(init|fini|ctors|dtors|(preinit|init|fini)_array)' &&
	fail "sections with constructors or destructors"
echo "$sections" | grep -q ' \.text ' || fail "no code: is this the module?"
exit $failed
