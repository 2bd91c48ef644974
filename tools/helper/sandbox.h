/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Privileges only shrink: what mdns-helper gives up before it reads the first
 * octet from outside. */
#ifndef HELPER_SANDBOX_H
#define HELPER_SANDBOX_H

/* No new privileges, no capability, no core dump of what others asked; Landlock
 * (reading in /etc, nothing else in any file system, no signal and no abstract
 * socket of others; what this kernel's version knows); then a seccomp
 * allow-list (libseccomp) of what the event loop does from here on: no socket
 * but AF_UNIX datagrams for sd_notify, no connect, exec, fork, ptrace, unlink,
 * no open but for reading. What is not on it fails with EPERM. If NOTIFY_SOCKET
 * is abstract, abstract sockets stay open to us. Where the kernel has no
 * Landlock or no seccomp that part is left out, and ret_missing (static text
 * for people, or NULL) says so. 0, or a negative errno value if what is there
 * could not be had. */
int sandbox_enter(const char **ret_missing);

#endif
