/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-test-responder: answers Multicast DNS queries from a list of hosts, for
 * tests, the demo and the benchmark.
 *
 * It is no product: it does not probe, announce, defend its names, suppress
 * known answers or limit its rate (RFC 6762 7 to 9). What it does send is as
 * RFC 6762 5.4, 6.1, 6.7 and 18 say, at once, and nothing is allocated for a
 * packet, so that a benchmark may use it as the floor. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "resolver/message.h"
#include "resolver/name.h"
#include "resolver/rr.h"

#define BUCKETS 16384
#define IFACES_MAX 64
#define ASKS_MAX 256
#define TTL_GROUP 120 /* RFC 6762 10: records that name a host */
#define TTL_LEGACY 10 /* RFC 6762 6.7 */

enum {
	HAS_A = 1,
	HAS_AAAA = 2,
	HAS_PTR = 4,
	HAS_OTHER = 8, /* asked for only: a type that nobody has here */
};

struct record {
	struct record *next;
	const struct owner *target; /* PTR */
	unsigned has;               /* one of HAS_ */
	uint8_t bytes[16];          /* A, AAAA */
};

struct owner {
	struct owner *next; /* in the bucket */
	struct mdns_name name;
	struct record *records;
	unsigned has; /* mask of HAS_ */
	bool nsec;
	bool silent;
};

/* What one message asks about one owner. */
struct ask {
	const struct owner *owner;
	unsigned wanted; /* mask of HAS_ */
};

struct transport {
	const char *name;
	int fd;
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} group;
	socklen_t size; /* of its socket addresses */
};

struct packet {
	struct sockaddr_storage from;
	unsigned ifindex;
	size_t size;
	uint8_t bytes[MDNS_MESSAGE_MAX];
};

static struct owner *buckets[BUCKETS];
static unsigned ifaces[IFACES_MAX];
static unsigned iface_count;
static bool verbose;

static void fail(const char *what, const char *which)
{
	fprintf(stderr, "mdns-test-responder: %s%s%s: %s\n", what,
		which ? " " : "", which ? which : "", strerror(errno));
	exit(1);
}

static void *allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		fail("memory", NULL);
	return memory;
}

/* The hosts */

static struct owner *owner_find(const struct mdns_name *name)
{
	struct owner *owner = buckets[mdns_name_hash(name) % BUCKETS];

	while (owner && !mdns_name_equal(&owner->name, name))
		owner = owner->next;
	return owner;
}

static struct owner *owner_put(const struct mdns_name *name)
{
	struct owner **bucket = &buckets[mdns_name_hash(name) % BUCKETS];
	struct owner *owner = owner_find(name);

	if (!owner) {
		owner = allocate(sizeof(*owner));
		owner->name = *name;
		owner->next = *bucket;
		*bucket = owner;
	}
	return owner;
}

/* At the end, so that answers come in the order of the file. */
static struct record *record_put(struct owner *owner, unsigned has)
{
	struct record **end = &owner->records;

	while (*end)
		end = &(*end)->next;
	*end = allocate(sizeof(**end));
	(*end)->has = has;
	owner->has |= has;
	return *end;
}

static void address_put(
	struct owner *owner, const uint8_t *addr, size_t size, bool silent)
{
	struct mdns_name reverse;
	struct owner *pointer;

	memcpy(record_put(owner, size == 4 ? HAS_A : HAS_AAAA)->bytes, addr,
		size);
	if (silent)
		return;
	mdns_name_from_address(addr, size, &reverse);
	pointer = owner_put(&reverse);
	record_put(pointer, HAS_PTR)->target = owner;
}

