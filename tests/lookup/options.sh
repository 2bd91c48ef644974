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
refuse 2 "-x: unknown option; type: mdns-lookup --help" -x
refuse 2 "-x: unknown option" -4x a.local
refuse 2 "--nosuch: unknown option" --nosuch a.local
refuse 2 "--nosuch=?[2J: unknown option" "--nosuch=$(printf '\033[2J')"
refuse 2 "--re: unknown option, or several begin so" --re a.local
refuse 2 "-i: a value is missing" -i
refuse 2 "i: a value is missing" -4i
refuse 2 "--type: a value is missing" a.local --type
for option in --json=yes --verbose=3 --ipv4=1 --ipv6= --help=x; do
	refuse 2 "$option: it takes no value" $option a.local
done
refuse 2 "-x: unknown option" --ipv4 -4x a.local
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

# Long and short forms, abbreviations, and operands anywhere. Without a network
# the next step is status 3; so is each of these understood.
none="be asked:"
refuse 3 "$none" a.local -4 --ipv6 -i lo --interface eth0 -w 1 --timeout=0.2
refuse 3 "nosuch0          there is no such interface" -i lo -i nosuch0 a.local
grep -q " lo .*no such" "$folder/err" && fail "there is one"
refuse 3 "?[2J " -i "$(printf '\033[2J')" a.local
refuse 3 "no such interface" --watch -i nosuch0 a.local
refuse 3 "$none" -v --verbose --no-helper -4 a.local --time 0.2
refuse 3 "$none" -i 'eth*' -- a.local
refuse 2 "not a .local name; type: mdns-lookup --json.local" -- --json
refuse 3 "$none" -- a.local -x.local

# What the answer looks like.
refuse 2 "--short and --json do not go together" --short --json a.local
refuse 2 "--short and --json do not go together" --json --short a.local
refuse 2 "--color: auto, always or never" --color=red a.local
for color in --color --color=auto --color=always --color=never; do
	refuse 3 "$none" $color a.local
done
[ ! -s "$folder/out" ] || fail "--color: something on standard output"

# Types.
for type in "" , A, ,A "A AAAA" TYPE TYPE65536 TYPE-1 65536x B/; do
	refuse 2 "is no type of records" -t "$type" a.local
done
# Each of the table, in any case of its letters.
types=$(sed -n 's/^.*{[0-9]*, "\([A-Z0-9-]*\)".*/\1/p' \
	"${srcdir:-.}/resolver/rr_types.c")
[ "$(echo "$types" | wc -l)" -ge 50 ] || fail "the table of types is not found"
for type in $types TYPE0 type65535; do
	refuse 3 "$none" -t "$type" a.local
	refuse 3 "$none" -t "$(echo "$type" | tr A-Z a-z)" a.local
done
refuse 2 "-t: (nothing) is no type" -t A, a.local
refuse 2 "-t: B is no type" -t A,B,C a.local
refuse 2 "?[2J is no type" -t "$(printf '\033[2J')" a.local
refuse 2 "-t: at most 16 of these" \
	-t A,A,A,A,A,A,A,A,A,A,A,A,A,A,A,A -t type17 a.local
refuse 2 "-t: at most 16 of these" -t A,A,A,A,A,A,A,A,A,A,A,A,A,A,A,A,A a.local

# Ways of asking.
for first in --one-shot --qm --qu "--unicast a.local"; do
	for second in --one-shot --qm --qu --unicast=a.local; do
		[ "${first% *}" = "${second%=*}" ] ||
			refuse 2 "only one of --one-shot, --qm, --qu and" \
				$first $second a.local
	done
done

# Whom to ask.
for host in router router. www.example . _ipp._tcp.local x._ipp._tcp; do
	refuse 2 "is neither an address nor the name of a host in .local" \
		--unicast "$host" a.local
	grep -qF -- "--unicast: " "$folder/err" || fail "whose fault is it"
done
refuse 2 "a..local: not a name" --unicast a..local a.local
for host in 10.0.0.1 fe80::1%lo fd00::1 b.local 1.7.254.169.in-addr.arpa; do
	refuse 3 "" --unicast "$host" a.local
