#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The module of 32-bit programs on a 64-bit machine: built without a warning,
# the stored inputs of the fuzz targets, and some tests of the others with that
# module, beside the 64-bit mdns-helper and mdns-lookup.

import os
import platform
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "..", "..")
BUILD = os.path.abspath(os.environ.get("BUILD", os.path.join(SOURCE, "build")))
BUILD_32 = os.path.join(BUILD, "32")

# Those that load the module into 32-bit programs of ours. getent, python and
# seccomp filters that name system calls by number are 64-bit.
TESTS = {
    "net/test_direct.py": [
        "dual_stack_costs_one_packet_a_transport", "missing_name",
        "two_links_at_once", "late_answer", "link_local_ipv4",
        "interfaces_come_and_go", "netlink_forbidden"],
    "net/test_table.py": [
        "canonical_name_and_ttl", "preset_pat", "hostile_names",
        "too_small_a_buffer_costs_no_second_packet"],
    "net/test_guest.py": [
        "no_descriptor_left", "small_stack", "cancelled_threads_leave_nothing",
        "fork_storm", "signal_storm"],
    "net/test_firewall.py": ["found_behind_the_firewall"],
    "helper/test_helper.py": [
        "first_lookup_asks_and_the_next_process_does_not",
        "hits_cost_no_packet_and_no_system_call",
        "ttl_counts_down_and_ends",
        "goodbye_is_seen_by_who_reads_the_map", "reverse"],
    "helper/test_helper_map.py": [
        "the_descriptor_is_closed_and_one_map_is_left", "after_a_fork",
        "a_dead_helpers_map_is_not_believed"],
}


def run(*argv, **options):
    return subprocess.run(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", **options)


def report(name, done):
    """True if that went well."""
    if done.returncode == 0:
        print(f"PASS {name}", flush=True)
        return True
    print(done.stdout)
    print(f"FAIL {name}: exit status {done.returncode}", flush=True)
    return False


def build():
    os.makedirs(BUILD_32, exist_ok=True)
    if not os.path.exists(os.path.join(BUILD_32, "Makefile")):
        done = run(os.path.join(SOURCE, "configure"), "-q", "CC=gcc -m32",
                   "--disable-helper", "--disable-lookup", "--enable-werror",
                   cwd=BUILD_32)
        if done.returncode:
            return done
    done = run("make", "-s", "libnss_dotlocal.la", "tests/nss/nsscall",
               "tests/nss/glibc", "tests/nss/storm", "tests/helper/load",
               "fuzz-targets",
               cwd=BUILD_32)
    for name in ("mdns-helper", "mdns-lookup"):
        shutil.copy(os.path.join(BUILD, name), BUILD_32)
    return done


def look_at_module():
    """What is wrong with it."""
    path = os.path.join(BUILD_32, ".libs", "libnss_dotlocal.so.2")
    with open(path, "rb") as module:
        if module.read(5) != b"\x7fELF\x01":
            return "it has not"
    # The others fail for a file whose inode number is large.
    imports = {line.split()[-1].split("@")[0] for line in
               run("nm", "-D", "--undefined-only", path).stdout.splitlines()}
    small = imports & {"open", "stat", "fstat", "fstatat", "lseek", "mmap"}
    if small or "stat64" not in imports:
        return f"files are accessed by {small or imports}"
    return None


def replay():
    """The name of a target and how it went, of each."""
    folder = os.path.join(BUILD_32, "tests", "fuzz")
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.startswith("fuzz_") and "." not in name:
            yield name, run(path, timeout=120,
                            env=dict(os.environ, srcdir=SOURCE))


def main():
    if platform.machine() != "x86_64":
        print("SKIP 32 bits: this machine is no x86_64")
        sys.exit(0)
    wanted = sys.argv[1:]  # names of other files' tests, or nothing
    if not report("built_with_32_bits", build()):
        sys.exit(1)
    why = look_at_module()
    good = why is None
    print("PASS it_has_32_bits" if good else f"FAIL it_has_32_bits: {why}")
    targets = 0
    for name, done in [] if wanted else replay():
        good &= report(f"32 bits: {name}", done)
        targets += 1
    if not wanted and targets < 10:
        print(f"FAIL stored inputs: {targets} targets only")
        good = False
    for path, names in TESTS.items():
        names = [name for name in names if not wanted or name in wanted]
        if not names:
            continue
        done = run(os.path.join(HERE, "..", path), *names,
                   env=dict(os.environ, BUILD=BUILD_32))
        lines = done.stdout.splitlines()
        for line in lines:
            print(line.replace(" ", " 32 bits: ", 1)
                  if line.startswith(("PASS ", "FAIL ", "SKIP ")) else line,
                  flush=True)
        seen = sum(line.startswith("PASS ") for line in lines)
        if done.returncode or seen != len(names):
            print(f"FAIL {path} with 32 bits: {seen} of {len(names)} passed")
            good = False
    sys.exit(0 if good else 1)


main()
