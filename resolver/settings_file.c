/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings in force in this process. */
#include "resolver/settings_file.h"

#include <errno.h>

#include "resolver/err.h"
#include "resolver/shelf.h"
#include "resolver/sys.h"

#define LOOK_AGAIN 1000 /* milliseconds between two looks at the file */

struct kept {
	uint64_t stamp; /* of the file that the settings are from, 0: none */
	struct mdns_settings settings;
};

static struct mdns_shelf shelf;
static mdns_shelf_word kept_words[MDNS_SHELF_WORDS(sizeof(struct kept))];
static mdns_shelf_word looked_at; /* milliseconds of boottime */
static mdns_shelf_word have_suffixes;

#define SETTINGS_WORD (offsetof(struct kept, settings) / 4)

_Static_assert(offsetof(struct kept, settings) % 4 == 0,
	"the settings start at a word");

static bool is_fresh(mdns_time boottime)
{
	uint32_t sequence;

	return mdns_shelf_read_begin(&shelf, &sequence) &&
	       (uint32_t)(boottime / MDNS_MSEC) -
			       atomic_load_explicit(
				       &looked_at, memory_order_relaxed) <
		       LOOK_AGAIN;
}

static bool read_kept(uint64_t *stamp, struct mdns_settings *settings)
{
	uint32_t sequence;

	if (!mdns_shelf_read_begin(&shelf, &sequence))
		return false;
	mdns_shelf_load(stamp, kept_words, sizeof(*stamp));
	mdns_shelf_load(
		settings, kept_words + SETTINGS_WORD, sizeof(*settings));
	return mdns_shelf_read_end(&shelf, sequence);
}

static void keep(mdns_time boottime, uint64_t stamp,
	const struct mdns_settings *settings)
{
	if (!mdns_shelf_write_begin(&shelf))
		return;
	mdns_shelf_store(kept_words, &stamp, sizeof(stamp));
	mdns_shelf_store(
		kept_words + SETTINGS_WORD, settings, sizeof(*settings));
	atomic_store_explicit(&have_suffixes, settings->suffix_count > 0,
		memory_order_relaxed);
	atomic_store_explicit(&looked_at, (uint32_t)(boottime / MDNS_MSEC),
		memory_order_relaxed);
	mdns_shelf_write_end(&shelf);
}

void mdns_settings_current(
	mdns_time boottime, struct mdns_settings *ret_settings)
{
	uint64_t stamp, kept_stamp;
	int err = MDNS_ERR_NOT_FOUND;

	if (is_fresh(boottime) && read_kept(&kept_stamp, ret_settings))
		return;
	stamp = mdns_sys_file_stamp(MDNS_SETTINGS_PATH);
	if (read_kept(&kept_stamp, ret_settings) && kept_stamp == stamp) {
		atomic_store_explicit(&looked_at,
			(uint32_t)(boottime / MDNS_MSEC), memory_order_relaxed);
		return;
	}
	mdns_settings_init(ret_settings);
	if (stamp != 0)
		err = mdns_settings_load(
			MDNS_SETTINGS_PATH, ret_settings, NULL, NULL);
	/* What could not be read just now is read the next time, and what is
	 * not to be read for another reason is tried again in a second. */
	if (err != MDNS_ERR_RESOURCE)
		keep(boottime, err == 0 || err == MDNS_ERR_SPACE ? stamp : 0,
			ret_settings);
}

bool mdns_settings_have_suffixes(mdns_time boottime)
{
	struct mdns_settings settings;

	if (is_fresh(boottime))
		return atomic_load_explicit(
			&have_suffixes, memory_order_relaxed);
	mdns_settings_current(boottime, &settings);
	return settings.suffix_count > 0;
}

uint32_t mdns_settings_last_total(void)
{
	const size_t word = offsetof(struct mdns_settings, total_ms) / 4;
	uint32_t sequence, total;

	if (!mdns_shelf_read_begin(&shelf, &sequence))
		return 0;
	mdns_shelf_load(
		&total, kept_words + SETTINGS_WORD + word, sizeof(total));
	return mdns_shelf_read_end(&shelf, sequence) ? total : 0;
}

/* Fills buf from the file; the octets read, or a negative errno value. */
static ssize_t read_file(int fd, char *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = mdns_sys_read(fd, buf + len, size - len);

		if (n == -EINTR)
			continue;
		if (n < 0)
			return n;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static int load(const char *path, struct mdns_settings *ret_settings,
	mdns_settings_complaint *complain, void *context)
{
	const size_t size = MDNS_SETTINGS_SIZE_MAX + 1;
	char *buf;
	ssize_t n;
	int fd = mdns_sys_open(path);

	mdns_settings_init(ret_settings);
	if (fd < 0)
		return fd == -ENOENT ? MDNS_ERR_NOT_FOUND : mdns_sys_err(fd);
	buf = mdns_sys_map(size);
	if (!buf) {
		mdns_sys_close(fd);
		return MDNS_ERR_RESOURCE;
	}
	n = read_file(fd, buf, size);
	mdns_sys_close(fd);
	if (n > 0)
		mdns_settings_parse(ret_settings, buf,
			n < (ssize_t)size ? (size_t)n : size - 1, complain,
			context);
	mdns_sys_unmap(buf, size);
	if (n < 0)
		return mdns_sys_err((int)n);
	return n < (ssize_t)size ? 0 : MDNS_ERR_SPACE;
}

int mdns_settings_load(const char *path, struct mdns_settings *ret_settings,
	mdns_settings_complaint *complain, void *context)
{
	int state = mdns_sys_hold_cancel();
	int err = load(path, ret_settings, complain, context);

	mdns_sys_restore_cancel(state);
	return err;
}
