/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of well-known kinds of services. */
#include "config.h"

#include "tools/lookup/services_types.h"

#include <stddef.h>
#include <strings.h>

static const struct {
	const char *type;
	const char *text;
} table[] = {
	{"_adb-tls-connect._tcp", "Android debugging (ADB)"},
	{"_adisk._tcp", "Time Machine disk"},
	{"_afpovertcp._tcp", "file sharing (AFP)"},
	{"_airdrop._tcp", "AirDrop"},
	{"_airplay._tcp", "AirPlay screen or loudspeaker"},
	{"_amzn-wplay._tcp", "Amazon Fire TV"},
	{"_androidtvremote2._tcp", "Android TV remote control"},
	{"_apple-mobdev2._tcp", "Apple device for synchronisation"},
	{"_asquic._udp", "Apple device data sharing"},
	{"_bitcoin._tcp", "Bitcoin node"},
	{"_companion-link._tcp", "Apple device link"},
	{"_daap._tcp", "music library (DAAP)"},
	{"_device-info._tcp", "model of a device"},
	{"_dns-sd._udp", "browsing domain"},
	{"_domain._udp", "name server (DNS)"},
	{"_esphomelib._tcp", "ESPHome device"},
	{"_fax-ipp._tcp", "fax (IPP)"},
	{"_ftp._tcp", "file transfer (FTP)"},
	{"_googlecast._tcp", "Google Cast (Chromecast)"},
	{"_googlezone._tcp", "Google Cast group"},
	{"_hap._tcp", "HomeKit accessory"},
	{"_hap._udp", "HomeKit accessory over Thread"},
	{"_home-assistant._tcp", "Home Assistant"},
	{"_homekit._tcp", "HomeKit hub"},
	{"_http._tcp", "web page"},
	{"_https._tcp", "web page, encrypted"},
	{"_hue._tcp", "Philips Hue bridge"},
	{"_ipp._tcp", "printer (IPP)"},
	{"_ipp-tls._tcp", "printer, encrypted (IPP)"},
	{"_ipps._tcp", "printer, encrypted (IPPS)"},
	{"_jenkins._tcp", "Jenkins"},
	{"_ldap._tcp", "directory (LDAP)"},
	{"_matter._tcp", "Matter device"},
	{"_matterc._udp", "Matter device, ready to be set up"},
	{"_matterd._udp", "Matter controller"},
	{"_mediaremotetv._tcp", "Apple TV remote control"},
	{"_meshcop._udp", "Thread border router"},
	{"_mqtt._tcp", "messages of devices (MQTT)"},
	{"_nfs._tcp", "file sharing (NFS)"},
	{"_nut._tcp", "power supply (NUT)"},
	{"_octoprint._tcp", "3D printer (OctoPrint)"},
	{"_pdl-datastream._tcp", "printer (raw, port 9100)"},
	{"_presence._tcp", "chat on the link (XMPP)"},
	{"_printer._tcp", "printer (LPR)"},
	{"_privet._tcp", "Google cloud device"},
	{"_psia._tcp", "camera (PSIA)"},
	{"_pulse-server._tcp", "sound server (PulseAudio)"},
	{"_pulse-sink._tcp", "loudspeaker (PulseAudio)"},
	{"_pulse-source._tcp", "microphone (PulseAudio)"},
	{"_raop._tcp", "AirPlay loudspeaker"},
	{"_rdlink._tcp", "Apple remote desktop link"},
	{"_remotepairing._tcp", "Apple device for development"},
	{"_rfb._tcp", "remote desktop (VNC)"},
	{"_roku-rcp._tcp", "Roku remote control"},
	{"_rtsp._tcp", "camera or media stream (RTSP)"},
	{"_scanner._tcp", "scanner"},
	{"_sftp-ssh._tcp", "file transfer (SFTP)"},
	{"_shelly._tcp", "Shelly device"},
	{"_sip._udp", "telephone (SIP)"},
	{"_sleep-proxy._udp", "sleep proxy"},
	{"_smb._tcp", "file sharing (SMB)"},
	{"_sonos._tcp", "Sonos loudspeaker"},
	{"_spotify-connect._tcp", "Spotify Connect"},
	{"_srpl-tls._tcp", "service registration (SRP)"},
	{"_ssh._tcp", "remote login (SSH)"},
	{"_telnet._tcp", "remote login (Telnet)"},
	{"_tftp._udp", "file transfer (TFTP)"},
	{"_touch-able._tcp", "iTunes remote control"},
	{"_trel._udp", "Thread radio link"},
	{"_uscan._tcp", "scanner (eSCL)"},
	{"_uscans._tcp", "scanner, encrypted (eSCL)"},
	{"_webdav._tcp", "file sharing (WebDAV)"},
	{"_webdavs._tcp", "file sharing, encrypted (WebDAV)"},
	{"_wled._tcp", "WLED lights"},
	{"_workstation._tcp", "computer"},
	{"_xbmc-jsonrpc-h._tcp", "Kodi"},
	{"_xmpp-client._tcp", "chat server (XMPP)"},
	{"_xmpp-server._tcp", "chat server for servers (XMPP)"},
};

const char *services_describe_type(const char *type)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcasecmp(table[i].type, type) == 0)
			return table[i].text;
	return NULL;
}
