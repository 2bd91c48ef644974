/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RDATA of every type for the tests: vectors, and any amount at random. */
#include "tests/resolver/rr_world.h"

#include <string.h>

#include "resolver/rr_types.h"

/* From the RFCs of the types, where they have an example, the octets by another
 * implementation (dnspython 2.3). */
static const struct rr_vector vectors[] = {
	{1, "0a000001", "10.0.0.1"},
	{1, "ffffffff", "255.255.255.255"},
	{2, "026e73076578616d706c6503636f6d00", "ns.example.com."},
	{2, "00", "."},
	{5, "0161056c6f63616c00", "a.local."},
	{6,
		"026e73076578616d706c6503636f6d000a686f73746d6173746572076578"
		"616d706c6503636f6d0078a3f17500001c2000000e10000151800000000a",
		"ns.example.com. hostmaster.example.com. 2024010101 7200 3600"
		" 86400 10"},
	{12, "077072696e746572056c6f63616c00", "printer.local."},
	{12,
		"164d79205072696e7465722e2278225c24403b282900ff045f697070045f"
		"746370056c6f63616c00",
		"My\\032Printer\\.\\\"x\\\"\\\\\\$\\@\\;\\(\\)\\000\\255._ipp"
		"._tcp.local."},
	{13, "095044502d31312f373004554e4958", "\"PDP-11/70\" \"UNIX\""},
	{13, "0000", "\"\" \"\""},
	{15, "000a046d61696c076578616d706c6503636f6d00",
		"10 mail.example.com."},
	{16, "00", "\"\""},
	{16,
		"09747874766572733d31147361792022686922205c20007fff3b20286f6b"
		"2900",
		"\"txtvers=1\" \"say \\\"hi\\\" \\\\ \\000\\127\\255; (ok)\" "
		"\"\""},
	{17,
		"0561646d696e076578616d706c6503636f6d000961646d696e2e74787407"
		"6578616d706c6503636f6d00",
		"admin.example.com. admin\\.txt.example.com."},
	{17, "0561646d696e076578616d706c6503636f6d0000",
		"admin.example.com. ."},
	{18, "0001026462076578616d706c6503636f6d00", "1 db.example.com."},
	{21, "000a0572656c6179057072696d6503636f6d00", "10 relay.prime.com."},
	{26,
		"0032026162046e65743202697400046f2d61620970726d642d6e65743205"
		"61646d646204632d697400",
		"50 ab.net2.it. o-ab.prmd-net2.admdb.c-it."},
	{28, "00000000000000000000000000000000", "::"},
	{28, "00000000000000000000000000000001", "::1"},
	{28, "fe80000000000000022332fffeb12152", "fe80::223:32ff:feb1:2152"},
	{28, "20010db8000000000001000000000001", "2001:db8::1:0:0:1"},
	{28, "20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"},
	{28, "00000000000000000000ffffc0000280", "::ffff:192.0.2.128"},
	{28, "000000000000000000000000c0000201", "::192.0.2.1"},
	{28, "00010000000000020000000000000000", "1:0:0:2::"},
	{28, "00010002000300040005000600070000", "1:2:3:4:5:6:7:0"},
	{29, "0033161389172dd070be15f000988d20",
		"42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m"},
	{29, "001224138917069070bf2dd800988d20",
		"42 21 43.952 N 71 5 6.344 W -24.00m 1m 200m 10m"},
	{29, "001216138b3556c88008165000989a68",
		"52 14 5.000 N 0 8 50.000 E 10.00m 1m 10000m 10m"},
	{29, "00121613791b7d2898e6486800989a68",
		"32 7 19.000 S 116 2 25.000 E 10.00m 1m 10000m 10m"},
	{29, "000010916cb0270059604e0000000000",
		"90 0 0.000 S 180 0 0.000 W -100000.00m 0.00m 0.01m 0.90m"},
	{29, "009912928000000080000001ffffffff",
		"0 0 0.000 N 0 0 0.001 E 42849672.95m 90000000m 1m 9m"},
	{33,
		"0000000100090c6f6c642d736c6f772d626f78076578616d706c6503636f"
		"6d00",
		"0 1 9 old-slow-box.example.com."},
	{33, "00000000000000", "0 0 0 ."},
	{35,
		"0064000a000021215e75726e3a6369643a2e2b40285b5e5c2e5d2b5c2e29"
		"282e2a2924215c32216900",
		"100 10 \"\" \"\" \"!^urn:cid:.+@([^\\\\.]+\\\\.)(.*)$!\\\\2!"
		"i\" ."},
	{35,
		"0064003201610d7a333935302b4e324c2b4e324300096369647365727665"
		"72076578616d706c6503636f6d00",
		"100 50 \"a\" \"z3950+N2L+N2C\" \"\" cidserver.example.com."},
	{36, "000a026b78076578616d706c6503636f6d00", "10 kx.example.com."},
	{37, "000300000099", "PGP 0 0 mQ=="},
	{37, "0001303908010203", "PKIX 12345 RSASHA256 AQID"},
	{37, "ff000001fd01020304", "65280 1 PRIVATEDNS AQIDBA=="},
	{39, "076578616d706c65036e657400", "example.net."},
	{43, "ec4505012bb183af5f22588179a53b0a98631fad1a292118",
		"60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"},
	{44, "0201123456789abcdef67890123456789abcdef67890",
		"2 1 123456789ABCDEF67890123456789ABCDEF67890"},
	{45,
		"0a0102c0000226010351537986ed35533b6064478eeeb27b5bd74dae149b"
		"6e81ba3a0521af82ab7801",
		"10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgq"
		"t4AQ=="},
	{45,
		"0a0002010351537986ed35533b6064478eeeb27b5bd74dae149b6e81ba3a"
		"0521af82ab7801",
		"10 0 2 . AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ=="},
	{45,
		"0a0302096d7967617465776179076578616d706c6503636f6d0001035153"
		"7986ed35533b6064478eeeb27b5bd74dae149b6e81ba3a0521af82ab7801",
		"10 3 2 mygateway.example.com. AQNRU3mG7TVTO2BkR47usntb102uFJ"
		"tugbo6BSGvgqt4AQ=="},
	{45,
		"0a020220010db8000080020000000020000001010351537986ed35533b60"
		"64478eeeb27b5bd74dae149b6e81ba3a0521af82ab7801",
		"10 2 2 2001:db8:0:8002::2000:1 AQNRU3mG7TVTO2BkR47usntb102uF"
		"Jtugbo6BSGvgqt4AQ=="},
	{45, "0a030000", "10 3 0 ."},
	{46,
		"00010503000151803e7c9dd73e5510d70a52076578616d706c6503636f6d"
		"00a090755ba58d1affa576f4375831b4310920e481218d18a9f164eb3d81"
		"afd3b875d3c75428631e0cf2a28d50875f70c329d7dbfafea807dc1fba1d"
		"c34c95d401f23f334ce63bfcf3f1b5b44739e5f0eded18d6b33f040a9113"
		"76d173d757a9f0c1fa1798941bb0b36b2df9062790fa7f0166f2737eea90"
		"7378341fb12dc0a77a",
		"A 5 3 86400 20030322173103 20030220173103 2642 example.com. "
		"oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTrPYGv07h108dUKGMeDPKijVCH"
		"X3DDKdfb+v6oB9wfuh3DTJXUAfI/M0zmO/zz8bW0Rznl8O3tGNazPwQKkRN2"
		"0XPXV6nwwfoXmJQbsLNrLfkGJ5D6fwFm8nN+6pBzeDQfsS3Ap3o="},
	{46, "04d2fd00ffffffffffffffff00000000ffff0000",
		"TYPE1234 253 0 4294967295 21060207062815 19700101000000 6553"
		"5 . AA=="},
	{47,
		"04686f7374076578616d706c6503636f6d000006400100000003041b0000"
		"00000000000000000000000000000000000000000000000020",
		"host.example.com. A MX RRSIG NSEC TYPE1234"},
	{47, "077072696e746572056c6f63616c00000440000008",
		"printer.local. A AAAA"},
	{47,
		"00ff20000000000000000000000000000000000000000000000000000000"
		"0000000001",
		". TYPE65535"},
	{48,
		"0100030501039e8a247418e318903b215a848acfd5f37f026bd4062db26c"
		"774c690968d5d56df8bfda91e6f36d9a279888f41333357c5e6029990d10"
		"fdf5663062a512763326980a615ddbf17a05ddfcce7e5fb3abcca05a31b0"
		"957452d4521e83870789063115bf97f6c308ccf57cdc9ce7fe10f6ed1bd0"
		"cc0660038c50dcdb0feb963c2f17",
		"256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm"
		"822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBa"
		"MbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwv"
		"Fw=="},
	{49,
		"000201636fc0b8271c82825bb1ac5c41cf5351aa69b4febd94e8f17cdb95"
		"000da48c40",
		"AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="},
	{50,
		"0101000c04aabbccdd14174eb2409fe28bcb4887a1836f957f0a8425e27b"
		"000722010000000290",
		"1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX R"
		"RSIG DNSKEY NSEC3PARAM"},
	{50, "010000000014593d6419d08c5bc35dca0a4dcb7ed5c131be2525",
		"1 0 0 - B4UM86EGHHDS6NEA196SMVMLO4ORS995"},
	{51, "0100000c04aabbccdd", "1 0 12 AABBCCDD"},
	{51, "0100000000", "1 0 0 -"},
	{52,
		"000001d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb"
		"106618e971",
		"0 0 1 D2ABDE240D7CD3EE6B4B28C54DF034B97983A1D16E8A410E4561CB"
		"106618E971"},
	{53, "03000000", "3 0 0 00"},
	{55,
		"10020084200100107b1a74df365639cc39f1d57803010001b771ca136e4a"
		"eb5ce44333c53b3d2c13c22243851fc708bcce29f7e2eb5787b5f56ccad3"
		"4f8223acc10904ddb56b2ec4a6d6232f3b50ea094f0914b3b941bbe529af"
		"582c36bbadefdaf2adaf9b4911906f5b2522603c615272b880ec8fb930cc"
		"6ee39c444daa75b1678f005a4b2499d1da5433f805c7a5ad3237acc5dd5c"
		"5e43",
		"2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9L"
		"BPCIkOFH8cIvM4p9+LrV4e19WzK00+CI6zBCQTdtWsuxKbWIy87UOoJTwkUs"
		"7lBu+Upr1gsNrut79ryra+bSRGQb1slImA8YVJyuIDsj7kwzG7jnERNqnWxZ"
		"48AWkskmdHaVDP4BcelrTI3rMXdXF5D"},
	{55,
		"10020084200100107b1a74df365639cc39f1d57803010001b771ca136e4a"
		"eb5ce44333c53b3d2c13c22243851fc708bcce29f7e2eb5787b5f56ccad3"
		"4f8223acc10904ddb56b2ec4a6d6232f3b50ea094f0914b3b941bbe529af"
		"582c36bbadefdaf2adaf9b4911906f5b2522603c615272b880ec8fb930cc"
		"6ee39c444daa75b1678f005a4b2499d1da5433f805c7a5ad3237acc5dd5c"
		"5e430472767331076578616d706c6503636f6d000472767332076578616d"
		"706c6503636f6d00",
		"2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9L"
		"BPCIkOFH8cIvM4p9+LrV4e19WzK00+CI6zBCQTdtWsuxKbWIy87UOoJTwkUs"
		"7lBu+Upr1gsNrut79ryra+bSRGQb1slImA8YVJyuIDsj7kwzG7jnERNqnWxZ"
		"48AWkskmdHaVDP4BcelrTI3rMXdXF5D rvs1.example.com. rvs2.examp"
		"le.com."},
	{59, "0000000000", "0 0 0 00"},
	{60, "0000030000", "0 3 0 AA=="},
	{61, "01", "AQ=="},
	{61, "fbff", "+/8="},
	{62, "000000420003000460000008", "66 3 A NS AAAA"},
	{62, "000000000000", "0 0"},
	{63,
		"7848b91c0101c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3"
		"a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c",
		"2018031900 1 1 C68090D90A7AED716BC459F9340E3D7C1370D4D24B7E2"
		"FC3A1DDC0B9A87153B9A9713B3C9AE5CC27777F98B8E730044C"},
	{99, "0b763d73706631202d616c6c", "\"v=spf1 -all\""},
	{108, "00005e00532a", "00-00-5e-00-53-2a"},
	{109, "00005eef1000002a", "00-00-5e-ef-10-00-00-2a"},
	{256,
		"000a00016674703a2f2f667470312e6578616d706c652e636f6d2f707562"
		"6c6963",
		"10 1 \"ftp://ftp1.example.com/public\""},
	{257,
		"000569737375656361312e6578616d706c652e6e65743b206163636f756e"
		"743d323330313233",
		"0 issue \"ca1.example.net; account=230123\""},
	{257, "8003746273556e6b6e6f776e", "128 tbs \"Unknown\""},
	{257, "00056973737565", "0 issue \"\""},
	{32769, "ec4505012bb183af5f22588179a53b0a98631fad1a292118",
		"60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"},
	{24, "00000500000000003e1d9c2f3dfa0f3f0a52000102ff",
		"TYPE0 5 0 0 20030109155839 20021213164759 2642 . AQL/"},
	{25, "010003010102", "256 3 1 AQI="},
	{25, "c0000300", "49152 3 0"},
	{41, "", "\\# 0"},
	{41, "000a00080102030405060708000c0000",
		"\\# 16 000A00080102030405060708000C0000"},
	{10, "ff", "\\# 1 FF"},
	{255, "", "\\# 0"},
	{65280, "0a000001", "\\# 4 0A000001"},
};

