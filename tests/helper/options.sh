#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The command line of mdns-helper: what it refuses, and that it says why. In
# case it is wrong about that and starts, there is no network and nobody's /run.
set -u
export LC_ALL=C

if [ "${INSIDE-}" != helper ]; then
	export INSIDE=helper
	unshare -mn true 2>/dev/null && exec unshare -mn "$0"
	unshare -rmn true 2>/dev/null && exec unshare -rmn "$0"
	echo "SKIP: no network namespaces here"
	exit 77
fi
mount -t tmpfs none /run || exit 99

folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
failed=0

# run STATUS WORDS OPTIONS...: the exit status, and what is in the output (0) or
# on standard error.
run() {
	status=$1 words=$2
	shift 2
	timeout 10 ./mdns-helper "$@" >"$folder/out" 2>"$folder/err" </dev/null
	got=$?
	if [ "$status" = 0 ]; then
		said=$folder/out silent=$folder/err
	else
		said=$folder/err silent=$folder/out
	fi
	if [ "$got" != "$status" ] || ! grep -qF -- "$words" "$said" ||
		[ -s "$silent" ]; then
		echo "mdns-helper $*: exit status $got, not $status, or no" \
			"\"$words\":"
		cat "$folder/out" "$folder/err"
		failed=1
	fi
}

whole="a whole number of seconds is needed, 1 to 86400"

run 0 "Usage: mdns-helper" --help
run 0 "mdns-helper (nss-dotlocal)" --version
run 0 "Usage: mdns-helper" -d --exit-idle-time=1 --help
run 0 "Usage: mdns-helper" --exit-idle-time=86400 --help
run 2 "$whole" --exit-idle-time=0 --help
run 2 "$whole" --exit-idle-time=86401 --help
run 2 "$whole" --exit-idle-time=99999999999999999999 --help
run 2 "$whole" --exit-idle-time=-1 --help
run 2 "$whole" --exit-idle-time=+1 --help
run 2 "$whole" --exit-idle-time=1s --help
run 2 "$whole" --exit-idle-time= --help
run 2 "$whole" --exit-idle-time=x --help
run 2 "--exit-idle-time=1s" --exit-idle-time=1s
run 2 "Try: mdns-helper --help" --exit-idle-time
run 2 "Try: mdns-helper --help" --nothing
run 2 "Try: mdns-helper --help" -x
run 2 "mdns-helper: eth0: there is nothing to name here" eth0
run 2 "there is nothing to name here" -d -- --help

exit $failed
