/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The links of this host that can be asked, and which addresses are on them. */
#include "resolver/links.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>

#include "resolver/err.h"
#include "resolver/sys.h"
#include "resolver/zone.h"

#define NETLINK_WAIT (200 * MDNS_MSEC) /* the kernel answers at once */

enum mdns_link_state mdns_link_judge(
	const struct mdns_link_filter *filter, const char *name, unsigned flags)
{
	int named = 0;
	unsigned i;

	if (filter->only) {
		named = -1;
		for (i = 0; i < filter->only_count; i++)
			if (mdns_settings_glob(filter->only[i], name))
				named = 1;
	} else {
		named = mdns_settings_interface(filter->settings, name);
	}
	if (flags & IFF_LOOPBACK)
		return MDNS_LINK_LOOPBACK;
	if (named < 0)
		return MDNS_LINK_DENIED;
	if (!(flags & IFF_UP) || !(flags & IFF_RUNNING))
		return MDNS_LINK_DOWN;
	if (!(flags & IFF_MULTICAST))
		return MDNS_LINK_NO_MULTICAST;
	if ((flags & IFF_POINTOPOINT) && named == 0)
		return MDNS_LINK_POINT_TO_POINT;
	return MDNS_LINK_ELIGIBLE;
}

/* Reading is under way: fd answers interface ioctls, be it netlink or UDP. */
struct scan {
	const struct mdns_link_filter *filter;
	struct mdns_links *links;
	int fd;
	void *buf;
	size_t size;
	uint32_t last_index; /* addresses come grouped by interface */
	struct mdns_link *last_link;
};

static struct mdns_link *find_link(struct mdns_links *links, uint32_t ifindex)
{
	return (struct mdns_link *)mdns_links_find(links, ifindex);
}

/* The link of that index, asked for its name and flags when first met; NULL if
 * it is not eligible. */
static struct mdns_link *scan_link(struct scan *scan, uint32_t ifindex)
{
	struct mdns_links *links = scan->links;
	struct mdns_link *link;
	struct ifreq request;

	if (ifindex == MDNS_LOOPBACK_IFINDEX)
		return NULL;
	if (ifindex == scan->last_index)
		return scan->last_link;
	scan->last_index = ifindex;
	scan->last_link = link = find_link(links, ifindex);
	if (link)
		return link;
	memset(&request, 0, sizeof(request));
	request.ifr_ifindex = (int)ifindex;
	if (mdns_sys_ioctl(scan->fd, SIOCGIFNAME, &request) < 0 ||
		mdns_sys_ioctl(scan->fd, SIOCGIFFLAGS, &request) < 0 ||
		mdns_link_judge(scan->filter, request.ifr_name,
			(unsigned short)request.ifr_flags) !=
			MDNS_LINK_ELIGIBLE)
		return NULL;
	if (links->count == MDNS_LINKS_MAX) {
		links->dropped++;
		return NULL;
	}
	link = &links->link[links->count++];
	memset(link, 0, sizeof(*link));
	link->ifindex = ifindex;
	memcpy(link->name, request.ifr_name, sizeof(link->name) - 1);
	return scan->last_link = link;
}

static void scan_address(struct scan *scan, uint32_t ifindex,
	enum mdns_family family, unsigned length, const void *addr, bool own)
{
	struct mdns_links *links = scan->links;
	struct mdns_link *link = scan_link(scan, ifindex);
	struct mdns_prefix *prefix;

	if (!link)
		return;
	link->has[family] = true;
	if (links->prefix_count == MDNS_PREFIXES_MAX) {
		links->dropped++;
		return;
	}
	prefix = &links->prefix[links->prefix_count++];
	memset(prefix, 0, sizeof(*prefix));
	prefix->ifindex = ifindex;
	prefix->family = (uint8_t)family;
	prefix->length = (uint8_t)length;
	prefix->own = own;
	memcpy(prefix->bytes, addr, mdns_family_size(family));
}

/* On a link with two ends the prefix is that of the other one. */
static void scan_both(struct scan *scan, uint32_t ifindex,
	enum mdns_family family, unsigned length, const void *addr,
	const void *peer)
{
	size_t size = mdns_family_size(family);

	if (addr && peer && memcmp(addr, peer, size) != 0) {
		scan_address(scan, ifindex, family, length, peer, false);
		length = (unsigned)size * 8;
	}
	if (addr)
		scan_address(scan, ifindex, family, length, addr, true);
}

