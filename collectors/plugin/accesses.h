/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What QEMU calls for each load, store and block of code: the first level of the caches, with
 * a short way for accesses that change nothing in the model, and the TLBs.
 *
 * Caches are indexed and tagged by physical addresses. QEMU tells them, but at the price of some
 * fifty loads, so what it says of a page is kept until the guest executes an instruction that
 * makes a processor forget it (invlpg, writes of control registers): the rule that QEMU's own
 * TLB lives by, so nothing is lost by it.
 */
#ifndef KAB_PLUGIN_ACCESSES_H
#define KAB_PLUGIN_ACCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lru.h"
#include "qemu-plugin.h"

struct cache_tally;

extern struct lru accesses_l1i;

/* A line of code: where the last used line of its set in L1 is, and what is there if it is this one. */
struct fetch_line {
	const uint32_t *first;
	uint64_t line;
	uint32_t entry;
};

/* The lines of a block's code. */
struct fetch {
	struct cache_tally *tally;
	size_t count;
	struct fetch_line lines[];
};

/*
 * A string instruction that repeats itself (rep movs, rep stos). QEMU makes a block of it, and each turn
 * executes the block again. Turns on the same lines change nothing in the model as long as no other
 * code runs between them, so they are only counted; what they leave behind is made up for when
 * something else comes, which is seen by its loads and stores: also an interrupt has some.
 */
#define STRING_SIDES 2 /* loads, stores */

struct string {
	struct fetch *fetch;
	uint64_t room;		      /* how far into a line a turn may begin and not leave it */
	uint64_t bases[STRING_SIDES]; /* of the lines that they are on */
};

/* The L1 of data; false when it is there. */
bool accesses_make_l1d(uint64_t sets, uint32_t ways);
bool accesses_is_made(void);
/* Whether two lines of a set, and their pages, can be there at the same time, as a struct string needs. */
bool accesses_hold_two(void);
/* After the caches have been made. 0, or -1 with a message on standard error. */
int accesses_open(void);
/* Callbacks; `data` is a struct cache_tally, string, fetch, or an enum forget. */
void accesses_on_access(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t address,
			void *data);
void accesses_on_string(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t address,
			void *data); /* which fetches as well */
void accesses_on_fetch(unsigned int vcpu, void *data);
void accesses_on_fetch_line(unsigned int vcpu, void *data); /* of one line */
/* The guest's processor forgets addresses: of one page, of the programs, of all. */
enum forget { FORGET_PAGE, FORGET_PROGRAMS, FORGET_ALL };
void accesses_on_forget(unsigned int vcpu, void *data);

#endif