done

# What is there, but empty.
refuse 2 "--unicast: a value is missing behind it" --unicast "" a.local
refuse 2 "a value is missing behind it" --pcap= a.local
refuse 2 "--read: a value is missing behind it" --read ""
refuse 2 "a value is missing behind it" --check-config=
refuse 2 "a value is missing behind it" --color= a.local

# Modes, two by two.
modes="--watch --browse --types --monitor --doctor --helper --reconfirm --flush
	--status --check-config"
for first in $modes; do
	for second in $modes; do
		[ "$first" = "$second" ] ||
			refuse 2 "$first and $second do not go together" \
				"$first" "$second"
	done
	refuse 2 "$first and --read do not go together" "$first" --read x
done
for mode in --watch --types --monitor; do
	refuse 2 "$mode and --resolve do not go together" "$mode" --resolve
done
refuse 2 "--browse and --watch do not go together" \
	--browse --resolve --watch a.local

# What has no use with them.
useless() {
	option=$1
	shift
	for mode in "$@"; do
		refuse 2 "${option%% *}: has no use with $mode" $option "$mode"
		refuse 2 "${option%% *}: has no use with $mode" "$mode" $option
	done
}
helper="--helper --reconfirm --flush --status"
offline="$helper --check-config --read=x"
for option in -4 -6 "-i eth0" "--pcap $folder/pcap"; do
	for mode in $helper --check-config; do
		useless "$option" "$mode"
	done
	refuse 2 "${option%% *}: has no use with --read" $option --read=x
done
[ ! -e "$folder/pcap" ] || fail "--pcap made a file"
for mode in $modes --resolve; do
	for option in "-t A" --all --one-shot --qm --qu "--unicast a.local"; do
		useless "$option" "$mode"
	done
	[ "$mode" = --doctor ] || useless --unicast-soa "$mode"
done
refuse 2 "--unicast-soa: has no use with a lookup" --unicast-soa a.local
useless -v $helper --check-config
useless --short --watch --monitor --doctor --check-config --reconfirm \
	--flush --status
useless --no-helper $helper --doctor
for mode in --check-config --status --flush; do
	refuse 2 "-w: there is nothing to wait for with $mode" "$mode" -w 1
done
refuse 2 "-w: there is nothing to wait for with --read" --read x -w 1
refuse 2 "-w: there is nothing to wait for" --reconfirm -w 1 a.local
refuse 2 "0.1 to 60 seconds" --helper -w 61 a.local
refuse 2 "0.1 to 60 seconds" --resolve -w 61 "x._ipp._tcp"
refuse 2 "0.1 to 60 seconds" --doctor -w 61
refuse 2 "0.1 to 86400 seconds" --types -w 86401
refuse 2 "0.1 to 86400 seconds" --monitor -w 86401

# --watch and --browse.
refuse 2 "a name or an address is missing" --watch
refuse 2 "a service is missing, such as _ipp._tcp" --browse
refuse 2 "a service is missing" --browse --resolve
refuse 2 "the name of a service is missing" --resolve
refuse 2 "--doctor: one name at a time" --doctor a.local b.local
refuse 2 "no name is looked up" --check-config a.local
refuse 2 "type: getent ahosts www.example.com" --watch www.example.com
refuse 2 "type: getent hosts 192.168.1.7" --watch 192.168.1.7
refuse 2 "not a .local name" --watch good.local www.example.com
! grep -q good.local "$folder/out" "$folder/err" || fail "it asked for one"
refuse 3 "$none" --watch a.local 169.254.1.1 fe80::1%lo
refuse 3 "$none" -w 86400 --watch a.local

# Services: kinds.
for service in ipp ipp._tcp _ipp _tcp _tcp.local _ipp._sctp _ipp.local local \
	. printer.local; do
	refuse 2 "--browse _ipp._tcp" --browse "$service"