/* One message of the address dump. */
static void scan_message(struct scan *scan, const struct nlmsghdr *header)
{
	const struct ifaddrmsg *msg = NLMSG_DATA(header);
	size_t left = IFA_PAYLOAD(header);
	const struct rtattr *attr = IFA_RTA(msg);
	const void *addr = NULL, *peer = NULL;
	enum mdns_family family;

	if (header->nlmsg_type != RTM_NEWADDR ||
		header->nlmsg_len < NLMSG_LENGTH(sizeof(*msg)))
		return;
	if (msg->ifa_family == AF_INET)
		family = MDNS_IPV4;
	else if (msg->ifa_family == AF_INET6)
		family = MDNS_IPV6;
	else
		return;
	/* An address that is still being probed cannot be sent from. */
	if ((msg->ifa_flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) &&
		!(msg->ifa_flags & IFA_F_OPTIMISTIC))
		return;
	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left)) {
		if (RTA_PAYLOAD(attr) != mdns_family_size(family))
			continue;
		/* IFA_LOCAL is ours where IFA_ADDRESS is the other end's. */
		if (attr->rta_type == IFA_LOCAL)
			addr = RTA_DATA(attr);
		else if (attr->rta_type == IFA_ADDRESS)
			peer = RTA_DATA(attr);
	}
	scan_both(scan, msg->ifa_index, family, msg->ifa_prefixlen,
		addr ? addr : peer, peer);
}

static int netlink_send(int fd, void *request, size_t size)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct iovec iov = {request, size};
	struct msghdr msg = {.msg_name = &kernel,
		.msg_namelen = sizeof(kernel),
		.msg_iov = &iov,
		.msg_iovlen = 1};
	ssize_t n = mdns_sys_sendmsg(fd, &msg);

	return n < 0 ? (int)n : 0;
}

/* The next datagram from the kernel (port id 0; anybody can send us others);
 * its size or a negative errno value. */
static ssize_t netlink_receive(struct scan *scan)
{
	mdns_time until = mdns_sys_now() + NETLINK_WAIT;

	for (;;) {
		struct sockaddr_nl from = {0};
		struct iovec iov = {scan->buf, scan->size};
		struct msghdr msg = {.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &iov,
			.msg_iovlen = 1};
		ssize_t n = mdns_sys_recvmsg(scan->fd, &msg);

		if (n >= 0 && from.nl_pid == 0 &&
			msg.msg_namelen == sizeof(from))
			return msg.msg_flags & MSG_TRUNC ? -EMSGSIZE : n;
		if (n < 0 && n != -EAGAIN && n != -EINTR)
			return n;
		if (mdns_sys_now() >= until)
			return -ETIMEDOUT;
		if (n == -EAGAIN) {
			struct pollfd poll = {scan->fd, POLLIN, 0};
			int ready = mdns_sys_poll(&poll, 1, until);

			if (ready < 0)
				return ready;
		}
	}
}

static int scan_addresses(struct scan *scan, uint8_t family)
{
	struct {
		struct nlmsghdr header;
		struct ifaddrmsg msg;
	} request = {
		.header = {.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_GETADDR,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.msg = {.ifa_family = family},
	};
	int result = netlink_send(scan->fd, &request, sizeof(request));

	while (result == 0) {
		ssize_t n = netlink_receive(scan);
		unsigned left = (unsigned)n;
		const struct nlmsghdr *header = scan->buf;

		if (n < 0)
			return (int)n;
		for (; NLMSG_OK(header, left);
			header = NLMSG_NEXT(header, left)) {
			if (header->nlmsg_type == NLMSG_DONE)
				return 0;
			if (header->nlmsg_type == NLMSG_ERROR)
				return -EPERM;
			scan_message(scan, header);
		}
	}
	return result;
}

static const struct rtattr *find_attr(
	const struct rtattr *attr, size_t left, unsigned type)
{
	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
		if ((attr->rta_type & NLA_TYPE_MASK) == type)
			return attr;
	return NULL;
}

/* True if the kernel says that the link is a port of a bridge, bond or team;
 * belonging to a VRF is no such thing. */
static bool is_port(struct scan *scan, uint32_t ifindex)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg msg;
	} request = {
		.header = {.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_GETLINK,
			.nlmsg_flags = NLM_F_REQUEST},
		.msg = {.ifi_index = (int)ifindex},
	};
	const struct nlmsghdr *header = scan->buf;
	const struct rtattr *attr;
	ssize_t n;

	if (netlink_send(scan->fd, &request, sizeof(request)) < 0)
		return false;
	n = netlink_receive(scan);
	if (n < 0 || !NLMSG_OK(header, (size_t)n) ||
		header->nlmsg_type != RTM_NEWLINK ||
		header->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
		return false;
	attr = find_attr(IFLA_RTA(NLMSG_DATA(header)), IFLA_PAYLOAD(header),
		IFLA_LINKINFO);
	if (attr)
		attr = find_attr(RTA_DATA(attr), RTA_PAYLOAD(attr),
			IFLA_INFO_SLAVE_KIND);
	return attr && !(RTA_PAYLOAD(attr) >= 3 &&
			       memcmp(RTA_DATA(attr), "vrf", 3) == 0);
}

