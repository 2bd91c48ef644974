#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# No thread-local storage, nothing writable and executable at once, relocated
# data is read-only, the code is never written to.
. "${srcdir:-.}/tests/guest/common.sh"
skip_if_sanitized

segments=$($READELF -lW "$module" | sed -n '/^Program Headers/,/^$/p')
echo "$segments"
dynamic=$($READELF -dW "$module")

# The flags of a segment stand before its alignment: "RW  0x1000", "R E 0x8".
echo "$segments" | grep -q '^ *LOAD .* R E 0x' || fail "no code segment"
echo "$segments" | grep '^ *TLS ' && fail "a TLS segment"
echo "$segments" | grep ' [R ]WE 0x' && fail "writable and executable"
echo "$segments" | grep -q '^ *GNU_STACK .* RW  0x' ||
	fail "it asks for an executable stack, or does not say"
echo "$segments" | grep -q '^ *GNU_RELRO ' || fail "no RELRO"
echo "$dynamic" | grep 'TEXTREL' && fail "relocations in the code"
exit $failed
