/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one table of RR types: number, mnemonic, and how the RDATA is laid out. */
#include "resolver/rr_types.h"

/* Ascending. That exactly the types of RFC 6762 18.14 have an N is what
 * compression relies on. */
static const struct mdns_rr_type types[] = {
	{1, "A", "a"},
	{2, "NS", "N"},
	{5, "CNAME", "N"},
	{6, "SOA", "NN44444"},
	{10, "NULL", "u"},
	{12, "PTR", "N"},
	{13, "HINFO", "ss"},
	{15, "MX", "2N"},
	{16, "TXT", "S"},
	{17, "RP", "NN"},
	{18, "AFSDB", "2N"},
	{21, "RT", "2N"},
	{24, "SIG", "tg14dd2nB"},
	{25, "KEY", "21gb"},
	{26, "PX", "2NN"},
	{28, "AAAA", "A"},
	{29, "LOC", "L"},
	{33, "SRV", "222N"},
	{35, "NAPTR", "22sssn"},
	{36, "KX", "2N"},
	{37, "CERT", "c2GB"},
	{39, "DNAME", "N"},
	{41, "OPT", "o"},
	{43, "DS", "2g1x"},
	{44, "SSHFP", "11x"},
	{45, "IPSECKEY", "1Ib"},
	{46, "RRSIG", "tg14dd2nB"},
	{47, "NSEC", "NM"},
	{48, "DNSKEY", "21gB"},
	{49, "DHCID", "B"},
	{50, "NSEC3", "112phm"},
	{51, "NSEC3PARAM", "112p"},
	{52, "TLSA", "111x"},
	{53, "SMIMEA", "111x"},
	{55, "HIP", "H"},
	{59, "CDS", "2g1x"},
	{60, "CDNSKEY", "21gB"},
	{61, "OPENPGPKEY", "B"},
	{62, "CSYNC", "42m"},
	{63, "ZONEMD", "411x"},
	{64, "SVCB", "u"},
	{65, "HTTPS", "u"},
	{99, "SPF", "S"},
	{108, "EUI48", "e"},
	{109, "EUI64", "E"},
	{249, "TKEY", "u"},
	{250, "TSIG", "u"},
	{251, "IXFR", "u"},
	{252, "AXFR", "u"},
	{253, "MAILB", "u"},
	{254, "MAILA", "u"},
	{255, "ANY", "u"},
	{256, "URI", "22Q"},
	{257, "CAA", "1kq"},
	{32769, "DLV", "2g1x"},
};

#define TYPES (sizeof(types) / sizeof(types[0]))

const struct mdns_rr_type *mdns_rr_type_find(uint16_t type)
{
	size_t low = 0, high = TYPES;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (types[middle].type == type)
			return &types[middle];
		if (types[middle].type < type)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct mdns_rr_type *mdns_rr_type_at(size_t i)
{
	return i < TYPES ? &types[i] : NULL;
}

const char *mdns_rr_type_layout(uint16_t type)
{
	const struct mdns_rr_type *found = mdns_rr_type_find(type);

	return found ? found->layout : "u";
}