done
# Of other domains the unicast name servers are asked: there are none here.
silent="no name server answers; type: cat /etc/resolv.conf"
mixed="services in .local and in other domains need a command each"
refuse 3 "_ipp._tcp.example.com: $silent" --browse _ipp._tcp.example.com
refuse 3 "$silent" --browse --resolve -w 1 _color._sub._ipp._tcp.example.com
refuse 2 "$mixed" --browse _ipp._tcp _ipp._tcp.example.com
refuse 2 "$mixed" --browse _ipp._tcp.example.com _ipp._tcp.local
refuse 2 "not a .local name" --watch _ipp._tcp.example.com
refuse 2 "not a .local name" _ipp._tcp.example.com
refuse 2 "not a name" --browse ""
refuse 2 "not a name" --browse _ipp.._tcp
refuse 2 '?[2J..tcp: not a name' --browse "$(printf '\033[2J..tcp')"
refuse 2 '\027\0912J._tcp: not a kind' --browse "$(printf '\033[2J._tcp')"
refuse 2 "one service, not a kind; type: mdns-lookup --resolve 'x._ipp._tcp" \
	--browse x._ipp._tcp
for service in _ipp._tcp _ipp._tcp.local _IPP._TCP.Local. _x._udp \
	_color._sub._ipp._tcp _services._dns-sd._udp; do
	refuse 3 "$none" --browse "$service"
	refuse 3 "$none" --browse --resolve "$service"
	refuse 3 "$none" --resolve --browse "$service"
done
label=$(printf '_%062d' 0)
domain=$label.$label.$label
refuse 3 "$none" --browse "_ipp._tcp.${domain#_}.local"
refuse 3 "$none" --browse "$label._sub.$label._tcp"
refuse 3 "example.com: $silent" --types example.com
refuse 2 "$mixed" --types local example.com
refuse 2 "not in .local" --types .
for kind in _ipp._tcp _ipp._tcp.local _ipp._tcp.example.com; do
	refuse 2 "not a domain; type: mdns-lookup --browse $kind" --types $kind
done
refuse 2 "not in .local" --types 254.169.in-addr.arpa
refuse 2 "not in .local" --types 1.7.254.169.in-addr.arpa
refuse 2 "not a name" --types ""
refuse 3 "$none" --types
refuse 3 "$none" --types local
refuse 3 "$none" --types Local. sub.local

# Services: one of them.
refuse 2 "a kind of service, not one; type: mdns-lookup --browse --resolve _i" \
	--resolve _ipp._tcp
refuse 2 "not the name of a service, such as \"My Printer._ipp._tcp\"" \
	--resolve printer.local
refuse 2 "not a name" --resolve ""
refuse 3 "$silent" --resolve "My Printer._ipp._tcp.example.com"
refuse 2 "$mixed" --resolve "My Printer._ipp._tcp.example.com" \
	"My Printer._ipp._tcp"
refuse 2 "not a .local name" -t SRV "My Printer._ipp._tcp.example.com"
for service in "My Printer._ipp._tcp" "My Printer 2.0._ipp._tcp.local" \
	'Caf\195\169 \\o/._http._tcp' "$(printf 'B\303\274ro.')_ssh._tcp"; do
	refuse 3 "$none" --resolve "$service"
	refuse 3 "$none" -t SRV,TXT "$service"
	refuse 2 "a service, not a host; type: mdns-lookup --resolve" "$service"
done
# The line to type has it as people read it, where that means the same.
refuse 2 "--resolve 'My Printer 2.0._ipp._tcp.local'" "My Printer 2.0._ipp._tcp"
refuse 2 "--resolve 'My Printer 2.0._ipp._tcp.local'" \
	--browse "My Printer 2.0._ipp._tcp"
refuse 2 "--resolve 'Ann\039s\032Printer._ipp._tcp.local'" \
	"Ann's Printer._ipp._tcp"
refuse 2 "--resolve 'x\092032y._ipp._tcp.local'" 'x\092032y._ipp._tcp'

# Services where a host is wanted, and the other way round.
for mode in "" --watch --helper --reconfirm --doctor; do
	refuse 2 "a kind of service, not a host; type: mdns-lookup --browse _i" \
		$mode _ipp._tcp
	refuse 2 "_ipp._tcp.local: a kind" $mode _ipp._tcp.local
	refuse 2 "a service, not a host" $mode x._ipp._tcp
