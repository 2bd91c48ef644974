#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# No function of the module takes more than 2 KB of the caller's stack, and
# none an amount that depends on its arguments.
. "${srcdir:-.}/tests/guest/common.sh"
skip_if_sanitized

# The compiler wrote one .su file beside each object: place, octets, kind.
objects=$(ls resolver/.libs/*.o nss/.libs/*.o)
frames=$(cat $(echo "$objects" | sed 's/\.o$/.su/') 2>/dev/null) || {
	echo "SKIP: this compiler has no -fstack-usage (or it is an LTO build)"
	exit 77
}
echo "largest frames:"
echo "$frames" | sort -k 2 -n -r -t '	' | head -n 5

echo "$frames" | awk -F '\t' '$2 > 2048' | grep . && fail "more than 2 KB"
echo "$frames" | awk -F '\t' '$3 == "dynamic"' | grep . && fail "no bound"
echo "$frames" | grep -q 'nss_dotlocal_gethostbyname4_r' ||
	fail "the entry points are not among them"
exit $failed