static void drop_link(struct mdns_links *links, unsigned which)
{
	uint32_t ifindex = links->link[which].ifindex;
	unsigned i, kept = 0;

	links->link[which] = links->link[--links->count];
	for (i = 0; i < links->prefix_count; i++)
		if (links->prefix[i].ifindex != ifindex)
			links->prefix[kept++] = links->prefix[i];
	links->prefix_count = kept;
}

/* A host full of containers has a veth for each, in a bridge that is asked
 * itself. Ports have no IPv4 address, so only links without one are looked
 * at; whoever names the port wants the port. */
static void drop_ports(struct scan *scan)
{
	struct mdns_links *links = scan->links;
	unsigned i = links->count;

	while (i-- > 0) {
		const struct mdns_link *link = &links->link[i];

		if (!link->has[MDNS_IPV4] && !scan->filter->only &&
			mdns_settings_interface(
				scan->filter->settings, link->name) == 0 &&
			is_port(scan, link->ifindex))
			drop_link(links, i);
	}
}

static unsigned mask_length(const struct sockaddr *addr)
{
	struct sockaddr_in mask;

	memcpy(&mask, addr, sizeof(mask));
	return (unsigned)__builtin_popcount(mask.sin_addr.s_addr);
}

/* IPv4 addresses from the old ioctl, which is much faster than netlink. */
static int scan_ipv4(struct scan *scan)
{
	struct ifconf list = {.ifc_len = (int)scan->size};
	unsigned i, count;
	int result;

	list.ifc_buf = scan->buf;
	result = mdns_sys_ioctl(scan->fd, SIOCGIFCONF, &list);
	if (result < 0)
		return result;
	/* A full buffer may be all that fitted. */
	if ((size_t)list.ifc_len + sizeof(struct ifreq) > scan->size)
		return -EMSGSIZE;
	count = (unsigned)list.ifc_len / (unsigned)sizeof(struct ifreq);
	for (i = 0; i < count; i++) {
		struct ifreq request = list.ifc_req[i];
		struct sockaddr_in addr, peer;
		uint32_t ifindex;
		unsigned length;

		memcpy(&addr, &request.ifr_addr, sizeof(addr));
		/* A label that is no interface's name: netlink knows more. */
		if (mdns_sys_ioctl(scan->fd, SIOCGIFINDEX, &request) < 0)
			return -EINVAL;
		ifindex = (uint32_t)request.ifr_ifindex;
		if (!scan_link(scan, ifindex))
			continue;
		/* Label and address, both, say whose mask is meant. */
		request = list.ifc_req[i];
		if (mdns_sys_ioctl(scan->fd, SIOCGIFNETMASK, &request) < 0)
			continue;
		length = mask_length(&request.ifr_netmask);
		request = list.ifc_req[i];
		peer = addr;
		if (mdns_sys_ioctl(scan->fd, SIOCGIFDSTADDR, &request) == 0)
			memcpy(&peer, &request.ifr_dstaddr, sizeof(peer));
		scan_both(scan, ifindex, MDNS_IPV4, length, &addr.sin_addr,
			&peer.sin_addr);
	}
	return 0;
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *octets = bytes;

	while (size-- > 0)
		hash = (hash ^ *octets++) * UINT64_C(1099511628211);
	return hash;
}

