#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""RDATA as we print it, beside what dnspython and tshark make of the octets."""
import base64
import collections
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

from lab import Failure, Skip, check, chosen, equal, test

SEED, EACH = 1, 300
OUR_TYPES = set()  # those that rr_print has mnemonics of
PROGRAM = os.path.join(
    os.environ.get("BUILD", "build"), "tests/resolver/rr_print")


def rr_print(*args, lines=()):
    done = subprocess.run(
        [PROGRAM, *args], input="".join(line + "\n" for line in lines),
        stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    return done.stdout.splitlines()


def split(line):
    """A line "TYPE HEX" as number and octets."""
    number, digits = line.split(" ")
    return int(number), bytes.fromhex(digits)


def ours(lines):
    texts = rr_print(lines=lines)
    equal(len(texts), len(lines), "lines of rr_print")
    return texts


def parsed(pairs):
    """Texts of types (pairs of both) as we parse them: hex, or why not."""
    lines = rr_print("--parse", lines=[f"{t} {text}" for t, text in pairs])
    equal(len(lines), len(pairs), "lines of rr_print --parse")
    return [line.split(" ")[1] if re.fullmatch(r"\d+ [0-9a-f]*", line)
            else line for line in lines]


# --- dnspython ---------------------------------------------------------------

# What it does not know, or knows by another form than a zone file's: it has
# RFC 3597 for SIG and KEY, we have it for OPT and what comes after it.
NOT_COMPARED = {"SIG", "KEY", "OPT", "SVCB", "HTTPS", "TKEY", "TSIG"}
# Hex is in upper case here, as dig has it, and in lower case there.
UPPER = {"DS", "CDS", "DLV", "SSHFP", "TLSA", "SMIMEA", "ZONEMD", "NSEC3PARAM",
         "NULL", "IXFR", "AXFR", "MAILB", "MAILA", "ANY", "TYPE65280"}
# IANA's mnemonics here, without hyphens there (RFC 5155, RFC 5933).
ALGORITHMS = {"DSANSEC3SHA1": "DSA-NSEC3-SHA1",
              "RSASHA1NSEC3SHA1": "RSASHA1-NSEC3-SHA1",
              "ECCGOST": "ECC-GOST"}
# Which octets it refuses, and we print.
REFUSED = {
    "A DNS name is > 255 octets long.":
        "255 octets and the root are a name in mDNS (RFC 6762 appendix C)",
    "digest type 0 is reserved": "not for us to judge (DS, DLV)",
    "hash_algorithm 0 is reserved": "not for us to judge (ZONEMD)",
    "scheme 0 is reserved": "not for us to judge (ZONEMD)",
    "digest length inconsistent with": "not for us to judge (DS, ZONEMD)",
    "codec can't decode": "it takes a URI for UTF-8",
}
# Which of our texts it refuses to read.
UNREAD = {
    "with bit 0": "TYPE0 in a bitmap",
    "expecting another identifier": "IPSECKEY without a key (RFC 4025 2.5)",
    "Incorrect padding": "base32hex without = (RFC 5155 3.3)",
    "too long": "it turns \\DDD above 127 in a string into two octets",
}


def known(pattern, why):
    return any(word in why for word in pattern)


def as_ours(dns, name, text):
    """A text of dnspython's in our habits, as far as they differ."""
    text = text.rstrip()  # behind an empty last field
    if name in UPPER:
        text = text.upper()
    if name == "HIP":
        words = text.split(" ")
        text = " ".join([words[0], words[1].upper()] + words[2:])
    if name == "NSEC3":
        words = text.split(" ")
        text = " ".join(words[:3] + [words[3].upper(),
                                     words[4].rstrip("=").upper()] + words[5:])
    if name == "CERT":
        words = text.split(" ")
        words[2] = ALGORITHMS.get(words[2], words[2])
        text = " ".join(words)
    if name in ("NSEC", "NSEC3", "CSYNC", "RRSIG"):
        # It has mnemonics of more types than we do.
        place = {"NSEC": range(1, 9999), "NSEC3": range(5, 9999),
                 "CSYNC": range(2, 9999), "RRSIG": range(1)}[name]
        words = text.split(" ")
        for i, word in enumerate(words):
            if i in place and word:
                number = int(dns.rdatatype.from_text(word))
                words[i] = word if number in OUR_TYPES else f"TYPE{number}"
        text = " ".join(word for word in words if word)
    if name == "LOC":
        # It leaves sizes out where they are as usual, and shows cents; dig
        # does as we do.
        words = text.split(" ")
        words += ["1.00m", "10000.00m", "10.00m"][len(words) - 9:]
        sizes = [word if word.startswith("0.") else word.replace(".00m", "m")
                 for word in words[9:]]
        text = " ".join(words[:9] + sizes)
    return text


def dnspython():
    try:
        import dns.rdata
        import dns.rdatatype
        import dns.rdtypes.util
    except ImportError:
        raise Skip("no dnspython: install python3-dnspython")
    return dns


def records():
    lines = rr_print("--random", str(SEED), str(EACH))
    OUR_TYPES.update(split(line)[0] for line in lines)
    return rr_print("--vectors") + lines


@test
def dnspython_prints_the_same():
    dns = dnspython()
    lines = records()
    same = collections.Counter()
    refused = collections.Counter()
    for line, our in zip(lines, ours(lines)):
        number, octets = split(line)
        name = dns.rdatatype.to_text(number)
        if name in NOT_COMPARED:
            continue
        try:
            their = dns.rdata.from_wire(1, number, octets, 0, len(octets))
            text = their.to_text(**({} if name in ("OPENPGPKEY", "EUI48",
                                                   "EUI64")
                                    else {"chunksize": 0}))
        except Exception as why:
            check(known(REFUSED, str(why)), f"{name} {octets.hex()}: {why}")
            refused[name] += 1
            continue
        if name == "URI" and "\\" in our:
            continue  # it does not escape
        if name == "OPENPGPKEY":
            text = text.replace(" ", "")
        equal(our, as_ours(dns, name, text), f"{name} {octets.hex()}")
        same[name] += 1
    print("the same:", sum(same.values()), "records of", len(same), "types;",
          "refused by dnspython:", dict(refused))
    check(len(same) >= 45, f"only {len(same)} types")
    for name, count in same.items():
        check(count > EACH / 2 or name in ("URI", "TYPE65280"),
              f"{name}: only {count}")


@test
def dnspython_reads_what_we_print():
    dns = dnspython()
    lines = records()
    read = collections.Counter()
    for line, our in zip(lines, ours(lines)):
        number, octets = split(line)
        name = dns.rdatatype.to_text(number)
        # SIG and KEY it does not know; in strings outside TXT it turns \DDD
        # above 127 into UTF-8; it rounds LOC to binary fractions.
        if (name in NOT_COMPARED or name == "LOC" or
                name in ("HINFO", "NAPTR", "CAA", "URI") and "\\" in our or
                name == "CERT" and "-" in our):
            continue
        try:
            back = dns.rdata.from_text(1, number, our).to_wire()
        except Exception as why:
            check(known(UNREAD, str(why)) or known(REFUSED, str(why)),
                  f"{name} {our}: {why!r}")
            continue
        equal(back.hex(), octets.hex(), f"{name} {our}")
        read[name] += 1
    print("read back:", sum(read.values()), "records of", len(read), "types")
    check(len(read) >= 44, f"only {len(read)} types")


@test
def we_read_what_dnspython_prints():
    dns = dnspython()
    pairs, want = [], []
    for line in records():
        number, octets = split(line)
        name = dns.rdatatype.to_text(number)
        if name in NOT_COMPARED or name == "URI":
            continue
        try:
            # As it comes, in pieces with spaces between them.
            text = dns.rdata.from_wire(
                1, number, octets, 0, len(octets)).to_text()
        except Exception:
            continue
        if name == "CERT" and text.split(" ")[2] in ALGORITHMS:
            continue
        if name == "NSEC3":  # no padding, RFC 5155 3.3
            text = text.replace("=", "")
        if name in ("NSEC", "NSEC3", "CSYNC", "RRSIG"):
            text = as_ours(dns, name, text)
        pairs.append((number, text))
        want.append(octets.hex())
    for (number, text), hexes, back in zip(pairs, want, parsed(pairs)):
        equal(back, hexes, f"type {number}: {text}")
    print("read:", len(pairs), "texts of", len({t for t, _ in pairs}), "types")
    check(len(pairs) > 10000, "that cannot be all of them")


# --- tshark ------------------------------------------------------------------

# For each word of our text the field of tshark that has it, and how it is
# compared: n name, d number, w word, s string, x hex, b base64, t time, m type,
# c kind of certificate, * all that is left, - nothing there.
TSHARK = {
    "A": "a/w", "NS": "ns/n", "CNAME": "cname/n", "DNAME": "dname/n",
    "PTR": "ptr.domain_name/n", "AAAA": "aaaa/w",
    "SOA": "soa.mname/n soa.rname/n soa.serial_number/d "
           "soa.refresh_interval/d soa.retry_interval/d soa.expire_limit/d "
           "soa.minimum_ttl/d",
    "HINFO": "hinfo.cpu/s hinfo.os/s",
    "MX": "mx.preference/d mx.mail_exchange/n",
    "RP": "rp.mailbox/n rp.txt_rr/n",
    "AFSDB": "afsdb.subtype/d afsdb.hostname/n",
    "RT": "rt.subtype/d rt.intermediate_host/n",
    "PX": "px.preference/d px.map822/n px.map400/n",
    "SRV": "srv.priority/d srv.weight/d srv.port/d srv.target/n",
    "NAPTR": "naptr.order/d naptr.preference/d naptr.flags/s naptr.service/s "
             "naptr.regex/s naptr.replacement/n",
    "KX": "kx.preference/d kx.key_exchange/n",
    "CERT": "cert.type/c cert.key_tag/d - cert.certificate/b",
    "DS": "ds.key_id/d ds.algorithm/d ds.digest_type/d ds.digest/x",
    "CDS": "ds.key_id/d ds.algorithm/d ds.digest_type/d ds.digest/x",
    "DLV": "ds.key_id/d ds.algorithm/d ds.digest_type/d ds.digest/x",
    "SSHFP": "sshfp.algorithm/d sshfp.fingerprint.type/d sshfp.fingerprint/x",
    "RRSIG": "rrsig.type_covered/m rrsig.algorithm/d rrsig.labels/d "
             "rrsig.original_ttl/d rrsig.signature_expiration/t "
             "rrsig.signature_inception/t rrsig.key_tag/d "
             "rrsig.signers_name/n rrsig.signature/b",
    "SIG": "rrsig.type_covered/m rrsig.algorithm/d rrsig.labels/d "
           "rrsig.original_ttl/d rrsig.signature_expiration/t "
           "rrsig.signature_inception/t rrsig.key_tag/d "
           "rrsig.signers_name/n rrsig.signature/b",
    "NSEC": "nsec.next_domain_name/n *",
    "DNSKEY": "dnskey.flags/d dnskey.protocol/d dnskey.algorithm/d "
              "dnskey.public_key/b",
    "CDNSKEY": "dnskey.flags/d dnskey.protocol/d dnskey.algorithm/d "
               "dnskey.public_key/b",
    "KEY": "key.flags/d key.protocol/d key.algorithm/d key.public_key/b",
    "DHCID": "dhcid.rdata/b",
    "NSEC3": "nsec3.algo/d nsec3.flags/d nsec3.iterations/d "
             "nsec3.salt_value/x nsec3.hash_value/w *",
    "NSEC3PARAM": "nsec3.algo/d nsec3.flags/d nsec3.iterations/d "
                  "nsec3.salt_value/x",
    "TLSA": "tlsa.certificate_usage/d tlsa.selector/d tlsa.matching_type/d "
            "tlsa.certificate_association_data/x",
    "HIP": "hip.hit.pk.algo/d hip.hit/x hip.pk/b *",
    "CSYNC": "csync.soa/d csync.flags/d *",
    "ZONEMD": "zonemd.serial/d zonemd.scheme/d zonemd.hash_algo/d "
              "zonemd.digest/x",
    "EUI48": "eui48/w", "EUI64": "eui64/w",
    "CAA": "caa.flags/d caa.tag/w caa.value/s",
}
CERTIFICATES = {"1": "PKIX", "3": "PGP", "65280": "65280"}
WORD = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')


def pcap(rows):
    """A capture of responses from port 53, one record in each."""
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
    for number, octets in rows:
        message = struct.pack(">6H", 0, 0x8400, 0, 1, 0, 0) + b"\1x\5local\0"
        message += struct.pack(">HHIH", number, 1, 120, len(octets)) + octets
        packet = struct.pack(">4H", 53, 40000, 8 + len(message), 0) + message
        packet = struct.pack(
            ">BBHHHBBH4s4s", 0x45, 0, 20 + len(packet), 0, 0, 64, 17, 0,
            bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])) + packet
        out += struct.pack("<4I", 0, 0, len(packet), len(packet)) + packet
    return out


