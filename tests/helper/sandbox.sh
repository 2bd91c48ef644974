#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The sandbox of mdns-helper: what it refuses, what goes on working, what is
# left of the privileges; as root, as an ordinary user, in a user namespace.
set -u
export LC_ALL=C
# At its end the leak sanitizer starts a thread and traces itself.
export ASAN_OPTIONS=detect_leaks=0

refused="socket-ipv4 socket-ipv6 socket-netlink socket-packet
	socket-unix-stream connect bind setsockopt-filter exec exec-descriptor
	fork fork-clone3 unshare ptrace process-vm-readv kill tgkill open-write
	open-read-write open-create open-truncate open-folder-as-such unlink
	mkdir chmod mprotect-exec mmap-exec setuid mount chroot bpf io-uring
	userfaultfd perf-event keyctl prctl-dumpable personality setrlimit
	ioctl memfd-secret"
not_in_etc="open-elsewhere open-proc open-folder"
works="read-configuration stat-configuration join-ipv4 join-ipv6 dump-links
	leave-links serve-client send-datagram map-memory allocate clock random event-loop
	notify journal timer duplicate robust-list write"
# Of these a kernel may say so by itself.
may_be_refused="socket-packet ptrace process-vm-readv setuid mount chroot bpf
	io-uring userfaultfd perf-event keyctl memfd-secret"

# Outside: once for each way, with a network, a /run and an /etc of its own.
if [ "${INSIDE-}" != sandbox ]; then
	export INSIDE=sandbox
	probe=${SANDBOX_PROBE:-tests/helper/sandbox_probe}
	folder=$(mktemp -d) || exit 99
	trap 'rm -rf "$folder"' EXIT
	cp "$probe" "$folder/probe" && chmod 755 "$folder" || exit 99
	ways=0
	status=0
	for way in root user userns; do
		flags=-nm
		[ "$way" != userns ] || flags=-rnm
		if ! unshare $flags true 2>/dev/null; then
			echo "not tested here: $way"
			continue
		fi
		ways=$((ways + 1))
		unshare $flags "$0" "$way" "$folder"
		case $? in
		0) ;;
		77) exit 77 ;;
		*) status=1 ;;
		esac
	done
	if [ "$ways" = 0 ]; then
		echo "SKIP: no namespaces here"
		exit 77
	fi
	exit $status
fi

# Inside.
way=$1 folder=$2
failed=0
as=
# util-linux's setpriv; nobody's number is another one here and there.
[ "$way" != user ] || as="setpriv --reuid 65534 --regid 65534 --clear-groups"

fail() {
	echo "FAIL $way: $*"
	failed=1
}

# run MODE: the probe, in an empty folder; its lines go to $folder/out.
run() {
	rm -rf "$folder/own" "$folder/out"
	mkdir -m 777 "$folder/own"
	: >"$folder/own/file"
	chmod 666 "$folder/own/file"
	(cd "$folder/own" &&
		timeout 60 $as "$folder/probe" "$1") >"$folder/out" </dev/null
}

# expect RESULT NAME...
expect() {
	result=$1
	shift
	for name; do
		echo "$name $result"
	done
}

# check MODE: everything is as it should be in that mode.
check() {
	run "$1" || fail "probe $1: exit status $?"
	landlock=$(sed -n 's/^landlock //p' "$folder/out")
	abstract=EPERM
	# Version 6 is the first that knows of them.
	[ "$landlock" -ge 6 ] && [ "$1" != abstract ] || abstract=ok
	{
		expect "$landlock" landlock
		expect nothing missing
		expect EPERM $refused
		expect EACCES $not_in_etc
		expect "$abstract" send-abstract
		expect ok $works
		expect 0000000000000000 CapInh CapPrm CapEff CapAmb
		# Who has no right to it keeps this one.
		if [ "$way" = user ]; then
			grep '^CapBnd ' "$folder/out"
		else
			expect 0000000000000000 CapBnd
		fi
		expect 1 NoNewPrivs
		expect 2 Seccomp
	} | sort >"$folder/expected"
	sort "$folder/out" | diff "$folder/expected" - ||
		fail "probe $1: < as it should be, > as it is"
	echo "$way, $1: $(wc -l <"$folder/out") results read"
}

mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal || exit 99
chmod 777 /run /run/systemd/journal
mount -t tmpfs tmpfs /etc && echo "timeout = 1s" >/etc/dotlocal.conf || exit 99

run path
missing=$(sed -n 's/^missing //p' "$folder/out")
case $missing in
*kernel*)
	echo "SKIP: $missing"
	exit 77 ;;
esac
check path
rm -f /run/notify
check abstract
run abort
[ $? = 134 ] || fail "abort() does not end in SIGABRT"

# And without: if the kernel refuses it anyway, the above shows nothing.
if [ "$way" != user ]; then
	run none || fail "probe none: exit status $?"
	for name in $refused $not_in_etc send-abstract; do
		case " $(echo $may_be_refused) " in
		*" $name "*) continue ;;
		esac
		if grep -E "^$name (EPERM|EACCES)$" "$folder/out"; then
			fail "$name is refused without a sandbox as well"
		fi
	done
	for name in $works; do
		grep -qx "$name ok" "$folder/out" ||
			fail "$name does not work without a sandbox either"
	done
fi
exit $failed
