/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads frames by libpcap, from a file or a link; capture_frame.c finds the
 * messages in them. */
#include "config.h"

#include "tools/lookup/capture.h"

#include <errno.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "resolver/sys.h"
#include "tools/lookup/capture_frame.h"

/* What stands around the largest packet of a link: Ethernet, VLAN tags. */
#define FRAME_EXTRA 64

/* Where the link does not tell: a message of 9000 octets, with headers. */
#define FRAME_MAX 10240

struct capture {
	pcap_t *pcap;
	uint64_t skipped;
	enum frame_kind kind;
	char link[IF_NAMESIZE]; /* a live one */
	uint32_t ifindex;
};

static char why[PCAP_ERRBUF_SIZE + 64];

static struct capture *refuse(const char *text, const char **ret_why)
{
	snprintf(why, sizeof(why), "%s", text);
	*ret_why = why;
	return NULL;
}

/* libpcap counts in whatever the file says; the rest of us in nanoseconds since
 * 1970, and no later than these have room for. */
static int64_t realtime_of(const struct pcap_pkthdr *header)
{
	const int64_t last = INT64_MAX / 1000000000 - 1;
	int64_t seconds = header->ts.tv_sec;
	int64_t rest = header->ts.tv_usec; /* nanoseconds: was asked for */

	if (seconds < 0 || seconds > last)
		return 0;
	return seconds * 1000000000 +
	       (rest >= 0 && rest < 1000000000 ? rest : 0);
}

/* False: of that type nothing is known. */
static bool find_kind(int type, enum frame_kind *ret_kind)
{
	static const struct {
		int type;
		enum frame_kind kind;
	} kinds[] = {
		{DLT_EN10MB, FRAME_ETHERNET},
		{DLT_LINUX_SLL, FRAME_SLL},
		{DLT_LINUX_SLL2, FRAME_SLL2},
		{DLT_RAW, FRAME_RAW},
		{DLT_IPV4, FRAME_RAW},
		{DLT_IPV6, FRAME_RAW},
		{DLT_NULL, FRAME_NULL},
		{DLT_LOOP, FRAME_NULL},
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type) {
			*ret_kind = kinds[i].kind;
			return true;
		}
	return false;
}

/* Takes the handle over. */
static struct capture *open_handle(pcap_t *pcap, const char **ret_why)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	int type = pcap_datalink(pcap);

	if (capture && find_kind(type, &capture->kind)) {
		capture->pcap = pcap;
		return capture;
	}
	if (capture) {
		const char *name = pcap_datalink_val_to_name(type);
		char number[16];

		snprintf(number, sizeof(number), "%d", type);
		snprintf(why, sizeof(why),
			"its frames are of link type %s, which is not "
			"understood here",
			name ? name : number);
		*ret_why = why;
	} else {
		refuse("out of memory", ret_why);
	}
	pcap_close(pcap);
	free(capture);
	return NULL;
}

struct capture *capture_open_file(const char *path, const char **ret_why)
{
	bool standard = strcmp(path, "-") == 0;
	char text[PCAP_ERRBUF_SIZE] = "";
	struct stat status;
	pcap_t *pcap;
	FILE *file;

	file = standard ? stdin : fopen(path, "re");
	if (!file)
		return refuse(
			errno == ENOENT ? "no such file" : strerror(errno),
			ret_why);
	if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
		fclose(file);
		return refuse("a folder, not a file", ret_why);
	}
	pcap = pcap_fopen_offline_with_tstamp_precision(
		file, PCAP_TSTAMP_PRECISION_NANO, text);
	if (pcap)
		return open_handle(pcap, ret_why);
	if (strstr(text, "only got 0"))
		refuse("empty, so not a capture file", ret_why);
	else
		refuse("not a capture file (pcap or pcapng)", ret_why);
	if (!standard)
		fclose(file);
	return NULL;
}

/* The largest frame. The kernel sets aside as much for each, so more would
 * leave room for fewer of them: 2 MB are 1000 of Ethernet. */
