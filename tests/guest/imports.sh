#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The module calls nothing that is not in symbols.allow, and 40 at most: no
# heap, no stdio, no locale, no environment, no threads, no signals, no NSS.
. "${srcdir:-.}/tests/guest/common.sh"
skip_if_sanitized

allowed=$(sed 's/#.*//' "${srcdir:-.}/tests/guest/symbols.allow" |
	awk 'NF { print $1 }')
imported=$(undefined_symbols -D "$module")
count=$(echo "$imported" | wc -l)
echo "$count imported:" $imported

for symbol in $imported; do
	echo "$allowed" | grep -qxF "$symbol" ||
		fail "$symbol is not in tests/guest/symbols.allow"
done
echo "$imported" | grep -q '^__errno_location$' ||
	fail "no errno: is this the module?"
test "$count" -le 40 || fail "more than 40"
exit $failed
