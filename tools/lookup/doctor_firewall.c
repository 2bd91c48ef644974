/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The line to type so that a firewall lets Multicast DNS through. */
#include "config.h"

#include "tools/lookup/doctor_firewall.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The programs are for root, whose folders are not in everybody's PATH. */
#define MORE_FOLDERS "/usr/sbin:/sbin:/usr/bin"

#define PORTS_PATH "/proc/sys/net/ipv4/ip_local_port_range"

/* A rule is a text in which @G is the group's address, @I the interface, @P and
 * @Q the first and last ephemeral port, @4 "ip" or "ip6", @6 "" or "6", @C nft's
 * family, table and chain. */
static const struct {
	const char *tool;
	const char *rule[FIREWALL_GAPS];
} firewalls[] = {
	{"ufw",
		{
			"sudo ufw allow in proto udp to @G port 5353",
			"sudo ufw allow in on @I proto udp from any port 5353 "
			"to any port @P:@Q",
			"sudo ufw allow out proto udp to @G port 5353",
		}},
	{"firewall-cmd",
		{
			"sudo firewall-cmd --add-service=mdns --permanent && "
			"sudo firewall-cmd --reload",
			"sudo firewall-cmd --add-source-port=5353/udp "
			"--permanent && sudo firewall-cmd --reload",
			NULL, /* it lets everything out */
		}},
	{"nft",
		{
			"sudo nft insert rule @C @4 daddr @G "
			"udp dport 5353 accept",
			"sudo nft insert rule @C iifname @I "
			"udp sport 5353 udp dport @P-@Q accept",
			"sudo nft insert rule @C @4 daddr @G "
			"udp dport 5353 accept",
		}},
	{"iptables",
		{
			"sudo ip@6tables -I INPUT -p udp -d @G --dport 5353 "
			"-j ACCEPT",
			"sudo ip@6tables -I INPUT -i @I -p udp --sport 5353 "
			"--dport @P:@Q -j ACCEPT",
			"sudo ip@6tables -I OUTPUT -p udp -d @G --dport 5353 "
			"-j ACCEPT",
		}},
};

static bool is_in(const char *folders, const char *tool)
{
	char path[512];

	while (folders && *folders) {
		size_t len = strcspn(folders, ":");

		snprintf(
			path, sizeof(path), "%.*s/%s", (int)len, folders, tool);
		if (len > 0 && access(path, X_OK) == 0)
			return true;
		folders += len + (folders[len] == ':');
	}
	return false;
}

static bool is_ufw_off(void)
{
	char line[256];
	bool off = false;
	FILE *file = fopen("/etc/ufw/ufw.conf", "re");

	while (file && fgets(line, sizeof(line), file))
		off |= strncmp(line, "ENABLED=no", 10) == 0;
	if (file)
		fclose(file);
	return off;
}

static bool is_firewalld_off(void)
{
	/* NOLINTNEXTLINE(cert-env33-c): a constant command */
	FILE *said = popen("PATH=$PATH:" MORE_FOLDERS
			   "; firewall-cmd --state >/dev/null 2>&1",
		"re");

	return said && pclose(said) != 0;
}

/* One that is installed but not switched on has no say. */
static bool is_off(const char *tool)
{
	if (strcmp(tool, "ufw") == 0)
		return is_ufw_off();
	return strcmp(tool, "firewall-cmd") == 0 && is_firewalld_off();
}

static void read_ports(unsigned ret_ports[2])
{
	FILE *file = fopen(PORTS_PATH, "re");

	ret_ports[0] = 32768;
	ret_ports[1] = 60999;
	if (!file)
		return;
	if (fscanf(file, "%u %u", &ret_ports[0], &ret_ports[1]) != 2)
		ret_ports[0] = 1024, ret_ports[1] = 65535;
	fclose(file);
}

/* What the kernel lets nobody call anything else is safe to type. */
static bool is_plain(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")] ==
	       '\0';
}

/* nft's base chain where that is dropped, as "inet filter input": one whose
 * policy is to drop if there is one. Root may know its name; for others it is
 * the usual one. */
static void find_chain(enum firewall_gap gap, enum mdns_family transport,
	char *buf, size_t size)
{
	const char *hook = gap == FIREWALL_OUT ? "hook output " : "hook input ";
	char line[256], family[16] = "", table[64] = "", chain[64] = "";
	bool found = false;
	FILE *file = NULL;

	snprintf(buf, size, "inet filter %s",
		gap == FIREWALL_OUT ? "output" : "input");
	if (geteuid() == 0)
		/* NOLINTNEXTLINE(cert-env33-c): a constant command */
		file = popen("PATH=$PATH:" MORE_FOLDERS
			     "; nft list chains 2>/dev/null",
			"re");
	while (file && fgets(line, sizeof(line), file)) {
		bool drops = strstr(line, "policy drop") != NULL;

		if (sscanf(line, "table %15s %63s", family, table) == 2 ||
			sscanf(line, " chain %63s", chain) == 1 ||
			!strstr(line, hook) || !strstr(line, "type filter") ||
			(found && !drops) || !is_plain(table) ||
			!is_plain(chain))
			continue;
		if (strcmp(family, "inet") != 0 &&
			strcmp(family, transport == MDNS_IPV6 ? "ip6" : "ip") !=
				0)
			continue;
		snprintf(buf, size, "%s %s %s", family, table, chain);
		found = true;
	}
	if (file)
		pclose(file);
}

static void fill_in(const char *rule, enum firewall_gap gap,
	enum mdns_family transport, const char *link, char *buf, size_t size)
{
	char chain[160];
	FILE *out = fmemopen(buf, size, "w");
	unsigned ports[2];

	buf[0] = '\0';
	if (!out)
		return;
	read_ports(ports);
	for (; *rule; rule++) {
		if (*rule != '@') {
			fputc(*rule, out);
			continue;
		}
		switch (*++rule) {
		case 'G':
			fputs(transport == MDNS_IPV6 ? "ff02::fb"
						     : "224.0.0.251",
				out);
			break;
		case 'I':
			fputs(link, out);
			break;
		case 'P':
		case 'Q':
			fprintf(out, "%u", ports[*rule == 'Q']);
			break;
		case 'C':
			find_chain(gap, transport, chain, sizeof(chain));
			fputs(chain, out);
			break;
		case '4':
			fputs(transport == MDNS_IPV6 ? "ip6" : "ip", out);
			break;
		default:
			fputs(transport == MDNS_IPV6 ? "6" : "", out);
		}
	}
	fclose(out);
}

const char *firewall_remedy(enum firewall_gap gap, enum mdns_family transport,
	const char *link, char *buf, size_t size)
{
	size_t i;

	for (i = 0; i < sizeof(firewalls) / sizeof(firewalls[0]); i++) {
		const char *tool = firewalls[i].tool;

		if ((!is_in(getenv("PATH"), tool) &&
			    !is_in(MORE_FOLDERS, tool)) ||
			is_off(tool))
			continue;
		if (!firewalls[i].rule[gap])
			return NULL;
		fill_in(firewalls[i].rule[gap], gap, transport, link, buf,
			size);
		return buf;
	}
	return NULL;
}