/* NULL, or what is wrong with the line. It is cut to pieces. */
static const char *line_parse(char *line)
{
	struct {
		uint8_t bytes[16];
		size_t size;
	} addr[64];
	unsigned count = 0;
	struct mdns_name name;
	struct owner *owner;
	bool nsec = false;
	bool silent = false;
	char *rest = NULL;
	char *word;

	line[strcspn(line, "#\r\n")] = '\0';
	word = strtok_r(line, " \t", &rest);
	if (!word)
		return NULL;
	if (mdns_name_parse(word, strlen(word), &name) < 0)
		return "the first word is not a domain name";
	while ((word = strtok_r(NULL, " \t", &rest))) {
		if (count == sizeof(addr) / sizeof(addr[0]))
			return "more than 64 addresses";
		if (!strcmp(word, "nsec"))
			nsec = true;
		else if (!strcmp(word, "silent"))
			silent = true;
		else if (inet_pton(AF_INET, word, addr[count].bytes) == 1)
			addr[count++].size = 4;
		else if (inet_pton(AF_INET6, word, addr[count].bytes) == 1)
			addr[count++].size = 16;
		else
			return "neither an address nor `nsec` nor `silent`";
	}
	if (!count && !nsec && !silent)
		return "a host without an address";
	owner = owner_put(&name);
	owner->nsec |= nsec;
	owner->silent |= silent;
	for (unsigned i = 0; i < count; i++)
		address_put(owner, addr[i].bytes, addr[i].size, silent);
	return NULL;
}

static void hosts_read(const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	unsigned number = 0;
	const char *wrong;

	if (!file) {
		fprintf(stderr, "mdns-test-responder: %s: %s\n", path,
			strerror(errno));
		exit(2);
	}
	while (getline(&line, &size, file) >= 0) {
		number++;
		wrong = line_parse(line);
		if (wrong) {
			fprintf(stderr, "mdns-test-responder: %s:%u: %s\n",
				path, number, wrong);
			exit(2);
		}
	}
	if (ferror(file))
		fail("reading", path);
	free(line);
	fclose(file);
}

/* Answering */

static unsigned has_from_type(uint16_t type, unsigned owned)
{
	switch (type) {
	case MDNS_TYPE_A:
		return HAS_A;
	case MDNS_TYPE_AAAA:
		return HAS_AAAA;
	case MDNS_TYPE_PTR:
		return HAS_PTR;
	case MDNS_TYPE_ANY:
		return owned;
	default:
		return HAS_OTHER;
	}
}

static const char *type_text(uint16_t type, char buf[8])
{
	switch (type) {
	case MDNS_TYPE_A:
		return "A";
	case MDNS_TYPE_AAAA:
		return "AAAA";
	case MDNS_TYPE_PTR:
		return "PTR";
	case MDNS_TYPE_ANY:
		return "ANY";
	default:
		snprintf(buf, 8, "%u", type);
		return buf;
	}
}

static void record_write(struct mdns_writer *writer, enum mdns_section section,
	const struct owner *owner, const struct record *record, uint16_t rclass,
	uint32_t ttl)
{
	uint16_t type = record->has == HAS_A      ? MDNS_TYPE_A
			: record->has == HAS_AAAA ? MDNS_TYPE_AAAA
						  : MDNS_TYPE_PTR;

	mdns_writer_record(writer, section, &owner->name, type, rclass, ttl);
	if (record->target)
		mdns_writer_name(writer, &record->target->name, true);
	else
		mdns_writer_bytes(
			writer, record->bytes, record->has == HAS_A ? 4 : 16);
	mdns_writer_record_end(writer);
}

/* RFC 6762 6.1, the restricted form: the next name is the owner's, and there
 * is one block, for the types below 256. A block without a bit is left out
 * (RFC 4034 4.1.2). */
static void nsec_write(struct mdns_writer *writer, enum mdns_section section,
	const struct owner *owner, uint16_t rclass, uint32_t ttl, bool compress)
{
	static const uint8_t has_a[] = {0, 1, 0x40};
	uint8_t has_aaaa[] = {0, 4, 0, 0, 0, 0x08};

	mdns_writer_record(
		writer, section, &owner->name, MDNS_TYPE_NSEC, rclass, ttl);
	mdns_writer_name(writer, &owner->name, compress);
	if (owner->has & HAS_AAAA) {
		has_aaaa[2] = owner->has & HAS_A ? 0x40 : 0;
		mdns_writer_bytes(writer, has_aaaa, sizeof(has_aaaa));
	} else if (owner->has & HAS_A) {
		mdns_writer_bytes(writer, has_a, sizeof(has_a));
	}
	mdns_writer_record_end(writer);
}

