/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The services of one line of nsswitch.conf. */
#include "config.h"

#include "tools/lookup/chain.h"

#include <string.h>
#include <strings.h>

#define SPACE " \t\n\v\f\r"

enum action { ACTION_RETURN, ACTION_CONTINUE, ACTION_MERGE, ACTIONS };

static const char *skip_space(const char *at)
{
	return at + strspn(at, SPACE);
}

static bool word_is(const char *at, size_t len, const char *word)
{
	return strlen(word) == len && strncasecmp(at, word, len) == 0;
}

/* Which of these words it is; count if none. */
static unsigned choose(
	const char *at, size_t len, const char words[][12], unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		if (word_is(at, len, words[i]))
			break;
	return i;
}

static void set_action(struct chain_service *service, unsigned status,
	bool negated, enum action action)
{
	unsigned i;

	for (i = 0; i < CHAIN_STATUSES; i++)
		if ((i == status) != negated)
			service->ends[i] = action == ACTION_RETURN;
}

/* [!]STATUS=action ...] behind a bracket; where it ends, NULL if that is not
 * what stands there. */
static const char *parse_actions(const char *at, struct chain_service *service)
{
	static const char statuses[][12] = {
		[CHAIN_SUCCESS] = "SUCCESS",
		[CHAIN_NOTFOUND] = "NOTFOUND",
		[CHAIN_UNAVAIL] = "UNAVAIL",
		[CHAIN_TRYAGAIN] = "TRYAGAIN",
	};
	static const char actions[][12] = {
		[ACTION_RETURN] = "RETURN",
		[ACTION_CONTINUE] = "CONTINUE",
		[ACTION_MERGE] = "MERGE",
	};

	at = skip_space(at);
	do {
		bool negated = *at == '!';
		unsigned status, action;
		size_t len;

		at += negated;
		len = strcspn(at, SPACE "=]");
		status = choose(at, len, statuses, CHAIN_STATUSES);
		at = skip_space(at + len);
		if (status == CHAIN_STATUSES || *at != '=')
			return NULL;
		at = skip_space(at + 1);
		len = strcspn(at, SPACE "=]");
		action = choose(at, len, actions, ACTIONS);
		if (action == ACTIONS)
			return NULL;
		set_action(service, status, negated, (enum action)action);
		at = skip_space(at + len);
	} while (*at != ']');
	return at + 1;
}

/* Notes what is wrong, the first time; where reading goes on. */
static const char *pass_over(struct chain *chain, const char *at)
{
	size_t len = strcspn(at, "]");

	len += at[len] == ']';
	if (chain->bad.len == 0) {
		size_t bare = len;

		while (bare > 1 && strchr(SPACE, at[bare - 1]))
			bare--;
		chain->bad = (struct chain_word){at, bare};
		chain->used = chain->count;
	}
	return at + len;
}

void chain_parse(const char *text, struct chain *ret_chain)
{
	const char *at = skip_space(text);

	memset(ret_chain, 0, sizeof(*ret_chain));
	while (*at && ret_chain->count < CHAIN_SERVICES_MAX) {
		struct chain_service *service =
			&ret_chain->service[ret_chain->count];

		service->ends[CHAIN_SUCCESS] = true;
		service->name.text = at;
		service->name.len = strcspn(at, SPACE "[");
		if (service->name.len == 0) {
			at = skip_space(pass_over(ret_chain, at));
			continue;
		}
		at = skip_space(at + service->name.len);
		if (*at == '[') {
			struct chain_service plain = *service;
			const char *end = parse_actions(at + 1, service);

			if (end) {
				service->actions = (struct chain_word){
					at, (size_t)(end - at)};
				at = end;
			} else {
				/* Behind what it passes over in silence glibc
				 * does not read. */
				if (ret_chain->bad.len == 0)
					ret_chain->refused = true;
				*service = plain;
				at = pass_over(ret_chain, at);
			}
		}
		ret_chain->count++;
		at = skip_space(at);
	}
	if (ret_chain->bad.len == 0)
		ret_chain->used = ret_chain->count;
}

bool chain_is(const struct chain_service *service, const char *name)
{
	return strlen(name) == service->name.len &&
	       memcmp(service->name.text, name, service->name.len) == 0;
}

unsigned chain_find(const struct chain *chain, const char *name)
{
	unsigned i;

	for (i = 0; i < chain->count; i++)
		if (chain_is(&chain->service[i], name))
			break;
	return i;
}
