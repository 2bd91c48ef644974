/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory in which mdns-helper publishes its map, and its sign of life. */
#include "tools/helper/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010 /* Linux 5.1 */
#endif

/* A helper that hangs is noticed by readers after PROMISE at the latest. */
#define BEAT (2 * MDNS_SEC)
#define PROMISE (5 * MDNS_SEC)

/* When this thread ends, however it does, the kernel goes through this list and
 * marks the futex word behind each entry: set_robust_list(2). glibc has a list
 * of its own there for robust mutexes, of which this program has none. */
static struct robust {
	struct robust_list_head head;
	struct robust_list entry;
} robust;

/* The word lies that far behind the entry, wherever that is: both are in this
 * process. */
static int register_owner(uint32_t *word)
{
	robust.head.list.next = &robust.entry;
	robust.head.futex_offset =
		(long)((uintptr_t)word - (uintptr_t)&robust.entry);
	robust.head.list_op_pending = NULL;
	robust.entry.next = &robust.head.list;
	return syscall(SYS_set_robust_list, &robust.head, sizeof(robust.head)) <
			       0
		       ? -errno
		       : 0;
}

static int fail(struct publish *publish, int result)
{
	if (publish->memory)
		munmap(publish->memory, MDNS_MAP_SIZE);
	if (publish->fd >= 0)
		close(publish->fd);
	publish->memory = NULL;
	publish->fd = -1;
	return result;
}

int publish_open(struct publish *publish)
{
	const int seals =
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
	uint64_t id = 0;
	int result;

	memset(publish, 0, sizeof(*publish));
	publish->fd = memfd_create(
		"mdns-helper-map", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (publish->fd < 0 || ftruncate(publish->fd, MDNS_MAP_SIZE) < 0)
		return fail(publish, -errno);
	publish->memory = mmap(NULL, MDNS_MAP_SIZE, PROT_READ | PROT_WRITE,
		MAP_SHARED, publish->fd, 0);
	if (publish->memory == MAP_FAILED) {
		publish->memory = NULL;
		return fail(publish, -errno);
	}
	if (fcntl(publish->fd, F_ADD_SEALS, seals) < 0)
		return fail(publish, -errno);
	while (id == 0)
		if (getrandom(&id, sizeof(id), 0) < 0)
			return fail(publish, -errno);
	mdns_map_init(&publish->writer, publish->memory, id);
	result = register_owner(
		mdns_map_own(&publish->writer, (uint32_t)gettid()));
	return result < 0 ? fail(publish, result) : 0;
}

void publish_close(struct publish *publish)
{
	if (!publish->memory)
		return;
	mdns_map_own(&publish->writer, 0);
	robust.head.list.next = &robust.head.list;
	fail(publish, 0);
}

mdns_time publish_beat(struct publish *publish, bool wanted, mdns_time now)
{
	if (!publish->memory || !wanted)
		return MDNS_TIME_NEVER;
	if (publish->promised - now < PROMISE - BEAT) {
		mdns_map_promise(&publish->writer, now, now + PROMISE);
		publish->promised = now + PROMISE;
	}
	return publish->promised - PROMISE + BEAT;
}