static void answers_write(struct mdns_writer *writer, const struct ask *ask,
	unsigned count, bool legacy)
{
	/* Everything here is unique, so the rest may be flushed (10.2), but
	 * never by those who are no Multicast DNS caches (6.7). */
	uint16_t rclass =
		legacy ? MDNS_CLASS_IN : MDNS_CLASS_IN | MDNS_CLASS_TOP_BIT;
	uint32_t ttl = legacy ? TTL_LEGACY : TTL_GROUP;

	for (unsigned i = 0; i < count; i++) {
		const struct owner *owner = ask[i].owner;

		for (const struct record *r = owner->records; r; r = r->next)
			if (r->has & ask[i].wanted)
				record_write(writer, MDNS_SECTION_ANSWER, owner,
					r, rclass, ttl);
		if (owner->nsec && (ask[i].wanted & ~owner->has))
			nsec_write(writer, MDNS_SECTION_ANSWER, owner, rclass,
				ttl, !legacy);
	}
	if (!writer->count[MDNS_SECTION_ANSWER])
		return;
	/* The other family goes along (RFC 6762 6.2), or that there is none. */
	for (unsigned i = 0; i < count; i++) {
		const struct owner *owner = ask[i].owner;

		if (owner->has & HAS_PTR)
			continue;
		for (const struct record *r = owner->records; r; r = r->next)
			if (!(r->has & ask[i].wanted))
				record_write(writer, MDNS_SECTION_ADDITIONAL,
					owner, r, rclass, ttl);
		if (owner->nsec && !(ask[i].wanted & ~owner->has) &&
			(owner->has & (HAS_A | HAS_AAAA)) != (HAS_A | HAS_AAAA))
			nsec_write(writer, MDNS_SECTION_ADDITIONAL, owner,
				rclass, ttl, !legacy);
	}
}

/* Reads the questions, and repeats them for those who expect that. The number
 * of asks; ret_group is false if a unicast answer is enough for all of them. */
static unsigned questions_read(struct mdns_reader *reader,
	struct mdns_writer *repeat, struct ask ask[ASKS_MAX], bool *ret_group)
{
	struct mdns_question question;
	unsigned count = 0;

	*ret_group = false;
	while (mdns_reader_question(reader, &question)) {
		const struct owner *owner = owner_find(&question.name);
		unsigned i = 0;

		if (verbose) {
			char text[MDNS_NAME_TEXT_MAX];
			char number[8];

			mdns_name_print(&question.name, text, sizeof(text));
			printf(" %s %s%s", text,
				type_text(question.type, number),
				question.unicast_response ? " QU" : "");
		}
		if (repeat)
			mdns_writer_question(repeat, &question.name,
				question.type, question.rclass);
		if (!owner || owner->silent ||
			(question.rclass != MDNS_CLASS_IN &&
				question.rclass != MDNS_CLASS_ANY))
			continue;
		while (i < count && ask[i].owner != owner)
			i++;
		if (i == ASKS_MAX)
			continue;
		if (i == count)
			ask[count++] = (struct ask){owner, 0};
		ask[i].wanted |= has_from_type(question.type, owner->has);
		*ret_group |= !question.unicast_response;
	}
	return count;
}

