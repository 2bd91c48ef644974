# SPDX-License-Identifier: LGPL-2.1-or-later
# What fish completes behind mdns-lookup.

function __mdns_lookup_browses
    __fish_contains_opt browse
end

function __mdns_lookup_interfaces
    for link in /sys/class/net/*
        string replace -r '.*/' '' $link
    end
end

function __mdns_lookup_types
    # The last of several, "A,AA".
    set -l before (commandline -ct | string replace -r '[^,]*$' '')
    for type in A NS CNAME SOA NULL PTR HINFO MX TXT RP AFSDB RT SIG KEY PX \
            AAAA LOC SRV NAPTR KX CERT DNAME DS SSHFP IPSECKEY RRSIG \
            NSEC DNSKEY DHCID NSEC3 NSEC3PARAM TLSA SMIMEA HIP CDS \
            CDNSKEY OPENPGPKEY CSYNC ZONEMD SVCB HTTPS SPF EUI48 EUI64 \
            ANY URI CAA DLV
        echo "$before$type"
    end
end

function __mdns_lookup_kinds
    for kind in _adisk._tcp _afpovertcp._tcp _airplay._tcp _companion-link._tcp \
            _daap._tcp _device-info._tcp _esphomelib._tcp _ftp._tcp \
            _googlecast._tcp _hap._tcp _home-assistant._tcp _http._tcp _https._tcp \
            _ipp._tcp _ipps._tcp _ldap._tcp _matter._tcp _matterc._udp \
            _meshcop._udp _mqtt._tcp _nfs._tcp _pdl-datastream._tcp _presence._tcp \
            _printer._tcp _pulse-server._tcp _raop._tcp _rfb._tcp _rtsp._tcp \
            _scanner._tcp _sftp-ssh._tcp _shelly._tcp _sip._udp _sleep-proxy._udp \
            _smb._tcp _sonos._tcp _spotify-connect._tcp _ssh._tcp _uscan._tcp \
            _uscans._tcp _webdav._tcp _workstation._tcp _xbmc-jsonrpc-h._tcp \
            _services._dns-sd._udp
        echo $kind
    end
end

complete -c mdns-lookup -f
complete -c mdns-lookup -s 4 -l ipv4 -d 'Carried by IPv4 only'
complete -c mdns-lookup -s 6 -l ipv6 -d 'Carried by IPv6 only'
complete -c mdns-lookup -s h -l help -d 'How to use it'
complete -c mdns-lookup -s i -l interface -d 'Only there' -x -a '(__mdns_lookup_interfaces)'
complete -c mdns-lookup -s t -l type -d 'Records of these types' -x -a '(__mdns_lookup_types)'
complete -c mdns-lookup -s v -l verbose -d 'Each message sent and received'
complete -c mdns-lookup -s V -l version -d 'Which version it is'
complete -c mdns-lookup -s w -l timeout -d 'Give up after seconds' -x
complete -c mdns-lookup -l all -d 'Collect until the time is over'
complete -c mdns-lookup -l browse -d 'Services of a kind'
complete -c mdns-lookup -l check-config -d 'Mistakes of a settings file' -a '(__fish_complete_path (commandline -ct | string replace -r "^--check-config=" ""))'
complete -c mdns-lookup -l color -d 'Colours' -a 'always auto never'
complete -c mdns-lookup -l doctor -d 'What is wrong, and what to type'
complete -c mdns-lookup -l flush -d 'Have mdns-helper forget all'
complete -c mdns-lookup -l helper -d 'The answer of mdns-helper'
complete -c mdns-lookup -l json -d 'One object a line'
complete -c mdns-lookup -l monitor -d 'All messages'
complete -c mdns-lookup -l no-helper -d 'Do not ask mdns-helper'
complete -c mdns-lookup -l one-shot -d 'From a port of its own'
complete -c mdns-lookup -l pcap -d 'Write what was sent and seen' -r -F
complete -c mdns-lookup -l qm -d 'From port 5353, multicast answers'
complete -c mdns-lookup -l qu -d 'From port 5353, unicast answers'
complete -c mdns-lookup -l read -d 'Messages of a capture' -r -F
complete -c mdns-lookup -l reconfirm -d 'Have mdns-helper ask anew'
complete -c mdns-lookup -l resolve -d 'Host, port and TXT of a service'
complete -c mdns-lookup -l short -d 'Only what was asked for'
complete -c mdns-lookup -l status -d 'What mdns-helper does'
complete -c mdns-lookup -l types -d 'Which kinds of services there are'
complete -c mdns-lookup -l unicast -d 'One host only' -x
complete -c mdns-lookup -l unicast-soa -d 'With --doctor: ask the name server, too'
complete -c mdns-lookup -l watch -d 'What comes and goes'
complete -c mdns-lookup -n __mdns_lookup_browses -a '(__mdns_lookup_kinds)'