static int frame_max(const char *link)
{
	struct ifreq request = {0};
	int fd = mdns_sys_socket(AF_INET, SOCK_DGRAM, 0);
	int max = FRAME_MAX;

	if (fd < 0)
		return max;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", link);
	if (mdns_sys_ioctl(fd, SIOCGIFMTU, &request) == 0 &&
		request.ifr_mtu < FRAME_MAX - FRAME_EXTRA)
		max = request.ifr_mtu + FRAME_EXTRA;
	mdns_sys_close(fd);
	return max;
}

/* What a link has to be told before it is listened to; 0, or libpcap's error. */
static int set_up(pcap_t *pcap, const char *link)
{
	/* UDP may stand behind extension headers. */
	static const char filter[] = "udp port 5353 or (ip6 and ip6[6] != 6 "
				     "and ip6[6] != 17 and ip6[6] != 58)";
	struct bpf_program program;
	char text[PCAP_ERRBUF_SIZE];
	int err;

	pcap_set_snaplen(pcap, frame_max(link));
	/* Also what is sent to others, and by multicast to groups that we have
	 * not joined. */
	pcap_set_promisc(pcap, 1);
	pcap_set_immediate_mode(pcap, 1);
	pcap_set_timeout(pcap, 100);
	pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	err = pcap_activate(pcap);
	if (err < 0)
		return err;
	/* Only to save work: capture_frame.c looks at everything again. */
	if (pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) ==
		0) {
		pcap_setfilter(pcap, &program);
		pcap_freecode(&program);
	}
	return pcap_setnonblock(pcap, 1, text);
}

struct capture *capture_open_link(const char *link, const char **ret_why)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	struct capture *capture;
	pcap_t *pcap = pcap_create(link, text);
	int err;

	if (!pcap)
		return refuse(text, ret_why);
	err = set_up(pcap, link);
	if (err < 0) {
		refuse(err == PCAP_ERROR_PERM_DENIED
				? "that needs root or CAP_NET_RAW"
				: pcap_statustostr(err),
			ret_why);
		pcap_close(pcap);
		return NULL;
	}
	capture = open_handle(pcap, ret_why);
	if (!capture)
		return NULL;
	if (pcap_get_tstamp_precision(pcap) != PCAP_TSTAMP_PRECISION_NANO) {
		capture_close(capture);
		return refuse("has no clock in nanoseconds", ret_why);
	}
	snprintf(capture->link, sizeof(capture->link), "%s", link);
	capture->ifindex = if_nametoindex(link);
	return capture;
}

int capture_fd(const struct capture *capture)
{
	return pcap_get_selectable_fd(capture->pcap);
}

static enum capture_result explain_end(
	const struct capture *capture, const char **ret_why)
{
	const char *text = pcap_geterr(capture->pcap);

	if (strncmp(text, "truncated", 9) == 0)
		return CAPTURE_CUT;
	refuse(text, ret_why);
	return CAPTURE_BROKEN;
}

enum capture_result capture_next(struct capture *capture,
	struct packet *ret_packet, const char **ret_why)
{
	for (;;) {
		struct packet packet;
		struct pcap_pkthdr *header;
		const u_char *bytes;
		int got = pcap_next_ex(capture->pcap, &header, &bytes);

		if (got == 0)
			return CAPTURE_NOTHING;
		if (got == PCAP_ERROR_BREAK)
			return CAPTURE_END;
		if (got < 0)
			return explain_end(capture, ret_why);
		if (!frame_read(
			    capture->kind, bytes, header->caplen, &packet)) {
			capture->skipped++;
			continue;
		}
		packet.realtime = realtime_of(header);
		if (capture->link[0] != '\0') {
			memcpy(packet.link, capture->link, sizeof(packet.link));
			packet.ifindex = capture->ifindex;
		}
		*ret_packet = packet;
		return CAPTURE_PACKET;
	}
}

uint64_t capture_skipped(const struct capture *capture)
{
	return capture->skipped;
}

uint64_t capture_missed(const struct capture *capture)
{
	struct pcap_stat stat;

	return pcap_stats(capture->pcap, &stat) == 0 ? stat.ps_drop : 0;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	pcap_close(capture->pcap);
	free(capture);
}