done
refuse 3 "$none" -t PTR _ipp._tcp
refuse 3 "$none" -t PTR _services._dns-sd._udp

# What mdns-helper is asked. There is none, so the next step is status 3.
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
refuse 3 "mdns-helper: not running" --helper --short a.local
refuse 3 '"reason":"error"' --helper --json a.local
grep -q "mdns-helper: not running" "$folder/err" || fail "--json: no complaint"
refuse 2 "leave out %lo" --helper fe80::1%lo
refuse 3 "mdns-helper: not running" --reconfirm fe80::1%lo
refuse 2 "no such interface: nosuch0" --reconfirm fe80::1%nosuch0
refuse 2 "--flush: no name goes with it" --flush a.local
refuse 2 "--status: no name goes with it" --status a.local
for mode in --flush --status; do
	refuse 3 "systemctl start mdns-helper.socket" $mode
	refuse 3 "systemctl start mdns-helper.socket" $mode --json
	[ ! -s "$folder/out" ] || fail "$mode: something on standard output"
done

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
refuse 2 "type: getent ahosts 'a\059reboot.example'" 'a;reboot.example'
refuse 2 "type: mdns-lookup 'my\032nas.local'" 'my nas'
refuse 2 "--browse '_i\032p._tcp" '_i p._tcp'
refuse 2 "--browse --resolve '_i\032p._tcp" --resolve '_i p._tcp'
refuse 2 "type: mdns-lookup printer.local" printer
refuse 2 "type: mdns-lookup -t AAAA NAME" a.local AAAA
refuse 2 "type: mdns-lookup --unicast HOST NAME" @192.168.1.1 a.local
refuse 2 "such as printer.local" .
refuse 2 "such as printer.local" local
refuse 2 "such as printer.local" LOCAL.

# Several wrong ones are told all at once, each with a line of its own.
refuse 2 "printer: not a .local name" printer 10.0.0.1 ""
[ "$(wc -l <"$folder/err")" = 3 ] || fail "not a line for each operand"

# What is no name at all.
label=$(printf '%064d' 0)
refuse 2 "not a name" ""
refuse 2 "not a name" ..local
refuse 2 "not a name" a..local
refuse 2 "not a name" "$label.local"
refuse 2 "not a name" 'a\999.local'
refuse 2 '?[2Jx..local: not a name' "$(printf '\033[2Jx..local')"
refuse 2 '?x..local: not a name' "$(printf '\233x..local')"
refuse 2 "type: getent ahosts '\027\0912J.example'" \
	"$(printf '\033[2J.example')"

# One bad operand, and nothing is asked for the others.
refuse 2 "not a .local name" good.local www.example.com
! grep -q good.local "$folder/out" "$folder/err" || fail "it asked for one"

refuse 2 "not a name" "$(printf '%0300d.local' 0)"
refuse 2 "not a name" "$(printf '%050d.' 1 2 3 4 5 6)local"
for option in -i --unicast; do
	refuse 2 "?[2J" "$option" "$(printf '\033[2J')" "$(printf '\033[2J..')"
done

# --check-config.
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
refuse 0 '"mistakes":0' --check-config="$folder/good" --json
refuse 1 '"mistakes":4' --check-config="$folder/bad" --json
[ "$(grep -c '^{"kind":"mistake"' "$folder/out")" = 4 ] || fail "not 4 mistakes"
refuse 1 '"mistakes":1' --check-config="$folder/long" --json

# Each of these is one line for people, not a page.
refuse 2 "missing" --watch
[ "$(wc -l <"$folder/err")" = 1 ] || fail "more than a line"
refuse 2 "unknown option" --nosuch
[ "$(wc -l <"$folder/err")" = 1 ] || fail "more than a line"

# A full disk is not success.
if [ -c /dev/full ]; then
	"$tool" --version >/dev/full 2>"$folder/err" && fail "/dev/full"
fi

[ "$failed" = 0 ] && echo "$count command lines"
exit "$failed"
