/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * String instructions that repeat themselves (rep movs, rep stos). QEMU makes a block of one, and
 * each turn executes the block again, with a load and a store, or a store alone. As long as each
 * goes on upwards in its page where the last one ended, and no other code comes between, a turn is only
 * noted; what it does to the caches is made up for line by line when something else comes: an access
 * to memory, code that the first place of its set does not have, the end of a page, of a window.
 */
#ifndef KAB_PLUGIN_STRINGS_H
#define KAB_PLUGIN_STRINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "l1.h"
#include "qemu-plugin.h"

#define STRING_SIDES 2 /* loads, stores */

/* Where one side is, all as addresses in the guest's program. */
struct string_side {
	uint64_t next; /* of the turn that would go on; or no address */
	uint64_t
		stop; /* the last turn that ends in the page; in the line, when turns may cross its end */
	uint64_t done; /* up to here the caches know of it */
	struct l1_page page;
	uint64_t place;	     /* of the page in the first two of its set in the TLB */
	struct l1_set *set;  /* of the line of the byte in front of done */
	uint64_t line_place; /* in it */
};

struct string {
	struct string_side sides[STRING_SIDES];
	struct fetch *fetch;
	uint64_t size;	/* bytes of a turn, a power of two */
	uint32_t shift; /* its logarithm */
	size_t first;	/* the side whose access was the last that was looked at by itself */
};

/* The string whose turns were the last accesses; or NULL. */
extern struct string *strings_running;

/* Whether the model has room for what a string needs at the same time. */
bool strings_fit(void);
/* `size` is 1, 2, 4 or 8. Lives until the process ends. */
struct string *strings_make(struct fetch *f, uint64_t size);
/* Makes up for the running string, if there is one; it runs no longer. */
void strings_settle(void);
/* Callback; `data` is a struct string. Fetches as well. */
void strings_on_turn(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data);

#endif
