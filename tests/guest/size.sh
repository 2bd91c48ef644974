#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What every process on the machine pays: at most 64 KB and 60 relocations.
. "${srcdir:-.}/tests/guest/common.sh"
skip_if_sanitized

stripped=tests/guest/stripped.so
trap 'rm -f $stripped' EXIT
$STRIP --strip-unneeded -o $stripped "$module"
size=$(wc -c < $stripped)

# A line of readelf that starts with an offset is a relocation; in a packed
# section (RELR) it may stand for many, so ours must not have one.
relocations=$($READELF -rW "$module")
count=$(echo "$relocations" | grep -c '^[0-9a-f]\{8,\} ' || true)
echo "$relocations"
echo "$size octets stripped, $count relocations"

test "$size" -gt 4096 || fail "too small to be the module"
test "$size" -le 65536 || fail "more than 64 KB"
test "$count" -gt 0 || fail "no relocations: they were not counted"
test "$count" -le 60 || fail "more than 60 relocations"
$READELF -SW "$module" | grep ' RELR ' && fail "packed relocations"
exit $failed
