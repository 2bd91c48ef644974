#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The units of mdns-helper: systemd understands every line, the service is as
# closed as we say, and they agree with the program.
set -u
export LC_ALL=C

for tool in systemd-analyze systemd-sysusers systemd-tmpfiles; do
	if ! command -v $tool >/dev/null; then
		echo "SKIP: no $tool here"
		exit 77
	fi
done
if ! systemd-analyze --help | grep -q -e --offline; then
	echo "SKIP: systemd-analyze is older than systemd 250"
	exit 77
fi

source=${srcdir:-.}
units=tools/helper # of the build folder
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
failed=0

fail() {
	echo "FAIL $*"
	failed=1
}

# value KEY FILE: of its last line.
value() {
	sed -n "s/^$1=//p" "$2" | tail -n 1
}

# number NAME HEADER: of a #define.
number() {
	sed -n "s/^#define $1 \([0-9]*\).*/\1/p" "$source/$2"
}

service=$folder/mdns-helper.service
socket=$folder/mdns-helper.socket
# It need not be installed for this.
sed "s,^ExecStart=[^ ]*,ExecStart=$PWD/mdns-helper," \
	"$units/mdns-helper.service" >"$service" || exit 99
cp "$source/tools/helper/mdns-helper.socket" "$socket" || exit 99
grep -q "^ExecStart=/.*/mdns-helper --exit-idle-time=600$" \
	"$units/mdns-helper.service" || fail "ExecStart of the built unit"
grep '@[a-z]*@' "$units/mdns-helper.service" && fail "not replaced"

# What systemd has to say about other units of this machine is not ours.
timeout 60 systemd-analyze verify --man=no "$socket" "$service" \
	>"$folder/out" 2>&1
grep mdns-helper "$folder/out" && fail "systemd-analyze verify, see above"

# Beside a systemd-resolved that is started as early as it is.
boot=$folder/boot
mkdir -p "$boot/sysinit.target.wants" "$boot/sockets.target.wants" || exit 99
cp "$socket" "$service" "$boot" || exit 99
cat >"$boot/systemd-resolved.service" <<-'END' || exit 99
	[Unit]
	Description=As of systemd 251
	DefaultDependencies=no
	Before=sysinit.target
	[Service]
	ExecStart=/bin/true
END
ln -s ../systemd-resolved.service "$boot/sysinit.target.wants/" &&
	ln -s ../mdns-helper.socket "$boot/sockets.target.wants/" || exit 99
SYSTEMD_UNIT_PATH=$boot: timeout 60 systemd-analyze verify --man=no \
	default.target >"$folder/out" 2>&1
grep -q "unit file was not found\|Failed to load" "$folder/out" &&
	cat "$folder/out"
grep "ordering cycle" "$folder/out" && fail "an ordering cycle, see above"

# 0.2 with PrivateUsers=, which would hide the users that the limits are for.
timeout 60 systemd-analyze security --offline=true --no-pager "$service" \
	>"$folder/out" 2>&1 || fail "systemd-analyze security"
if ! grep ' level for mdns-helper.service: 0\.[0-4] ' "$folder/out"; then
	fail "exposure above 0.4, because:"
	grep -v '^+' "$folder/out"
fi

# The program's own numbers.
[ "$(grep -c '^ListenDatagram=224.0.0.251:5353$' "$socket")" = \
	"$(number PORT_IPV4_SOCKETS tools/helper/port.h)" ] ||
	fail "not the number of IPv4 sockets that port.h has"
[ "$(value ListenSequentialPacket "$socket")" = /run/mdns-helper/socket ] &&
	grep -q '^#define MDNS_HELPER_FOLDER "/run/mdns-helper"$' \
		"$source/resolver/protocol.h" ||
	fail "not the socket that clients look for"
[ "$(value LimitNOFILE "$service")" -gt \
	"$(number CLIENTS_MAX tools/helper/clients.h)" ] ||
	fail "LimitNOFILE is too low for CLIENTS_MAX"
[ "$(value User "$service")" = mdns-helper ] || fail "User="

# The user and the folder.
mkdir "$folder/root" "$folder/root/etc" || exit 99
as_root=
[ "$(id -u)" = 0 ] || as_root="unshare -r"
timeout 60 $as_root systemd-sysusers --root="$folder/root" \
	"$PWD/$units/sysusers.d/mdns-helper.conf" 2>&1 ||
	fail "systemd-sysusers"
grep '^mdns-helper:.*:/usr/sbin/nologin$' "$folder/root/etc/passwd" ||
	fail "systemd-sysusers did not make the user"
timeout 60 $as_root systemd-tmpfiles --create --root="$folder/root" \
	"$PWD/$units/tmpfiles.d/mdns-helper.conf" 2>&1 ||
	fail "systemd-tmpfiles"
[ "$(stat -c '%a %u' "$folder/root/run/mdns-helper")" = "755 $(id -u)" ] ||
	fail "systemd-tmpfiles did not make the folder"
exit $failed