const struct rr_vector *rr_vector_at(size_t i)
{
	return i < sizeof(vectors) / sizeof(vectors[0]) ? &vectors[i] : NULL;
}

uint32_t rr_random(struct rr_random *random, uint32_t limit)
{
	uint64_t x = random->state += 0x9e3779b97f4a7c15; /* splitmix64 */

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((x ^ x >> 31) >> 32) % limit;
}

struct out {
	struct rr_random *random;
	uint8_t *buf;
	size_t len;
};

static uint32_t below(struct out *out, uint32_t limit)
{
	return rr_random(out->random, limit);
}

static void put(struct out *out, uint32_t octet)
{
	out->buf[out->len++] = (uint8_t)octet;
}

/* Octets that are often such as need care in text. */
static void put_octets(struct out *out, size_t count)
{
	static const char care[] = "\"\\ ;()@$.\t\n\177\200\377#-=0AZaz";

	while (count-- > 0)
		put(out, below(out, 2)
				 ? below(out, 256)
				 : (uint8_t)care[below(out, sizeof(care))]);
}

/* Mostly short, at times as long as can be. */
static uint32_t length(struct out *out, uint32_t least, uint32_t most)
{
	uint32_t kind = below(out, 16);

	if (kind == 0)
		return least;
	if (kind == 1)
		return most;
	return least + below(out, most - least < 20 ? most - least + 1 : 20);
}