static uint64_t fingerprint(const struct mdns_links *links)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	hash = mix(hash, links->link, links->count * sizeof(links->link[0]));
	hash = mix(hash, links->prefix,
		links->prefix_count * sizeof(links->prefix[0]));
	return hash ? hash : 1;
}

int mdns_links_read_ipv4(const struct mdns_link_filter *filter, int fd,
	void *buf, size_t size, struct mdns_links *ret_links)
{
	struct scan scan = {.filter = filter,
		.links = ret_links,
		.fd = fd,
		.buf = buf,
		.size = size};
	int result;

	ret_links->count = 0;
	ret_links->prefix_count = 0;
	ret_links->dropped = 0;
	ret_links->fingerprint = 0;
	if (fd < 0)
		return MDNS_ERR_DENIED;
	result = scan_ipv4(&scan);
	if (result < 0) {
		ret_links->count = 0;
		ret_links->prefix_count = 0;
		return mdns_sys_err(result);
	}
	return 0;
}

int mdns_links_read_rest(const struct mdns_link_filter *filter, int ipv4,
	void *buf, size_t size, struct mdns_links *links)
{
	struct scan scan = {
		.filter = filter, .links = links, .buf = buf, .size = size};
	unsigned i;
	int result;

	scan.fd = mdns_sys_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	result = scan.fd;
	if (scan.fd >= 0) {
		result =
			scan_addresses(&scan, ipv4 == 0 ? AF_INET6 : AF_UNSPEC);
		if (result == 0)
			drop_ports(&scan);
		mdns_sys_close(scan.fd);
	}
	if (result < 0) {
		if (ipv4 < 0 || mdns_sys_err(result) != MDNS_ERR_DENIED)
			return mdns_sys_err(result);
		/* Whether there is IPv6 as well shows when it is used. */
		for (i = 0; i < links->count; i++)
			links->link[i].has[MDNS_IPV6] = true;
	}
	links->fingerprint = fingerprint(links);
	return 0;
}

int mdns_links_read(const struct mdns_link_filter *filter, void *buf,
	size_t size, struct mdns_links *ret_links)
{
	int fd = mdns_sys_socket(AF_INET, SOCK_DGRAM, 0);
	int ipv4 = mdns_links_read_ipv4(filter, fd, buf, size, ret_links);

	if (fd >= 0)
		mdns_sys_close(fd);
	return mdns_links_read_rest(filter, ipv4, buf, size, ret_links);
}

const struct mdns_link *mdns_links_find(
	const struct mdns_links *links, uint32_t ifindex)
{
	unsigned i;

	for (i = 0; i < links->count; i++)
		if (links->link[i].ifindex == ifindex)
			return &links->link[i];
	return NULL;
}

static bool prefix_covers(const struct mdns_prefix *prefix, const uint8_t *addr)
{
	unsigned whole = prefix->length / 8u, rest = prefix->length % 8u;

	return memcmp(prefix->bytes, addr, whole) == 0 &&
	       (rest == 0 ||
		       (prefix->bytes[whole] ^ addr[whole]) >> (8 - rest) == 0);
}

bool mdns_links_is_on_link(const struct mdns_links *links, uint32_t ifindex,
	enum mdns_family family, const uint8_t *addr)
{
	unsigned i;

	/* No router passes these on (RFC 3927 7, RFC 4291 2.5.6). */
	if (mdns_zone_address_is_ours(addr, mdns_family_size(family)))
		return true;
	for (i = 0; i < links->prefix_count; i++)
		if (links->prefix[i].ifindex == ifindex &&
			links->prefix[i].family == family &&
			prefix_covers(&links->prefix[i], addr))
			return true;
	return false;
}

uint32_t mdns_links_owner(const struct mdns_links *links,
	enum mdns_family family, const uint8_t *addr)
{
	unsigned i;

	for (i = 0; i < links->prefix_count; i++)
		if (links->prefix[i].own && links->prefix[i].family == family &&
			memcmp(links->prefix[i].bytes, addr,
				mdns_family_size(family)) == 0)
			return links->prefix[i].ifindex;
	return 0;
}
