#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup's command line: what it refuses before anything is asked, and
# what it says then. Nothing here sends a message; in case the tool is wrong
# about that, there is no network and no mdns-helper either.
set -u
export LC_ALL=C

if [ "${INSIDE-}" != lookup ]; then
	export INSIDE=lookup
	unshare -mn true 2>/dev/null && exec unshare -mn "$0"
	unshare -rmn true 2>/dev/null && exec unshare -rmn "$0"
	echo "SKIP: no network namespaces here"
	exit 77
fi
mount -t tmpfs none /run || exit 99

tool=${MDNS_LOOKUP:-./mdns-lookup}
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
failed=0

fail() {
	echo "FAIL $*"
	sed 's/^/  /' "$folder/out" "$folder/err"
	failed=1
}

# refuse STATUS WORDS ARG...: mdns-lookup ARG... exits with STATUS, and what
# it says has the words in it.
refuse() {
	want=$1 words=$2
	shift 2
	"$tool" "$@" >"$folder/out" 2>"$folder/err" </dev/null
	status=$?
	[ "$status" = "$want" ] ||
		fail "mdns-lookup $*: exit status $status, not $want"
	cat "$folder/out" "$folder/err" | grep -qF -- "$words" ||
		fail "mdns-lookup $*: does not say: $words"
	LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" \
		"$folder/out" "$folder/err" &&
		fail "mdns-lookup $*: control characters in what it says"
	count=$((count + 1))
}
count=0

# Help and version.
refuse 0 "Usage: mdns-lookup" --help
[ "$(wc -l <"$folder/out")" -le 24 ] || fail "--help does not fit a screen"
! grep -q '.\{81\}' "$folder/out" || fail "--help has lines above 80 columns"
refuse 0 "nss-dotlocal" --version

# Options.
refuse 2 "a name or an address is missing"
refuse 2 "Try: mdns-lookup --help" -x
refuse 2 "Try: mdns-lookup --help" --nosuch a.local
refuse 2 "Try: mdns-lookup --help" -i
refuse 2 "interface is missing" -i "" a.local
refuse 2 "at most 16" -i1 -i2 -i3 -i4 -i5 -i6 -i7 -i8 -i9 -i10 -i11 -i12 \
	-i13 -i14 -i15 -i16 -i17 a.local
for seconds in "" 0 0.09 60.1 1e9 nan inf -1 +1 0x1 1s 1,5 1.5.5 . ; do
	refuse 2 "0.1 to 60 seconds" -w "$seconds" a.local
done

for seconds in 0.09 86400.1 1e9 1s; do
	refuse 2 "0.1 to 86400 seconds" --watch -w "$seconds" a.local
	refuse 2 "0.1 to 86400 seconds" -w "$seconds" --browse _ipp._tcp
done

# --watch and --browse. Without a network the next step is status 3.
refuse 2 "a name or an address is missing" --watch
refuse 2 "a service is missing, such as _ipp._tcp" --browse
refuse 2 "only one of --watch, --browse" --watch --browse a.local
refuse 2 "only one of --watch, --browse" --browse --watch a.local
refuse 2 "no name is looked up" --watch --check-config
refuse 2 "type: getent ahosts www.example.com" --watch www.example.com
refuse 2 "type: getent hosts 192.168.1.7" --watch 192.168.1.7
refuse 2 "not a .local name" --watch good.local www.example.com
! grep -q good.local "$folder/out" "$folder/err" || fail "it asked for one"
refuse 3 "no interface can be asked:" --watch a.local 169.254.1.1 fe80::1%lo
refuse 3 "no interface can be asked:" -w 86400 --watch a.local
for service in ipp ipp._tcp _ipp _tcp _tcp.local _ipp._sctp _ipp.local local \
	. printer.local; do
	refuse 2 "--browse _ipp._tcp" --browse "$service"
done
refuse 2 "_ipp._tcp.example.com: not in .local" --browse _ipp._tcp.example.com
refuse 2 "not a name" --browse ""
refuse 2 "not a name" --browse _ipp.._tcp
refuse 2 '\027\0912J._tcp: not a kind' --browse "$(printf '\033[2J._tcp')"
for service in _ipp._tcp _ipp._tcp.local _IPP._TCP.Local. _x._udp \
	_color._sub._ipp._tcp _services._dns-sd._udp; do
	refuse 3 "no interface can be asked:" --browse "$service"
done
label=$(printf '_%062d' 0)
refuse 3 "no interface" --browse "_x._sub.$label.$label.$label._ipp._tcp"
refuse 2 "not in .local" \
	--browse "_x._sub.$label.$label.$label._${label%???????????????????}._tcp"

# What mdns-helper is asked. There is none, so the next step is status 3.
helper="--helper --reconfirm --flush --status"
for first in --watch --browse $helper; do
	for second in --watch --browse $helper; do
		[ "$first" = "$second" ] ||
			refuse 2 "only one of --watch, --browse, --helper" \
				"$first" "$second" a.local
	done