static void put_name(struct out *out)
{
	uint32_t labels = below(out, 16) ? below(out, 5) : 127;
	size_t left = 255;

	while (labels-- > 0 && left >= 2) {
		uint32_t most = left - 1 < 63 ? (uint32_t)left - 1 : 63;
		uint32_t size = length(out, 1, most);

		put(out, size);
		put_octets(out, size);
		left -= size + 1;
	}
	put(out, 0);
}

static void put_counted(struct out *out, uint32_t least)
{
	uint32_t size = length(out, least, 255);

	put(out, size);
	put_octets(out, size);
}

static void put_tag(struct out *out)
{
	static const char letters[] = "abcxyzABCXYZ0189";
	uint32_t size = length(out, 1, 255);

	put(out, size);
	while (size-- > 0)
		put(out, (uint8_t)letters[below(out, sizeof(letters) - 1)]);
}

static void put_bitmap(struct out *out, uint32_t least)
{
	uint32_t blocks = length(out, least, 6);
	uint32_t window = 0;

	while (blocks-- > 0) {
		uint32_t size = length(out, 1, 32);

		put(out, window);
		put(out, size);
		put_octets(out, size - 1);
		put(out, 1 + below(out, 255));
		window += 1 + below(out, 40);
	}
}

static void put_location(struct out *out)
{
	uint32_t i, value;

	put(out, 0);
	for (i = 0; i < 3; i++) {
		value = below(out, 10);
		put(out, value << 4 | (value ? below(out, 10) : 0));
	}
	for (i = 0; i < 2; i++) {
		uint32_t most = (i == 0 ? 90 : 180) * 3600000u;

		value = below(out, 8) ? below(out, 2 * most + 1) : 2 * most;
		value += 0x80000000 - most;
		put(out, value >> 24);
		put(out, value >> 16);
		put(out, value >> 8);
		put(out, value);
	}
	for (i = 0; i < 4; i++)
		put(out, below(out, 256));
}

