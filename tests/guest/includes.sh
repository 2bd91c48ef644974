#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Dependencies point one way: nss and tools -> sys -> core, and nss and tools
# never to each other.
. "${srcdir:-.}/tests/guest/common.sh"
cd "${srcdir:-.}"

# The core, as resolver/local.mk lists it.
core=$(sed -n '/^libmdns_core_la_SOURCES/,/[^\\]$/p' resolver/local.mk |
	grep -o 'resolver/[a-z_]*\.[ch]')
core_headers=$(echo "$core" | grep '\.h$')
echo "core:" $core

# includes FILES: lines "FILE INCLUDED", without brackets and quotes.
includes() {
	grep -E '^[ 	]*#[ 	]*include' "$@" /dev/null |
		sed 's/^\([^:]*\):[^"<]*["<]\([^">]*\)[">].*/\1 \2/'
}

checked=0
while read -r file included; do
	checked=$((checked + 1))
	case $included in
	stdbool.h|stddef.h|stdint.h|limits.h|string.h|config.h) continue ;;
	stdatomic.h) continue ;;
	linux/futex.h) continue ;; # constants
	esac
	echo "$core_headers" | grep -qxF "$included" ||
		fail "$file includes $included: not part of the core"
done <<EOT
$(includes $core)
EOT

# may_not FOLDER PATTERN: no file of the folder includes such a one.
may_not() {
	found=$(includes $(find "$1" -name '*.[ch]' | sort))
	checked=$((checked + $(echo "$found" | grep -c . || true)))
	echo "$found" | grep -E "^[^ ]+ ($2)" && fail "$1 must not"
	return 0
}
may_not resolver 'nss/|tools/|tests/'
may_not nss 'tools/|tests/'
for tool in tools/*/; do
	may_not "$tool" 'nss/|tests/'
	for other in tools/*/; do
		test "$tool" = "$other" || may_not "$tool" "$other"
	done
done

echo "$checked lines of #include read"
test "$checked" -ge 20 || fail "that cannot be all of them"
exit $failed