def decoded(rows):
    """What tshark shows: for each record its fields and how they are named."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        file.write(pcap(rows))
        file.flush()
        done = subprocess.run(
            ["tshark", "-r", file.name, "-T", "pdml"], timeout=120,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for packet in xml.etree.ElementTree.fromstring(done.stdout).iter("packet"):
        shown, named = {}, {}
        for field in packet.iter("field"):
            name = (field.get("name") or "").removeprefix("dns.")
            shown.setdefault(name, field.get("show") or "")
            named.setdefault(name, field.get("showname") or "")
        yield shown, named


def unquoted(word):
    return re.sub(r"\\(\d{3}|.)", lambda m: chr(int(m[1]))
                  if len(m[1]) == 3 else m[1], word[1:-1])


def in_words(kind, word):
    """A word of ours as tshark shows it."""
    if kind == "n":
        return "<Root>" if word == "." else word[:-1]
    if kind == "x":
        return "" if word == "-" else bytes.fromhex(word).hex()
    if kind == "b":
        return base64.b64decode(word, validate=True).hex()
    if kind == "s":
        return unquoted(word)
    return word.lower().replace("-", ":") if kind == "w" else word


def in_ours(kind, shown, types):
    """What tshark shows, as far as possible as words of ours."""
    if kind == "d":
        return str(int(shown, 0))
    if kind in "xb":
        return shown.replace(":", "")
    if kind == "m":
        return types.get(shown, f"TYPE{shown}")
    if kind == "c":
        return CERTIFICATES[shown]
    if kind == "t":
        when = time.strptime(shown.replace(".000000000", ""),
                             "%b %d, %Y %H:%M:%S UTC")
        return time.strftime("%Y%m%d%H%M%S", when)
    return shown.lower() if kind == "w" else shown


@test
def tshark_shows_the_same():
    if not shutil.which("tshark"):
        raise Skip("no tshark")
    dns = dnspython()
    # Names that need escapes, and IPv6 addresses, are spelt as each likes.
    lines = rr_print("--vectors")
    rows = [(line, text) for line, text in zip(lines, ours(lines))
            if "\\0" not in text and "\\." not in text.split('"')[0]]
    seen = collections.Counter()
    types = {str(int(t)): dns.rdatatype.to_text(t)
             for t in dns.rdatatype.RdataType}
    for (line, text), (shown, _) in zip(
            rows, decoded([split(line) for line, _ in rows])):
        name = dns.rdatatype.to_text(int(line.split(" ")[0]))
        # tshark 4.0 takes a HIP server for the end of the key, and shows
        # nothing of an empty one.
        if name not in TSHARK or "" == shown.get("hip.pk", "-"):
            continue
        words = WORD.findall(text)
        for at, field in enumerate(TSHARK[name].split(" ")):
            if field == "*":
                words = words[:at]
                break
            if field == "-" or at >= len(words):
                continue
            key, kind = field.split("/")
            equal(in_words(kind, words[at]),
                  in_ours(kind, shown.get(key, ""), types),
                  f"{name} {text}: {key}")
        seen[name] += 1
    print("shown by tshark:", sum(seen.values()), "records of", len(seen),
          "types")
    equal(set(TSHARK) - set(seen), set(), "types that were not compared")


@test
def tshark_shows_the_same_place():
    if not shutil.which("tshark"):
        raise Skip("no tshark")
    rows = [line for line in rr_print("--vectors") if line.startswith("29 ")]
    texts = ours(rows)
    for text, (_, named) in zip(texts, decoded(map(split, rows))):
        found = [re.search(r"\((.*)\)", named["loc." + key])[1]
                 for key in ("latitude", "longitude")]
        lat = "{} deg {} min {} sec {}".format(*text.split(" ")[0:4])
        lon = "{} deg {} min {} sec {}".format(*text.split(" ")[4:8])
        equal([lat, lon], found, text)
        size = re.search(r"\((.*) m\)", named["loc.size"])[1]
        equal(float(text.split(" ")[9][:-1]), float(size), text)
    check(len(rows) >= 5, "too few places")


def main():
    if not os.path.exists(PROGRAM):
        for function in chosen():
            print(f"FAIL {function.__name__}: {PROGRAM} is not built")
        sys.exit(1)
    failed = 0
    for function in chosen():
        try:
            function()
            print(f"PASS {function.__name__}", flush=True)
        except Skip as why:
            print(f"SKIP {function.__name__}: {why}", flush=True)
        except Exception as why:
            kind = "" if isinstance(why, Failure) else type(why).__name__ + " "
            print(f"FAIL {function.__name__}: {kind}{why}", flush=True)
            failed += 1
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
