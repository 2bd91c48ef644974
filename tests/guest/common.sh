# SPDX-License-Identifier: LGPL-2.1-or-later
# What the checks of the built module share; they source it.
set -eu
export LC_ALL=C

# make check runs in the build folder.
module=.libs/libnss_dotlocal.so.2
: "${READELF:=readelf}" "${NM:=nm}" "${STRIP:=strip}" "${SANITIZE:=no}"
failed=0

fail() {
	echo "FAIL: $*"
	failed=1
}

skip_if_sanitized() {
	if test "$SANITIZE" = yes; then
		echo "SKIP: a sanitizer adds symbols, segments and frames"
		exit 77
	fi
}

# Names of the undefined symbols of a file, sorted, without their version.
undefined_symbols() {
	$NM -u "$@" | awk '$1 == "U" || $1 == "w" { print $2 }' |
		sed 's/@.*//' | sort -u
}