done
for mode in $helper; do
	refuse 2 "not mdns-helper" -4 "$mode" a.local
	refuse 2 "not mdns-helper" "$mode" -6 a.local
	refuse 2 "not mdns-helper" "$mode" -i eth0 a.local
	refuse 2 "not mdns-helper" "$mode" -v a.local
	refuse 2 "0.1 to 60 seconds" "$mode" -w 61 a.local
	refuse 2 "no name is looked up" "$mode" --check-config
done
for mode in --reconfirm --flush --status; do
	refuse 2 "-w: there is nothing to wait for" "$mode" -w 1 a.local
done
for mode in --helper --reconfirm; do
	refuse 2 "a name or an address is missing" "$mode"
	refuse 2 "type: getent ahosts www.example.com" "$mode" www.example.com
	refuse 2 "type: getent hosts 192.168.1.7" "$mode" 192.168.1.7
	refuse 2 "not a .local name" "$mode" good.local www.example.com
	! grep -q good.local "$folder/out" "$folder/err" || fail "it asked"
	refuse 3 "mdns-helper: not running" "$mode" a.local
	refuse 3 "mdns-helper: not running" "$mode" 169.254.1.1 a.local
done
refuse 3 "mdns-helper: not running" --helper -w 60 a.local
refuse 2 "leave out %lo" --helper fe80::1%lo
refuse 3 "mdns-helper: not running" --reconfirm fe80::1%lo
refuse 2 "no such interface: nosuch0" --reconfirm fe80::1%nosuch0
refuse 2 "--flush: no name goes with it" --flush a.local
refuse 2 "--status: no name goes with it" --status a.local
refuse 3 "systemctl start mdns-helper.socket" --flush
refuse 3 "systemctl start mdns-helper.socket" --status

# Addresses that have no name here; 169.254/16 and fe80::/10 are in
# answers.sh.
for address in 192.168.1.7 169.253.255.255 169.255.0.0 127.0.0.1 0.0.0.0 ::1 \
	fe7f::1 fec0::1 2001:db8::1 ::ffff:169.254.1.1; do
	refuse 2 "type: getent hosts $address" "$address"
done
refuse 2 "2001:db8::1: mDNS has names" 2001:0db8:0::1%eth0

# Names that are not ours; the line to type is safe to paste.
refuse 2 "type: getent ahosts www.example.com" www.example.com
refuse 2 "type: getent ahosts nas.home.arpa" nas.home.arpa.
refuse 2 "type: getent ahosts printer.xlocal" printer.xlocal
refuse 2 "type: getent ahosts 7.1.168.192.in-addr.arpa" \
	7.1.168.192.in-addr.arpa
refuse 2 'type: getent ahosts a\059reboot.example' 'a;reboot.example'
refuse 2 "type: mdns-lookup printer.local" printer
refuse 2 "such as printer.local" .
refuse 2 "such as printer.local" local
refuse 2 "such as printer.local" LOCAL.

# What is no name at all.
label=$(printf '%064d' 0)
refuse 2 "not a name" ""
refuse 2 "not a name" ..local
refuse 2 "not a name" a..local
refuse 2 "not a name" "$label.local"
refuse 2 "not a name" 'a\999.local'
refuse 2 '?[2Jx..local: not a name' "$(printf '\033[2Jx..local')"
refuse 2 '?x..local: not a name' "$(printf '\233x..local')"
refuse 2 'type: getent ahosts \027\0912J.example' \
	"$(printf '\033[2J.example')"

# One bad operand, and nothing is asked for the others.
refuse 2 "not a .local name" good.local www.example.com
! grep -q good.local "$folder/out" "$folder/err" || fail "it asked for one"

# --check-config.
refuse 2 "no name is looked up" --check-config a.local
refuse 2 "$folder/none: no such file" --check-config="$folder/none"
cat >"$folder/good" <<'END'
# fine
timeout = 3s
resend = 500ms, 1s 2s # so is this

interfaces = eth* wlan?
END
refuse 0 "$folder/good: no mistakes" --check-config="$folder/good"
cat >"$folder/bad" <<'END'
timeout = 1250
grace = 100ms
tiemout = 1s

just words
many-labels = maybe
END
refuse 1 "$folder/bad:1: timeout is" --check-config="$folder/bad"
cut -d: -f2 "$folder/out" | tr '\n' ' ' >"$folder/lines"
[ "$(cat "$folder/lines")" = "1 3 5 6 " ] ||
	fail "mistakes in lines $(cat "$folder/lines"), not 1 3 5 6"
refuse 1 "$folder/bad:3: unknown key" --check-config="$folder/bad"
yes '# all of this is a comment' | head -c 9000 >"$folder/long"
refuse 1 "only the first 8192 octets" --check-config="$folder/long"

# A full disk is not success.
if [ -c /dev/full ]; then
	"$tool" --version >/dev/full 2>"$folder/err" && fail "/dev/full"
fi

[ "$failed" = 0 ] && echo "$count command lines"
exit "$failed"
