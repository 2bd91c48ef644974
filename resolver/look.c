/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The links as this process saw them last. */
#include "resolver/look.h"

#include "resolver/settings_file.h"
#include "resolver/shelf.h"
#include "resolver/sys.h"

struct head {
	uint64_t fingerprint;
	mdns_time at;
	uint32_t links;
	uint32_t prefixes;
};

/* The arrays are stored as far as they are used. */
static struct mdns_shelf shelf;
static mdns_shelf_word head_words[MDNS_SHELF_WORDS(sizeof(struct head))];
static mdns_shelf_word
	link_words[MDNS_SHELF_WORDS(MDNS_LINKS_MAX * sizeof(struct mdns_link))];
static mdns_shelf_word prefix_words[MDNS_SHELF_WORDS(
	MDNS_PREFIXES_MAX * sizeof(struct mdns_prefix))];

/* True if there is a look that is fresh. */
static bool load_head(mdns_time now, struct head *head, uint32_t *sequence)
{
	if (!mdns_shelf_read_begin(&shelf, sequence))
		return false;
	mdns_shelf_load(head, head_words, sizeof(*head));
	return now - head->at < MDNS_LOOK_TRUST;
}

bool mdns_look_recall(mdns_time now, struct mdns_links *ret_links)
{
	struct head head;
	uint32_t sequence;

	if (!load_head(now, &head, &sequence) || head.links == 0 ||
		head.links > MDNS_LINKS_MAX ||
		head.prefixes > MDNS_PREFIXES_MAX)
		return false;
	ret_links->fingerprint = head.fingerprint;
	ret_links->count = head.links;
	ret_links->prefix_count = head.prefixes;
	ret_links->dropped = 0;
	mdns_shelf_load(ret_links->link, link_words,
		head.links * sizeof(ret_links->link[0]));
	mdns_shelf_load(ret_links->prefix, prefix_words,
		head.prefixes * sizeof(ret_links->prefix[0]));
	return mdns_shelf_read_end(&shelf, sequence);
}

void mdns_look_keep(const struct mdns_links *links, mdns_time now)
{
	const struct head head = {
		links->fingerprint, now, links->count, links->prefix_count};

	if (!mdns_shelf_write_begin(&shelf))
		return;
	mdns_shelf_store(head_words, &head, sizeof(head));
	mdns_shelf_store(
		link_words, links->link, head.links * sizeof(links->link[0]));
	mdns_shelf_store(prefix_words, links->prefix,
		head.prefixes * sizeof(links->prefix[0]));
	mdns_shelf_write_end(&shelf);
}

/* Scratch for a new look, too much for the stack. */
struct scratch {
	struct mdns_settings settings;
	struct mdns_links links;
	uint8_t buf[MDNS_LINKS_SCRATCH];
};

static uint64_t look_again(mdns_time now)
{
	int state = mdns_sys_hold_cancel();
	struct scratch *scratch = mdns_sys_map(sizeof(*scratch));
	uint64_t fingerprint = 0;

	if (scratch) {
		const struct mdns_link_filter filter = {
			.settings = &scratch->settings};

		mdns_settings_current(now, &scratch->settings);
		if (mdns_links_read(&filter, scratch->buf, sizeof(scratch->buf),
			    &scratch->links) == 0) {
			fingerprint = scratch->links.fingerprint;
			mdns_look_keep(&scratch->links, now);
		}
		mdns_sys_unmap(scratch, sizeof(*scratch));
	}
	mdns_sys_restore_cancel(state);
	return fingerprint;
}

bool mdns_look_confirms(uint64_t fingerprint, mdns_time now)
{
	struct head head;
	uint32_t sequence;

	if (load_head(now, &head, &sequence) &&
		mdns_shelf_read_end(&shelf, sequence))
		return head.fingerprint == fingerprint;
	return look_again(now) == fingerprint;
}
