// SPDX-License-Identifier: GPL-2.0-or-later
#include "l1.h"

#include <stdio.h>
#include <string.h>

#include "behind.h"
#include "misses.h"

#define PAGES	 1024
#define AGE_BITS 19
#define AGE_MAX	 ((UINT64_C(1) << AGE_BITS) - 1)
#define SIZES	 64

struct lru l1_code;
struct l1_set l1_sets[L1_SETS] __attribute__((aligned(64)));
uint64_t l1_mask;
bool l1_has_one_line;

/* How far into a line an access with this information may begin and not leave it. */
struct size {
	qemu_plugin_meminfo_t info;
	uint32_t last;
};

static struct l1 {
	uint32_t ways;
	struct size sizes[SIZES];
	uint64_t ages[2]; /* of pages: programs', kernel's */
	struct l1_page pages[PAGES];
} l1;

bool l1_make(uint64_t sets, uint32_t ways)
{
	if (l1.ways)
		return false;
	lru_make(&behind_l1d, sets, ways > 2 ? ways - 2 : 0);
	l1.ways = ways;
	l1_has_one_line = ways == 1;
	l1_mask = (sets - 1) << LRU_LINE_SHIFT;
	return true;
}

bool l1_is_made(void)
{
	return l1.ways;
}

bool l1_holds_two(void)
{
	return l1.ways > 1 && tlb_holds_two();
}

static void forget_lines(void)
{
	for (uint64_t i = 0; i <= behind_l1d.mask; i++)
		l1_sets[i].lines[0].base = l1_sets[i].lines[1].base = L1_NOWHERE;
}

int l1_open(void)
{
	/* So that address and physical address have the same set. */
	if ((behind_l1d.mask + 1) << LRU_LINE_SHIFT > L1_PAGE_SIZE || behind_l1d.mask >= L1_SETS) {
		fputs("kab-plugin: a way of the L1D is larger than a page\n", stderr);
		return -1;
	}
	l1.ages[0] = l1.ages[1] = 1;
	for (size_t i = 0; i < SIZES; i++)
		l1.sizes[i].info = UINT32_MAX;
	forget_lines();
	return 0;
}

static inline struct l1_page *page_of(uint64_t address)
{
	return &l1.pages[address / L1_PAGE_SIZE % PAGES];
}

const struct l1_page *l1_page_of(uint64_t address)
{
	return page_of(address);
}

/* False for a register of a device. */
static __attribute__((noinline)) bool ask(struct l1_page *x, uint64_t key,
					  qemu_plugin_meminfo_t info, uint64_t address)
{
	const struct qemu_plugin_hwaddr *where = qemu_plugin_get_hwaddr(info, address);

	if (!where || qemu_plugin_hwaddr_is_io(where))
		return false;
	x->key = key;
	x->frame = qemu_plugin_hwaddr_phys_addr(where) & ~L1_PAGE_MASK;
	x->entry = tlb_entry(address);
	x->tlb = tlb_set(x->entry);
	return true;
}

static __attribute__((noinline)) void touch_page(struct tally *t, const struct l1_page *x)
{
	enum tlb_result had = tlb_touch(x->tlb, x->entry);

	if (had == TLB_FIRST)
		return;
	t->events[CACHE_DTLB]++;
	if (had == TLB_WALK)
		t->events[CACHE_STLB]++;
}

/* False for a register of a device. */
static inline bool access_line(struct tally *t, qemu_plugin_meminfo_t info, uint64_t address)
{
	struct l1_page *x = page_of(address);
	uint64_t key = address / L1_PAGE_SIZE << AGE_BITS | l1.ages[address >> 63], place;
	struct l1_set *s = l1_set_of(address);
	struct l1_line *at;
	uint32_t line, older;

	if (x->key != key && !ask(x, key, info, address))
		return false;
	/* Which of the first two it is cannot be foretold. */
	place = x->tlb->entries[1] == x->entry;
	if (x->tlb->entries[place] == x->entry)
		x->tlb->last = place;
	else
		touch_page(t, x);
	line = l1_line_of(x, address);
	at = &s->lines[l1_bring(s, lru_entry(line), &older)];
	if (older != at->line)
		misses_data(t, line, older);
	at->base = address & ~L1_LINE_MASK;
	at->tlb = x->tlb;
	at->entry = x->entry;
	at->place = (uint16_t)x->tlb->last;
	return true;
}

static inline struct size *size_of(qemu_plugin_meminfo_t info)
{
	return &l1.sizes[(info >> 4 ^ info >> 12) & (SIZES - 1)];
}

static __attribute__((noinline)) void learn(qemu_plugin_meminfo_t info)
{
	struct size *s = size_of(info);

	s->last = (uint32_t)(L1_LINE_SIZE - (UINT64_C(1) << qemu_plugin_mem_size_shift(info)));
	s->info = info;
}

static __attribute__((noinline)) void access_rest(struct tally *t, qemu_plugin_meminfo_t info,
						  uint64_t address)
{
	(void)access_line(t, info, (address | L1_LINE_MASK) + 1);
}

__attribute__((noinline)) void l1_access_next(struct tally *t, qemu_plugin_meminfo_t info,
					      uint64_t address)
{
	if (size_of(info)->info != info)
		learn(info);
	if ((address & L1_LINE_MASK) > size_of(info)->last)
		access_rest(t, info, address);
}

__attribute__((noinline)) bool l1_access(struct tally *t, qemu_plugin_meminfo_t info,
					 uint64_t address)
{
	if (!access_line(t, info, address))
		return false;
	t->events[CACHE_ACCESSES]++;
	if ((address & L1_LINE_MASK) > L1_LINE_SIZE - L1_WIDEST)
		l1_access_next(t, info, address);
	return true;
}

void l1_fetch(const struct fetch *f)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct fetch_line *l = &f->lines[i];

		if (*l->first != l->entry && !lru_touch(&l1_code, l->line))
			misses_code(f->tally, l->line);
	}
}

static void age(size_t side)
{
	if (l1.ages[side]++ == AGE_MAX) {
		memset(l1.pages, 0, sizeof(l1.pages));
		l1.ages[side] = 1;
	}
}

void l1_forget(bool all)
{
	forget_lines();
	age(0);
	if (all)
		age(1);
}