/* By the interface that the query came in on. 0 or -1 with errno. */
static int reply(const struct transport *transport, const void *to,
	unsigned ifindex, uint8_t *bytes, size_t size)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = {0};
	struct iovec iov = {bytes, size};
	struct sockaddr_storage name;
	struct msghdr msg = {
		.msg_name = &name,
		.msg_namelen = transport->size,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
	};
	struct cmsghdr *cmsg = &control.align;

	memcpy(&name, to, transport->size);
	if (name.ss_family == AF_INET) {
		struct in_pktinfo info = {.ipi_ifindex = (int)ifindex};

		cmsg->cmsg_level = IPPROTO_IP;
		cmsg->cmsg_type = IP_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
		msg.msg_controllen = CMSG_SPACE(sizeof(info));
	} else {
		struct in6_pktinfo info = {.ipi6_ifindex = ifindex};

		cmsg->cmsg_level = IPPROTO_IPV6;
		cmsg->cmsg_type = IPV6_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
		msg.msg_controllen = CMSG_SPACE(sizeof(info));
	}
	return sendmsg(transport->fd, &msg, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static uint16_t port_of(const struct sockaddr_storage *addr)
{
	/* sin_port and sin6_port stand at the same place. */
	return ntohs(((const struct sockaddr_in *)addr)->sin_port);
}

static void packet_print(
	const struct transport *transport, const struct packet *packet)
{
	char addr[INET6_ADDRSTRLEN] = "?";
	char iface[IF_NAMESIZE] = "?";

	if (packet->from.ss_family == AF_INET)
		inet_ntop(AF_INET,
			&((const struct sockaddr_in *)&packet->from)->sin_addr,
			addr, sizeof(addr));
	else
		inet_ntop(AF_INET6,
			&((const struct sockaddr_in6 *)&packet->from)
				 ->sin6_addr,
			addr, sizeof(addr));
	if_indextoname(packet->ifindex, iface);
	printf("%s %s %s port %u:", iface, transport->name, addr,
		port_of(&packet->from));
}

static void packet_answer(
	const struct transport *transport, const struct packet *packet)
{
	static uint8_t bytes[MDNS_MESSAGE_MAX];
	bool legacy = port_of(&packet->from) != MDNS_PORT; /* RFC 6762 6.7 */
	struct ask ask[ASKS_MAX];
	struct mdns_reader reader;
	struct mdns_writer writer;
	unsigned count;
	const char *how = "no answer";
	bool to_group;
	int size;

	mdns_reader_init(&reader, packet->bytes, packet->size);
	if (reader.err ||
		(reader.header.flags &
			(MDNS_FLAG_QR | MDNS_FLAG_OPCODE | MDNS_FLAG_RCODE)))
		return;
	if (verbose)
		packet_print(transport, packet);
	mdns_writer_init(&writer, bytes, sizeof(bytes),
		legacy ? reader.header.id : 0, MDNS_FLAG_QR | MDNS_FLAG_AA);
	count = questions_read(
		&reader, legacy ? &writer : NULL, ask, &to_group);
	answers_write(&writer, ask, count, legacy);
	if (writer.count[MDNS_SECTION_ANSWER]) {
		bool group = to_group && !legacy;

		how = group ? "answered to the group" : "answered by unicast";
		size = mdns_writer_end(&writer);
		if (size < 0)
			how = "the answer is too long";
		else if (reply(transport,
				 group ? (const void *)&transport->group
				       : (const void *)&packet->from,
				 packet->ifindex, bytes, (size_t)size) < 0)
			how = strerror(errno);
	}
	if (verbose)
		printf(": %s\n", how);
}

/* The network */

static bool iface_is_ours(unsigned ifindex)
{
	for (unsigned i = 0; i < iface_count; i++)
		if (ifaces[i] == ifindex)
			return true;
	return false;
}

static void packet_receive(const struct transport *transport)
{
	static struct packet packet;
	union {
		struct cmsghdr align;
		char bytes[256];
	} control;
	struct iovec iov = {packet.bytes, sizeof(packet.bytes)};
	struct msghdr msg = {
		.msg_name = &packet.from,
		.msg_namelen = sizeof(packet.from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t size = recvmsg(transport->fd, &msg, MSG_DONTWAIT);

	if (size < 0)
		return; /* a wrong checksum, or an error of an earlier send */
	packet.size = (size_t)size;
	packet.ifindex = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c;
		c = CMSG_NXTHDR(&msg, c)) {
		struct in_pktinfo info;
		struct in6_pktinfo info6;

		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			packet.ifindex = (unsigned)info.ipi_ifindex;
		} else if (c->cmsg_level == IPPROTO_IPV6 &&
			   c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&info6, CMSG_DATA(c), sizeof(info6));
			packet.ifindex = info6.ipi6_ifindex;
		}
	}
	if (iface_is_ours(packet.ifindex))
		packet_answer(transport, &packet);
}

static void option_set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)) < 0)
		fail("setsockopt", NULL);
}

/* fd stays -1 if the kernel has no such family. */
static void transport_open(struct transport *transport, int family)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	transport->fd = fd;
	if (fd < 0 && errno == EAFNOSUPPORT)
		return;
	if (fd < 0)
		fail("socket", NULL);
	option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	in.sin_port = in6.sin6_port = htons(MDNS_PORT);
	if (family == AF_INET) {
		transport->name = "IPv4";
		transport->group.in = in;
		transport->group.in.sin_addr.s_addr = htonl(0xe00000fb);
		transport->size = sizeof(in);
		option_set(fd, IPPROTO_IP, IP_PKTINFO, 1);
		option_set(fd, IPPROTO_IP, IP_TTL, 255);
		option_set(fd, IPPROTO_IP, IP_MULTICAST_TTL, 255);
		if (bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0)
			fail("port 5353 over", "IPv4");
	} else {
		transport->name = "IPv6";
		transport->group.in6 = in6;
		inet_pton(
			AF_INET6, "ff02::fb", &transport->group.in6.sin6_addr);
		transport->size = sizeof(in6);
		option_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
		option_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
		option_set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 255);
		option_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255);
		if (bind(fd, (struct sockaddr *)&in6, sizeof(in6)) < 0)
			fail("port 5353 over", "IPv6");
	}
}