static void put_gateway(struct out *out)
{
	uint32_t kind = below(out, 4);

	put(out, kind);
	put(out, below(out, 256));
	if (kind == 3)
		put_name(out);
	else
		put_octets(out, kind == 0 ? 0 : kind == 1 ? 4 : 16);
}

static void put_host_identity(struct out *out)
{
	uint32_t tag = length(out, 1, 255), key = length(out, 1, 300);
	uint32_t names = below(out, 4);

	put(out, tag);
	put(out, below(out, 256));
	put(out, key >> 8);
	put(out, key);
	put_octets(out, tag + key);
	while (names-- > 0)
		put_name(out);
}

static void put_ipv6(struct out *out)
{
	unsigned i;

	for (i = 0; i < 8; i++) {
		uint32_t group = below(out, 3) ? 0
				 : below(out, 2)
					 ? 0xffff
					 : below(out, 65536) >> below(out, 16);

		put(out, group >> 8);
		put(out, group);
	}
}

static void put_field(struct out *out, char field)
{
	uint32_t count;

	switch ((enum mdns_rr_field)field) {
	case MDNS_RR_U8:
	case MDNS_RR_ALGORITHM:
	case MDNS_RR_ALGORITHM_NAME:
		put(out, below(out, below(out, 2) ? 256 : 20));
		break;
	case MDNS_RR_U16:
		put_octets(out, 2);
		break;
	case MDNS_RR_TYPE:
	case MDNS_RR_CERTIFICATE:
		put(out, below(out, 2) ? 0 : below(out, 256));
		put(out, below(out, 256));
		break;
	case MDNS_RR_U32:
	case MDNS_RR_IPV4:
	case MDNS_RR_TIME:
		for (count = 0; count < 4; count++)
			put(out, below(out, 256));
		break;
	case MDNS_RR_IPV6:
		put_ipv6(out);
		break;
	case MDNS_RR_NAME:
	case MDNS_RR_NAME_COMPRESSED:
		put_name(out);
		break;
	case MDNS_RR_STRING:
		put_counted(out, 0);
		break;
	case MDNS_RR_STRINGS:
		for (count = length(out, 1, 6); count > 0; count--)
			put_counted(out, 0);
		break;
	case MDNS_RR_TAG:
		put_tag(out);
		break;
	case MDNS_RR_QUOTED:
	case MDNS_RR_BASE64:
	case MDNS_RR_UNKNOWN:
		put_octets(out, length(out, 0, 300));
		break;
	case MDNS_RR_QUOTED_SOME:
	case MDNS_RR_HEX:
	case MDNS_RR_BASE64_SOME:
		put_octets(out, length(out, 1, 300));
		break;
	case MDNS_RR_SALT:
		put_counted(out, 0);
		break;
	case MDNS_RR_HASH:
		put_counted(out, 1);
		break;
	case MDNS_RR_BITMAP:
		put_bitmap(out, 0);
		break;
	case MDNS_RR_BITMAP_SOME:
		put_bitmap(out, 1);
		break;
	case MDNS_RR_EUI48:
		put_octets(out, 6);
		break;
	case MDNS_RR_EUI64:
		put_octets(out, 8);
		break;
	case MDNS_RR_LOCATION:
		put_location(out);
		break;
	case MDNS_RR_GATEWAY:
		put_gateway(out);
		break;
	case MDNS_RR_HOST_IDENTITY:
		put_host_identity(out);
		break;
	case MDNS_RR_OPTIONS:
		for (count = below(out, 4); count > 0; count--) {
			put_octets(out, 2);
			put(out, 0);
			put_counted(out, 0);
		}
		break;
	}
}

size_t rr_random_rdata(
	struct rr_random *random, uint16_t type, uint8_t buf[RR_RANDOM_MAX])
{
	struct out out = {random, buf, 0};
	const char *field = mdns_rr_type_layout(type);

	while (*field)
		put_field(&out, *field++);
	return out.len;
}
