#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The core half of the resolver is pure: it calls mem* and str* of libc and
# itself, so it cannot wait, allocate, or read a clock.
. "${srcdir:-.}/tests/guest/common.sh"
skip_if_sanitized

core=.libs/libmdns-core.a
own=$($NM --defined-only -g "$core" | awk 'NF == 3 { print $3 }' | sort -u)
used=$(undefined_symbols "$core")
foreign=$(echo "$used" | while read -r symbol; do
	echo "$own" | grep -qxF "$symbol" || echo "$symbol"
done)
echo "from outside:" $foreign

# mem* and str*, their checked forms, and what the compiler itself calls.
for symbol in $foreign; do
	case $symbol in
	mem*|str*) ;;
	bcmp|__mem*_chk|__str*_chk) ;;
	__stack_chk_fail*|__stack_chk_guard|_GLOBAL_OFFSET_TABLE_) ;;
	*) fail "$symbol" ;;
	esac
done
for symbol in $own; do
	case $symbol in
	mdns_*) ;;
	*) fail "$symbol has no mdns_ prefix" ;;
	esac
done
echo "$foreign" | grep -q '^mem' || fail "no mem*: is this the core?"
exit $failed
