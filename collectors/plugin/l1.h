/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first level of the caches, of code and of data, and the addresses that lead to it.
 *
 * Caches are indexed and tagged by physical addresses. QEMU tells them, but at the price of some
 * fifty loads, so what it says of a page is kept until the guest executes an instruction that
 * makes a processor forget it (invlpg, writes of control registers): the rule that QEMU's own
 * TLB lives by, so nothing is lost by it.
 */
#ifndef KAB_PLUGIN_L1_H
#define KAB_PLUGIN_L1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache.h"
#include "lru.h"
#include "qemu-plugin.h"
#include "tlb.h"

#define L1_PAGE_SIZE (UINT64_C(1) << TLB_PAGE_SHIFT)
#define L1_PAGE_MASK (L1_PAGE_SIZE - 1)
#define L1_LINE_SIZE (UINT64_C(1) << LRU_LINE_SHIFT)
#define L1_LINE_MASK (L1_LINE_SIZE - 1)
#define L1_SETS	     64			 /* of lines in a page */
#define L1_WIDEST    16			 /* bytes of one access */
#define L1_NOWHERE   (UINT64_C(1) << 63) /* no access is there: it is no canonical address */

/* What QEMU said of a page: key 0 is none. */
struct l1_page {
	uint64_t key;	/* page and age */
	uint64_t frame; /* physical */
	uint64_t entry; /* of the TLB */
	struct tlb_set *tlb;
};

/*
 * The last used two lines of a set of data, in any order, and which of them it was: a copy from page to
 * page often has both its lines in one set, and takes them in turn. As long as the entry of a line's
 * page is one of the first two of its set in the TLB as well, another access to the line changes
 * nothing but which was the last. The other lines of the set are in behind.h.
 */
struct l1_set {
	struct l1_line {
		uint64_t base; /* first address, in the guest's program, or L1_NOWHERE */
		struct tlb_set *tlb;
		uint64_t entry; /* of the page in it */
		uint32_t line;	/* lru_entry() of the physical address, or 0 */
		uint16_t place; /* of the entry */
		uint16_t last;	/* in the first: 0 or 1 */
	} lines[2];
};

_Static_assert(sizeof(struct l1_set) == L1_LINE_SIZE,
	       "the bits of an address that are the set's are its offset");

extern struct l1_set l1_sets[L1_SETS];
extern uint64_t l1_mask;     /* of an address: those bits */
extern bool l1_has_one_line; /* in each set: the second of the two is not used */

extern struct lru l1_code;

/* A line of code: where the last used line of its set is, and what is there if it is this one. */
struct fetch_line {
	const uint32_t *first;
	uint32_t line, entry; /* in 32 bits, and its lru_entry() */
};

/* The lines of a block's code. */
struct fetch {
	struct tally *tally;
	size_t count;
	struct fetch_line lines[];
};

/* The part for data; false when it is there. */
bool l1_make(uint64_t sets, uint32_t ways);
bool l1_is_made(void);
/* Whether two lines of a set, and their pages, can be there at the same time. */
bool l1_holds_two(void);
/* After the caches have been made. 0, or -1 with a message on standard error. */
int l1_open(void);
/* What QEMU said last of the page of an address that has just been accessed. */
const struct l1_page *l1_page_of(uint64_t address);
/* An access of which nothing is known. False for a register of a device, which is not counted. */
bool l1_access(struct tally *t, qemu_plugin_meminfo_t info, uint64_t address);
/* The part of an access that is behind the end of its line, if there is any. */
void l1_access_next(struct tally *t, qemu_plugin_meminfo_t info, uint64_t address);
void l1_fetch(const struct fetch *f);
/* The processor forgets addresses: of the programs, or all. */
void l1_forget(bool all);

/* Whether the last used lines of their sets are these. */
static inline bool l1_has_code(const struct fetch *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (*f->lines[i].first != f->lines[i].entry)
			return false;
	return true;
}

static inline struct l1_set *l1_set_of(uint64_t address)
{
	return (struct l1_set *)(void *)((char *)l1_sets + (address & l1_mask));
}

/* In 32 bits, as lru.h keeps it. */
static inline uint32_t l1_line_of(const struct l1_page *x, uint64_t address)
{
	return (uint32_t)((x->frame | (address & L1_PAGE_MASK)) >> LRU_LINE_SHIFT);
}

/*
 * A line of data, an lru_entry(), is its set's last from now on; which of the two it is is returned.
 * What is known of its address is the caller's to note, or L1_NOWHERE, and so is what becomes of the
 * older one that goes, which is the line itself when none does.
 */
static inline __attribute__((always_inline)) uint16_t l1_bring(struct l1_set *s, uint32_t entry,
							       uint32_t *older)
{
	uint16_t last = s->lines[0].last;

	if (s->lines[last].line != entry && !l1_has_one_line) {
		last ^= 1;
		s->lines[0].last = last;
	}
	*older = s->lines[last].line;
	s->lines[last].line = entry;
	return last;
}

#endif
