#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each row of tests/wounds.md names tests, and each of them is there and is run.
set -u
export LC_ALL=C

source=${srcdir:-.}
table=$source/tests/wounds.md
failed=0

fail() {
	echo "FAIL $*"
	failed=1
}

# of_make FILE: some local.mk runs that unit test or script.
of_make() {
	cat "$source"/tests/local.mk "$source"/tests/guest/local.mk |
		sed 's,#.*,,' | tr -s ' \t\\' '\n' | grep -qxF "${1%.c}"
}

# is_run FILE TEST
is_run() {
	case $1 in
	tests/*/test_*.py) # all that tests/run finds
		[ -x "$source/$1" ] &&
			grep -A 1 -x '@test' "$source/$1" |
			grep -q "^def $2(" ;;
	tests/*/test_*.c)
		of_make "$1" && grep -q "^START_TEST($2)" "$source/$1" &&
			grep -q "tcase_add_[a-z_]*test([a-z_]*, $2[,)]" \
				"$source/$1" ;;
	tests/*.sh) [ -z "$2" ] && of_make "$1" ;;
	*) false ;;
	esac
}

rows=$(grep '^| ' "$table" | grep -v '^| defect ')
count=$(echo "$rows" | wc -l)
[ "$count" -ge 27 ] || fail "only $count rows in $table"
bare=$(echo "$rows" | grep -v '| `tests/[^|]*|$')
[ -z "$bare" ] || fail "without a test: $bare"

tests=$(echo "$rows" | grep -o '`tests/[^`]*`' | tr -d '`' | sort -u)
named=0
while read -r file test; do
	named=$((named + 1))
	is_run "${file%:}" "$test" || fail "${file%:} has no $test that is run"
done <<END
$tests
END
echo "$count defects, $named tests"
exit $failed