static bool group_join(const struct transport *transport, unsigned ifindex)
{
	struct group_req request = {.gr_interface = ifindex};
	int level = transport->group.any.sa_family == AF_INET ? IPPROTO_IP
							      : IPPROTO_IPV6;

	if (transport->fd < 0)
		return false;
	memcpy(&request.gr_group, &transport->group, transport->size);
	return setsockopt(transport->fd, level, MCAST_JOIN_GROUP, &request,
		       sizeof(request)) == 0;
}

static void iface_join(
	const char *name, const struct transport *transport, unsigned count)
{
	unsigned ifindex = if_nametoindex(name);
	bool joined = false;

	if (!ifindex)
		fail("interface", name);
	if (iface_count == IFACES_MAX) {
		errno = ENOBUFS;
		fail("interface", name);
	}
	for (unsigned i = 0; i < count; i++)
		joined |= group_join(&transport[i], ifindex);
	if (!joined)
		fail("joining the group on", name);
	ifaces[iface_count++] = ifindex;
}

static void ifaces_join_all(const struct transport *transport, unsigned count)
{
	struct if_nameindex *all = if_nameindex();
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (!all || fd < 0)
		fail("list of interfaces", NULL);
	for (struct if_nameindex *i = all; i->if_index; i++) {
		struct ifreq request = {0};

		strncpy(request.ifr_name, i->if_name, IF_NAMESIZE - 1);
		if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
			continue;
		if ((request.ifr_flags &
			    (IFF_UP | IFF_MULTICAST | IFF_LOOPBACK)) ==
			(IFF_UP | IFF_MULTICAST))
			iface_join(i->if_name, transport, count);
	}
	close(fd);
	if_freenameindex(all);
}

static void usage(FILE *file)
{
	fputs("usage: mdns-test-responder [-i IFACE]... [-v] HOSTSFILE\n"
	      "Answers Multicast DNS queries for the hosts in HOSTSFILE:\n"
	      "  NAME ADDRESS... [nsec] [silent]    # comment\n"
	      "    nsec    says by NSEC which types NAME does not have\n"
	      "    silent  does not answer\n"
	      "  -i IFACE  on this interface; default: on each that is up,\n"
	      "            does multicast and is not loopback\n"
	      "  -v        a line for each query\n"
	      "It prints `ready` once it listens. For tests only.\n",
		file);
}

int main(int argc, char **argv)
{
	struct transport transport[2] = {0};
	struct pollfd fds[2];
	const char *only[IFACES_MAX];
	unsigned only_count = 0;
	int option;

	while ((option = getopt(argc, argv, "hi:v")) != -1) {
		if (option == 'i' && only_count < IFACES_MAX) {
			only[only_count++] = optarg;
		} else if (option == 'v') {
			verbose = true;
		} else {
			usage(option == 'h' ? stdout : stderr);
			return option == 'h' ? 0 : 2;
		}
	}
	if (argc - optind != 1) {
		usage(stderr);
		return 2;
	}
	hosts_read(argv[optind]);
	setvbuf(stdout, NULL, _IOLBF, 0);

	transport_open(&transport[0], AF_INET);
	transport_open(&transport[1], AF_INET6);
	for (unsigned i = 0; i < only_count; i++)
		iface_join(only[i], transport, 2);
	if (!only_count)
		ifaces_join_all(transport, 2);
	if (!iface_count) {
		fputs("mdns-test-responder: no interface to listen on\n",
			stderr);
		return 1;
	}
	puts("ready");

	for (unsigned i = 0; i < 2; i++)
		fds[i] = (struct pollfd){transport[i].fd, POLLIN, 0};
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			fail("poll", NULL);
		for (unsigned i = 0; i < 2; i++)
			if (fds[i].revents)
				packet_receive(&transport[i]);
	}
}
